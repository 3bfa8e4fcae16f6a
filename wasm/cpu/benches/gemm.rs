//! Matrix products as a model asks for them. `cargo bench -p wasm-chord-cpu --bench gemm`

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wasm_chord_core::backend::{Backend, Result};
use wasm_chord_core::gguf::{GgmlType, TensorInfo};
use wasm_chord_cpu::{CpuBackend, Weight};

/// A matrix `[rows, width]` whose bytes, repeated, make small finite weights in every type.
fn weight(cpu: &mut CpuBackend, ty: GgmlType, rows: usize, width: usize) -> Result<Weight> {
    let bytes = vec![0x2c; ty.row_bytes(width) * rows];
    let name = format!("{ty} [{rows}, {width}]");
    let info = TensorInfo { name, ty, dims: vec![width, rows], offset: 0, bytes: bytes.len() as u64 };
    let mut staging = cpu.begin_weight(&info)?;
    cpu.write_weight(&mut staging, &bytes)?;
    cpu.finish_weight(staging)
}

/// `n` tokens times `[rows, width]`; reports the weights' bytes as throughput.
fn product(c: &mut Criterion, name: &str, ty: GgmlType, n: usize, width: usize, rows: usize) {
    let mut cpu = CpuBackend::new();
    let (Ok(w), Ok(mut out)) = (weight(&mut cpu, ty, rows, width), cpu.buffer(n * rows)) else {
        return eprintln!("{name}: skipped, no memory for it");
    };
    let x: Vec<f32> = (0..n * width).map(|i| (i % 17) as f32 / 8.0 - 1.0).collect();
    let mut group = c.benchmark_group("cpu_matmul");
    group.throughput(Throughput::Bytes((ty.row_bytes(width) * rows) as u64));
    group.bench_function(name, |b| b.iter(|| cpu.matmul(black_box(&x), n, &mut [(&w, &mut out)])));
    group.finish();
}

fn gemm(c: &mut Criterion) {
    use GgmlType::{BF16, F16, F32, Q4_0, Q8_0};
    for (name, n, width, rows) in [
        ("gemm_128x128x128", 128, 128, 128),
        ("gemm_512x512x512", 512, 512, 512),
        ("transformer_qkv_projection", 1, 2048, 6144),
        ("transformer_lm_head", 1, 2048, 32000),
        ("transposed_matmul_1x2048x2048", 1, 2048, 2048),
    ] {
        product(c, name, F32, n, width, rows);
    }
    for ty in [F16, BF16, Q8_0, Q4_0] {
        let name = ty.name().to_lowercase();
        product(c, &format!("matvec_{name}_2048x8192"), ty, 1, 8192, 2048);
        product(c, &format!("gemm_{name}_64x2048x8192"), ty, 64, 8192, 2048);
    }
}

criterion_group!(benches, gemm);
criterion_main!(benches);
