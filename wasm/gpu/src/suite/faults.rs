//! A device that goes away.

use wasm_chord_core::backend::{Backend, BackendError, KvShape};
use wasm_chord_core::gguf::GgmlType;
use wasm_chord_core::testing::{Random, load, tensor};

use super::{every_tier, put};

pub async fn a_lost_device_is_an_error_everywhere() {
    let mut random = Random::new(60);
    for mut gpu in every_tier().await {
        let w = tensor(&mut random, GgmlType::Q8_0, &[32, 32]);
        let weight = load(&mut gpu, &w);
        let mut staging = gpu.begin_weight(&w.0).unwrap();
        let (x, mut y) = (put(&mut gpu, &[1.0; 32]), gpu.buffer(32).unwrap());
        gpu.matmul(&x, 1, &mut [(&weight, &mut y)]).unwrap();
        gpu.destroy();
        let mut out = [0.0; 32];
        let lost = |result: Result<(), BackendError>, what: &str| {
            assert!(matches!(result, Err(BackendError::DeviceLost { .. })), "{what}: {result:?}");
        };
        lost(gpu.read_async(&y, &mut out).await, "read");
        lost(gpu.read_async(&y, &mut out).await, "read again");
        lost(gpu.matmul(&x, 1, &mut [(&weight, &mut y)]), "matmul");
        lost(gpu.add(&mut y, &x, 1), "add");
        lost(gpu.buffer(10).map(drop), "buffer");
        lost(gpu.kv_cache(KvShape { capacity: 1, n_kv_heads: 1, head_dim: 1 }).map(drop), "kv_cache");
        lost(gpu.write_weight(&mut staging, &w.1), "write_weight");
        lost(gpu.begin_weight(&w.0).map(drop), "begin_weight");
    }
}
