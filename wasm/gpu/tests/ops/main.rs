//! Every op in every tier against the scalar reference, on a software adapter: the same numbers on every machine.
#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests, which panic when they fail")]

mod attention;
mod elements;
mod faults;
mod fused;
mod matmul;
mod misfits;
mod record;
mod rows;
mod weights;

use wasm_chord_core::Backend;
use wasm_chord_core::gguf::{GgmlType, TensorInfo};
use wasm_chord_gpu::{Buffer, GpuBackend, GpuError, Options, Software, Tier};

/// A backend for each tier that the software adapter has, and none where there is no such adapter.
fn backends() -> impl Iterator<Item = GpuBackend> {
    Tier::ALL.into_iter().filter_map(|tier| {
        let gpu = open(&Options { software: Software::Only, tier: Some(tier), binding_limit: None })?;
        (gpu.capabilities().target.tier == tier).then_some(gpu)
    })
}

/// The software adapter with `options`, or nothing and a line that says so.
fn open(options: &Options) -> Option<GpuBackend> {
    match GpuBackend::new(options) {
        Ok(gpu) => Some(gpu),
        Err(GpuError::NoAdapter) if std::env::var_os("CHORD_NEEDS_GPU").is_none() => {
            println!("skipped: no software GPU is found (on Debian: apt-get install mesa-vulkan-drivers)");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// A buffer that holds `values`. Backends take numbers in as weights and tokens alone: a table, of rows that are short
/// enough for any limit.
fn put<B: Backend>(backend: &mut B, values: &[f32]) -> B::Buffer {
    let mut buffer = backend.buffer(values.len()).unwrap();
    let Some(width) = (1..=512).rev().find(|width| values.len().is_multiple_of(*width)) else { return buffer };
    if values.is_empty() {
        return buffer;
    }
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let dims = vec![width, values.len() / width];
    let rows: Vec<u32> = (0..dims[1] as u32).collect();
    let info = TensorInfo { name: "x".to_owned(), ty: GgmlType::F32, dims, offset: 0, bytes: bytes.len() as u64 };
    let table = wasm_chord_core::testing::load(backend, &(info, bytes));
    backend.embed(&table, &rows, &mut buffer).unwrap();
    buffer
}

/// What a buffer holds.
fn get(gpu: &mut GpuBackend, buffer: &Buffer) -> Vec<f32> {
    let mut out = vec![f32::NAN; buffer.len()];
    gpu.read(buffer, &mut out).unwrap();
    out
}
