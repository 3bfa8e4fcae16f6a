//! Matrix products as a model asks for them, on one thread: `cargo bench -p wasm-chord-cpu --bench gemm`.
//!
//! Every one is a call of [`Backend::matmul`], so that packing the activations counts. Shapes are tokens × width × rows,
//! those of a 1-billion llama where they are named after its parts; `docs/PERFORMANCE.md` says why their weights have 8 bits.

mod common;

use common::{activations, bench, config, weight};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use wasm_chord_core::backend::Backend;
use wasm_chord_core::gguf::GgmlType::{self, BF16, F16, F32, Q4_0, Q4_K, Q6_K, Q8_0};
use wasm_chord_cpu::CpuBackend;

/// `n` tokens times `count` matrices `[rows, width]` at once; reports the weights' bytes as throughput.
fn product(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    ty: GgmlType,
    (n, width, rows): (usize, usize, usize),
    count: usize,
) {
    group.throughput(Throughput::Bytes((ty.row_bytes(width) * rows * count) as u64));
    let make = || {
        let mut cpu = CpuBackend::new();
        let mut jobs = Vec::new();
        for _ in 0..count {
            jobs.push((weight(&mut cpu, ty, rows, width)?, cpu.buffer(n * rows)?));
        }
        Ok((cpu, activations(n * width), jobs))
    };
    bench(group, name, make, |(cpu, x, jobs)| match jobs.as_mut_slice() {
        [(w, out)] => cpu.matmul(x, n, &mut [(&*w, out)]),
        [(w, out), (w2, out2)] => cpu.matmul(x, n, &mut [(&*w, out), (&*w2, out2)]),
        _ => Ok(()),
    });
}

fn gemm(c: &mut Criterion) {
    let mut group = c.benchmark_group("cpu_matmul");
    let g = &mut group;
    for (name, ty, shape) in [
        ("gemm_128x128x128", F32, (128, 128, 128)),
        ("gemm_512x512x512", F32, (512, 512, 512)),
        ("transformer_qkv_projection", Q8_0, (1, 2048, 6144)),
        ("transformer_lm_head", Q8_0, (1, 2048, 32000)),
        ("transposed_matmul_1x2048x2048", F32, (1, 2048, 2048)),
        ("transformer_attention_output", Q8_0, (1, 2048, 2048)),
        ("transformer_ffn_down", Q8_0, (1, 5632, 2048)),
    ] {
        product(g, name, ty, shape, 1);
    }
    product(g, "transformer_ffn_gate_up", Q8_0, (1, 2048, 5632), 2);
    for n in [1, 2, 4, 8, 16, 32, 64] {
        product(g, &format!("batch_{n}x1024x1024"), Q8_0, (n, 1024, 1024), 1);
    }
    for ty in [F16, BF16, Q8_0, Q4_0, Q4_K, Q6_K] {
        let name = ty.name().to_lowercase();
        product(g, &format!("matvec_{name}_1x2048x2048"), ty, (1, 2048, 2048), 1);
        product(g, &format!("gemm_{name}_64x1024x1024"), ty, (64, 1024, 1024), 1);
    }
    group.finish();
}

criterion_group! { name = benches; config = config(); targets = gemm }
criterion_main!(benches);
