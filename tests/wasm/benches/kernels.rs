//! The kernels in headless Chrome, in the build that ships them, on one thread: `npm run bench:kernels`. The same calls of
//! [`Backend`] ops, under the same names, as the native benchmarks in `wasm/cpu/benches` and `wasm/runtime/benches`.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "clippy does not know these for benchmarks")]

use std::hint::black_box;
use std::time::Duration;

use wasm_bindgen_test::{Criterion, wasm_bindgen_bench, wasm_bindgen_test_configure};
use wasm_chord_core::backend::{AttentionParams, Backend, KvShape};
use wasm_chord_core::gguf::GgmlType::{self, F16, F32, Q4_0, Q4_K, Q6_K, Q8_0};
use wasm_chord_core::gguf::TensorInfo;
use wasm_chord_cpu::{CacheType, CpuBackend};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

const HEADS: usize = 32;
const KV_HEADS: usize = 4;
const HEAD_DIM: usize = 64;

fn set_up(c: &mut Criterion) {
    let brief = std::mem::take(c)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .nresamples(2000)
        .sample_size(30);
    *c = brief;
}

fn activations(len: usize) -> Vec<f32> {
    (0..len).map(|i| (i % 17) as f32 / 8.0 - 1.0).collect()
}

fn product(c: &mut Criterion, name: &str, ty: GgmlType, (n, width, rows): (usize, usize, usize)) {
    let mut cpu = CpuBackend::new();
    let bytes = vec![0x2c; ty.row_bytes(width) * rows];
    let info = TensorInfo { name: name.to_owned(), ty, dims: vec![width, rows], offset: 0, bytes: bytes.len() as u64 };
    let mut staging = cpu.begin_weight(&info).unwrap();
    cpu.write_weight(&mut staging, &bytes).unwrap();
    let (w, mut out) = (cpu.finish_weight(staging).unwrap(), cpu.buffer(n * rows).unwrap());
    let x = activations(n * width);
    c.bench_function(name, |b| b.iter(|| cpu.matmul(black_box(&x), n, &mut [(&w, &mut out)]).unwrap()));
}

fn attention(c: &mut Criterion, name: &str, (pos, n): (usize, usize), ty: CacheType) {
    let params = AttentionParams {
        n_heads: HEADS,
        n_kv_heads: KV_HEADS,
        head_dim: HEAD_DIM,
        scale: 0.125,
        window: None,
        softcap: None,
        causal: true,
    };
    let mut cpu = CpuBackend::new().with_cache(ty);
    let capacity = pos + n;
    let mut cache = cpu.kv_cache(KvShape { capacity, n_kv_heads: KV_HEADS, head_dim: HEAD_DIM }).unwrap();
    let keys = activations(capacity * KV_HEADS * HEAD_DIM);
    cpu.kv_write(&mut cache, &keys, &keys, 0, capacity).unwrap();
    let (q, mut out) = (activations(n * HEADS * HEAD_DIM), cpu.buffer(n * HEADS * HEAD_DIM).unwrap());
    c.bench_function(name, |b| {
        b.iter(|| cpu.attention(black_box(&q), &cache, &params, &mut out, pos, n).unwrap());
    });
}

#[wasm_bindgen_bench]
fn matrix_products(c: &mut Criterion) {
    set_up(c);
    product(c, "gemm_128x128x128", F32, (128, 128, 128));
    product(c, "transformer_qkv_projection", Q8_0, (1, 2048, 6144));
    product(c, "transformer_lm_head", Q8_0, (1, 2048, 32000));
    for ty in [F16, Q8_0, Q4_0, Q4_K, Q6_K] {
        let name = ty.name().to_lowercase();
        product(c, &format!("matvec_{name}_1x2048x2048"), ty, (1, 2048, 2048));
        product(c, &format!("gemm_{name}_64x1024x1024"), ty, (64, 1024, 1024));
    }
}

#[wasm_bindgen_bench]
fn attentions(c: &mut Criterion) {
    set_up(c);
    attention(c, "attention_seq_64", (0, 64), CacheType::F32);
    attention(c, "attention_decode_at_512_f16", (511, 1), CacheType::F16);
    attention(c, "attention_decode_at_2048_f16", (2047, 1), CacheType::F16);
}
