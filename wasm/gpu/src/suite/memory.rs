//! Memory that is given back, in a browser too, where dropping a handle does not do it.

use wasm_chord_core::backend::{Backend, KvShape};
use wasm_chord_core::gguf::GgmlType;
use wasm_chord_core::testing::{Random, load, tensor};

use super::{base, get, put};
use crate::{GpuBackend, Weight};

/// Whether the device has taken a buffer's memory back: using it is an error then.
async fn is_gone(gpu: &GpuBackend, buffer: &wgpu::Buffer) -> bool {
    let errors = gpu.device.handle.push_error_scope(wgpu::ErrorFilter::Validation);
    let mut encoder = gpu.device.handle.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    encoder.clear_buffer(buffer, 0, None);
    gpu.device.queue.submit([encoder.finish()]);
    errors.pop().await.is_some()
}

/// The memory of a weight.
fn memory_of(weight: &Weight) -> wgpu::Buffer {
    match weight {
        Weight::Vector { memory, .. } => memory.buffer.clone(),
        Weight::Matrix(matrix) => matrix.parts[0].memory.buffer.clone(),
    }
}

pub async fn memory_goes_with_what_had_it() {
    let mut random = Random::new(70);
    for mut gpu in base().await {
        let ones = put(&mut gpu, &[1.0; 64]);
        assert_eq!(get(&mut gpu, &ones).await, [1.0; 64]);
        let before = gpu.allocated();
        // A weight that is dropped without a use, though its bytes are on their way.
        drop(load(&mut gpu, &tensor(&mut random, GgmlType::F32, &[64])));
        let matrix = load(&mut gpu, &tensor(&mut random, GgmlType::Q4_0, &[64, 64]));
        let mut cache = gpu.kv_cache(KvShape { capacity: 10, n_kv_heads: 1, head_dim: 64 }).unwrap();
        let mut product = gpu.buffer(64).unwrap();
        let handles = [memory_of(&matrix), cache.memory.buffer.clone(), product.binding().memory.buffer.clone()];
        gpu.matmul(&ones, 1, &mut [(&matrix, &mut product)]).unwrap();
        gpu.kv_write(&mut cache, &ones, &product, 0, 1).unwrap();
        drop((matrix, cache, product));
        let mut sum = put(&mut gpu, &[2.0; 64]);
        gpu.add(&mut sum, &ones, 64).unwrap();
        drop(sum);
        assert!(gpu.allocated() > before, "gone before what is queued was submitted");
        assert_eq!(get(&mut gpu, &ones).await, [1.0; 64]);
        assert_eq!(gpu.allocated(), before);
        for handle in &handles {
            assert!(is_gone(&gpu, handle).await);
        }
        assert!(!is_gone(&gpu, &ones.binding().memory.buffer).await);
    }
}

pub async fn memory_goes_with_its_backend() {
    for gpu in base().await {
        let mut first = gpu.sibling().unwrap();
        let buffer = first.buffer(64).unwrap();
        let handle = buffer.binding().memory.buffer.clone();
        drop(first);
        assert!(!is_gone(&gpu, &handle).await, "gone before its owner");
        drop(buffer);
        assert!(is_gone(&gpu, &handle).await);

        let mut second = gpu.sibling().unwrap();
        let buffer = put(&mut second, &[1.0; 64]);
        let handle = buffer.binding().memory.buffer.clone();
        drop(buffer); // with an op that is still queued
        drop(second);
        assert!(is_gone(&gpu, &handle).await);
    }
}
