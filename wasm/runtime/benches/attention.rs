//! Attention and its neighbours as a layer of a 1-billion llama asks for them (32 heads of 64, 4 of them for keys and values),
//! on one thread: `cargo bench -p wasm-chord-runtime --bench attention`. Every one is a call of a [`Backend`] op.

#![allow(clippy::panic, reason = "a benchmark that cannot run must not look like one that was left out")]

#[path = "../../cpu/benches/common/mod.rs"]
mod common;

use std::hint::black_box;
use std::time::Instant;

use common::{activations, bench, config, weight};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use wasm_chord_core::backend::{
    AttentionParams, Backend, BackendError, KvShape, Result, RopeAngles, RopePairing, RopeSpec,
};
use wasm_chord_core::gguf::{GgmlType::F32, TensorInfo};
use wasm_chord_cpu::{CacheType, CpuBackend, Weight};

const HEADS: usize = 32;
const KV_HEADS: usize = 4;
const HEAD_DIM: usize = 64;
const WIDTH: usize = HEADS * HEAD_DIM;

/// A norm's weights, `[WIDTH]`.
fn norm(cpu: &mut CpuBackend) -> Result<Weight> {
    let info = TensorInfo { name: "norm".to_owned(), ty: F32, dims: vec![WIDTH], offset: 0, bytes: 4 * WIDTH as u64 };
    let mut staging = cpu.begin_weight(&info)?;
    cpu.write_weight(&mut staging, &1f32.to_le_bytes().repeat(WIDTH))?;
    cpu.finish_weight(staging)
}

/// Attention of `n` queries, the first at position `pos`, to all positions up to its own.
fn attention(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    (pos, n): (usize, usize),
    n_kv_heads: usize,
    ty: CacheType,
) {
    let scale = 1.0 / (HEAD_DIM as f32).sqrt();
    let params = AttentionParams {
        n_heads: HEADS,
        n_kv_heads,
        head_dim: HEAD_DIM,
        scale,
        window: None,
        softcap: None,
        causal: true,
    };
    let make = || {
        let mut cpu = CpuBackend::new().with_cache(ty);
        let capacity = pos + n;
        let mut cache = cpu.kv_cache(KvShape { capacity, n_kv_heads, head_dim: HEAD_DIM })?;
        let keys = activations(capacity * n_kv_heads * HEAD_DIM);
        cpu.kv_write(&mut cache, &keys, &keys, 0, capacity)?;
        let out = cpu.buffer(n * WIDTH)?;
        Ok::<_, BackendError>((cpu, cache, activations(n * WIDTH), out))
    };
    bench(group, name, make, |(cpu, cache, q, out)| cpu.attention(q, cache, &params, out, pos, n));
}

fn attentions(c: &mut Criterion) {
    let mut group = c.benchmark_group("runtime_attention");
    let g = &mut group;
    for n in [1, 64, 128, 256] {
        attention(g, &format!("attention_seq_{n}"), (0, n), KV_HEADS, CacheType::F32);
    }
    attention(g, "gqa_32_to_1", (0, 64), 1, CacheType::F32);
    for context in [512, 2048] {
        attention(g, &format!("attention_decode_at_{context}"), (context - 1, 1), KV_HEADS, CacheType::F32);
        attention(g, &format!("attention_decode_at_{context}_f16"), (context - 1, 1), KV_HEADS, CacheType::F16);
    }
    dot_products(g);
    group.finish();
}

/// What a query's score with one key is: 64 products and their sum. The engine works out eight of them side by side (a lane is
/// a row, see `wasm/cpu/src/panel`), so what one costs is its share of a product with many rows; alone it costs a whole call.
fn dot_products(group: &mut BenchmarkGroup<'_, WallTime>) {
    const ROWS: usize = 1024;
    let make = |rows: usize| {
        let mut cpu = CpuBackend::new();
        Ok::<_, BackendError>((weight(&mut cpu, F32, rows, HEAD_DIM)?, activations(HEAD_DIM), cpu.buffer(rows)?, cpu))
    };
    let mut made = None;
    group.bench_function("dot_product_64", |b| {
        let (w, x, out, cpu) = made.get_or_insert_with(|| make(ROWS).unwrap_or_else(|error| panic!("{error}")));
        b.iter_custom(|products| {
            let calls = products.div_ceil(ROWS as u64);
            let start = Instant::now();
            for _ in 0..calls {
                cpu.matmul(black_box(x), 1, &mut [(&*w, out)]).unwrap_or_else(|error| panic!("{error}"));
            }
            start.elapsed().mul_f64(products as f64 / (calls * ROWS as u64) as f64)
        });
    });
    bench(group, "dot_product_64_alone", || make(1), |(w, x, out, cpu)| cpu.matmul(x, 1, &mut [(&*w, out)]));
}

fn neighbours(c: &mut Criterion) {
    let mut group = c.benchmark_group("runtime_layer");
    let g = &mut group;
    for n in [1, 64] {
        let make = || {
            let mut angles = RopeAngles::new(RopeSpec::plain(RopePairing::Adjacent, HEAD_DIM, 10_000.0));
            angles.prepare(0, n);
            Ok::<_, BackendError>((CpuBackend::new(), activations(n * WIDTH), angles))
        };
        bench(g, &format!("rope_{n}x2048"), make, |(cpu, x, angles)| cpu.rope(x, angles, HEADS, HEAD_DIM, n));
        let make = || {
            let mut cpu = CpuBackend::new();
            Ok::<_, BackendError>((norm(&mut cpu)?, activations(n * WIDTH), cpu.buffer(n * WIDTH)?, cpu))
        };
        bench(g, &format!("rms_norm_{n}x2048"), make, |(w, x, out, cpu)| cpu.rms_norm(x, w, 1e-5, out, n));
    }
    group.finish();
}

criterion_group! { name = benches; config = config(); targets = attentions, neighbours }
criterion_main!(benches);
