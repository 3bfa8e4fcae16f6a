//! That what was measured is used: with clocks of the checks' own, so that it is the same on every machine.

use std::cell::Cell;

use wasm_chord_core::Backend;
use wasm_chord_core::gguf::GgmlType;
use wasm_chord_core::testing::{Random, load, tensor};

use super::{open, put};
use crate::tiles::Arithmetic;
use crate::{Format, GpuBackend, Options, Software, Tier};

thread_local! {
    static NOW: Cell<f64> = const { Cell::new(0.0) };
    static STEP: Cell<f64> = const { Cell::new(1e3) };
}

/// A clock by which everything takes equally long.
fn steady() -> f64 {
    NOW.set(NOW.get() + 50.0);
    NOW.get()
}

/// A clock by which everything takes less than what was before it.
fn hurrying() -> f64 {
    STEP.set(STEP.get() * 0.8);
    NOW.set(NOW.get() + STEP.get());
    NOW.get()
}

/// Kernels for a product of `n` tokens and weights of `ty`.
fn kernels(gpu: &mut GpuBackend, ty: GgmlType, n: usize) -> u64 {
    let weight = load(gpu, &tensor(&mut Random::new(90), ty, &[64, 40]));
    let (x, mut out) = (put(gpu, &vec![1.0; 64 * n]), gpu.buffer(40 * n).unwrap());
    let before = gpu.stats();
    gpu.matmul(&x, n, &mut [(&weight, &mut out)]).unwrap();
    (gpu.stats() - before).dispatches
}

pub async fn what_was_measured_is_used() {
    let options = Options { software: Software::Only, ..Options::default() };
    let Some(shared) = open(&options).await else { return };
    assert!(shared.capabilities().target.tier.dp4a);
    drop(shared);
    // A device of its own: what is measured on one stays with it.
    let mut gpu = GpuBackend::open(&options).await.unwrap().with_clock(steady);
    // Nothing is rounded to bytes unmeasured.
    assert_eq!((kernels(&mut gpu, GgmlType::Q4_0, 9), kernels(&mut gpu, GgmlType::F32, 9)), (1, 1));
    let before = gpu.stats();
    gpu.tune().await.unwrap();
    assert_eq!(gpu.stats(), before);
    assert_eq!(gpu.tiles(), [(Format::Q4_0, Arithmetic::F32)]);
    assert_eq!(kernels(&mut gpu, GgmlType::Q4_0, 9), 1);

    let mut gpu = gpu.sibling().unwrap().with_clock(hurrying);
    assert_eq!((kernels(&mut gpu, GgmlType::Q4_0, 9), kernels(&mut gpu, GgmlType::Q8_0, 9)), (1, 1));
    gpu.tune().await.unwrap();
    // Once on a device.
    assert_eq!(gpu.tiles(), [(Format::Bytes, Arithmetic::Bytes), (Format::Q4_0, Arithmetic::F32)]);
    assert_eq!(kernels(&mut gpu, GgmlType::Q8_0, 9), 2);
}

pub async fn a_chosen_tier_is_not_measured() {
    for (tier, used) in [(Tier::BASE, Arithmetic::F32), (Tier::DP4A, Arithmetic::Bytes)] {
        let Some(gpu) = open(&Options { software: Software::Only, tier: Some(tier) }).await else { return };
        let mut gpu = gpu.with_clock(if used == Arithmetic::F32 { hurrying } else { steady });
        kernels(&mut gpu, GgmlType::Q4_0, 1);
        gpu.tune().await.unwrap();
        assert_eq!(gpu.tiles(), [(Format::Q4_0, used)]);
        assert_eq!(gpu.device.tiles.get(Format::Q4_0), None);
    }
}
