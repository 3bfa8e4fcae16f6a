//! What the benchmarks share: how long each runs, and weights that are made only for those that do.
#![allow(clippy::panic, reason = "a benchmark that cannot run must not look like one that was left out")]

use std::fmt::Display;
use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion};
use wasm_chord_core::backend::{Backend, Result};
use wasm_chord_core::gguf::{GgmlType, TensorInfo};

/// Two and a half seconds a benchmark, where the command line says nothing else (`--quick` is shorter still).
pub fn config() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(50)
        .without_plots()
}

/// Benchmarks `run` over what `make` makes. That is called only when the command line's filter lets the benchmark run, so
/// that one alone starts at once.
pub fn bench<T, R, E: Display>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    make: impl Fn() -> std::result::Result<T, E>,
    run: impl Fn(&mut T) -> std::result::Result<R, E>,
) {
    let mut made = None;
    group.bench_function(name, |b| {
        let made = made.get_or_insert_with(|| make().unwrap_or_else(|error| panic!("{name}: {error}")));
        b.iter(|| black_box(run(black_box(made)).unwrap_or_else(|error| panic!("{name}: {error}"))));
    });
}

/// A matrix `[rows, width]` whose bytes, repeated, make small finite weights in every type.
pub fn weight<B: Backend>(backend: &mut B, ty: GgmlType, rows: usize, width: usize) -> Result<B::Weight> {
    let bytes = vec![0x2c; ty.row_bytes(width) * rows];
    let name = format!("{ty} [{rows}, {width}]");
    let info = TensorInfo { name, ty, dims: vec![width, rows], offset: 0, bytes: bytes.len() as u64 };
    let mut staging = backend.begin_weight(&info)?;
    backend.write_weight(&mut staging, &bytes)?;
    backend.finish_weight(staging)
}

/// `len` activations between -1 and 1.
pub fn activations(len: usize) -> Vec<f32> {
    (0..len).map(|i| (i % 17) as f32 / 8.0 - 1.0).collect()
}
