//! The profiling backend: the same results as the one inside, and a profile that adds up.
#![allow(clippy::unwrap_used)] // A broken set-up may stop the test where it is.

use std::cell::Cell;

use wasm_chord_core::backend::{BackendError, Profiled, ProfiledOp};
use wasm_chord_core::block;
use wasm_chord_core::gguf::{GgmlType, TensorInfo};
use wasm_chord_core::{Backend, Reference};

const WIDTH: usize = 64;
const ROWS: usize = 4;

/// A matrix whose weights all differ, loaded in two pieces.
fn matrix<B: Backend>(b: &mut B, name: &str, ty: GgmlType) -> B::Weight {
    let row: Vec<f32> = (0..WIDTH * ROWS).map(|i| (i as f32).sin()).collect();
    let data = block::quantize_row(ty, &row).unwrap();
    let bytes = data.len() as u64;
    let info = TensorInfo { name: name.to_owned(), ty, dims: vec![WIDTH, ROWS], offset: 0, bytes };
    let mut staging = b.begin_weight(&info).unwrap();
    let (first, second) = data.split_at(10);
    b.write_weight(&mut staging, first).unwrap();
    b.write_weight(&mut staging, second).unwrap();
    b.finish_weight(staging).unwrap()
}

/// The products of four matrices of two types with one input, and of the output matrix.
fn products<B: Backend>(b: &mut B) -> Vec<f32> {
    let types = [GgmlType::Q8_0, GgmlType::Q8_0, GgmlType::Q4_0, GgmlType::Q4_0];
    let weights = types.map(|ty| matrix(b, "blk.0.attn_q.weight", ty));
    let output = matrix(b, "output.weight", GgmlType::Q8_0);
    let mut x = b.buffer(WIDTH).unwrap();
    b.embed(&output, &[1], &mut x).unwrap();
    let mut outs = types.map(|_| b.buffer(ROWS).unwrap());
    let mut jobs: Vec<_> = weights.iter().zip(&mut outs).collect();
    b.matmul(&x, 1, &mut jobs).unwrap();
    let mut logits = b.buffer(ROWS).unwrap();
    b.matmul(&x, 1, &mut [(&output, &mut logits)]).unwrap();
    let mut all = vec![0.0; 5 * ROWS];
    for (out, to) in outs.iter().chain([&logits]).zip(all.chunks_mut(ROWS)) {
        b.read(out, to).unwrap();
    }
    all
}

#[test]
fn results_are_those_of_the_backend_inside_and_times_add_up() {
    let ticks = Cell::new(0.0);
    let clock = || ticks.replace(ticks.get() + 1.0);
    let mut profiled = Profiled::new(Reference, clock);
    let plain = products(&mut Reference);
    assert!(plain.iter().any(|x| *x != 0.0));
    assert_eq!(products(&mut profiled), plain);
    assert_eq!((ticks.get(), profiled.stop().total_ms()), (0.0, 0.0), "switched off it reads no clock");

    profiled.start();
    assert_eq!(products(&mut profiled), plain);
    let profile = profiled.stop();
    let of = |op, weights| {
        let entries = profile.entries();
        let entry = entries.iter().find(|entry| (entry.op, entry.weights) == (op, weights));
        entry.map(|entry| (entry.calls, entry.ms, entry.bytes))
    };
    let bytes = |ty: GgmlType| (ROWS * ty.row_bytes(WIDTH)) as u64;
    let (q8, q4) = (bytes(GgmlType::Q8_0), bytes(GgmlType::Q4_0));
    // The clock ticks once a reading, so that each op takes one. Matrices of one type go together.
    assert_eq!(of(ProfiledOp::Matmul, Some(GgmlType::Q8_0)), Some((1, 1.0, 2 * q8)));
    assert_eq!(of(ProfiledOp::Matmul, Some(GgmlType::Q4_0)), Some((1, 1.0, 2 * q4)));
    assert_eq!(of(ProfiledOp::Logits, Some(GgmlType::Q8_0)), Some((1, 1.0, q8)));
    assert_eq!(of(ProfiledOp::Load, Some(GgmlType::Q4_0)), Some((2 * 3, 6.0, 2 * q4)), "two pieces and the end");
    assert_eq!(of(ProfiledOp::Read, None), Some((5, 5.0, 0)));
    assert_eq!(profile.multiplied_bytes(), 3 * q8 + 2 * q4);
    assert_eq!(profile.total_ms(), ticks.get() / 2.0);
    assert_eq!(profiled.stop().entries().len(), 0, "a profile is given once");
}

#[test]
fn errors_come_through() {
    let mut profiled = Profiled::new(Reference, || 0.0);
    profiled.start();
    let small = matrix(&mut profiled, "m", GgmlType::F32);
    let mut out = profiled.buffer(WIDTH).unwrap();
    let error = profiled.embed(&small, &[ROWS as u32], &mut out).unwrap_err();
    assert!(matches!(error, BackendError::Shape { op: "embed", .. }), "{error}");
}
