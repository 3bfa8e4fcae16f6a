//! Matrix products: the integer kernels against scalar integers, all of them against the reference backend.

use wasm_chord_core::backend::{Backend, Reference};
use wasm_chord_core::block;
use wasm_chord_core::gguf::{GgmlType, TensorInfo};

use super::{Random, assert_close};
use crate::arch::Arch;
use crate::panel::Activations;
use crate::{CpuBackend, Weight, kernels};

/// A tensor of type `ty` with random weights: its description and its bytes.
pub(super) fn tensor(random: &mut Random, ty: GgmlType, dims: &[usize]) -> (TensorInfo, Vec<u8>) {
    let bytes = block::quantize_row(ty, &random.floats(dims.iter().product())).unwrap();
    (TensorInfo { name: "w".to_owned(), ty, dims: dims.to_vec(), offset: 0, bytes: bytes.len() as u64 }, bytes)
}

/// Loads a tensor in one piece.
pub(super) fn load<B: Backend>(backend: &mut B, (info, bytes): &(TensorInfo, Vec<u8>)) -> B::Weight {
    let mut staging = backend.begin_weight(info).unwrap();
    backend.write_weight(&mut staging, bytes).unwrap();
    backend.finish_weight(staging).unwrap()
}

/// `w · x` of `n` tokens.
fn product<B: Backend<Buffer = Vec<f32>>>(
    backend: &mut B,
    w: &B::Weight,
    x: &Vec<f32>,
    rows: usize,
    n: usize,
) -> Vec<f32> {
    let mut out = backend.buffer(rows * n).unwrap();
    backend.matmul(x, n, &mut [(w, &mut out)]).unwrap();
    out
}

/// Rows, row length in blocks of 32, tokens: full and broken panels, fewer and more panels than streams, every tile.
fn shapes() -> impl Iterator<Item = (usize, usize, usize)> {
    let rows = [1, 7, 8, 9, 32, 65, 77];
    rows.into_iter().flat_map(|rows| [(1, 1), (3, 2), (2, 3), (5, 4), (4, 9)].map(|(blocks, n)| (rows, blocks, n)))
}

/// One block of 32 weights as integers, and their scale.
fn integers(ty: GgmlType, block: &[u8]) -> (Vec<i32>, f32) {
    let scale = half::f16::from_le_bytes([block[0], block[1]]).to_f32();
    let integers = match ty {
        GgmlType::Q8_0 => block[2..].iter().map(|b| i32::from(*b as i8)).collect(),
        GgmlType::Q4_0 => {
            let (low, high) = (block[2..].iter().map(|b| b & 15), block[2..].iter().map(|b| b >> 4));
            low.chain(high).map(|nibble| i32::from(nibble) - 8).collect()
        }
        _ => panic!("{ty} has no integers"),
    };
    (integers, scale)
}

/// 32 activations as integers, and their scale: the definition of [`kernels::quantize`].
fn quantize(x: &[f32]) -> (Vec<i32>, f32) {
    let largest = x.iter().fold(0f32, |max, x| max.max(x.abs()));
    let inverse = if largest > 1e-30 { 127.0 / largest } else { 0.0 };
    (x.iter().map(|x| (x * inverse).round_ties_even() as i32).collect(), largest / 127.0)
}

pub fn quantize_is_the_scalar_one<A: Arch>(a: A) {
    let mut random = Random::new(6);
    let mut x = random.floats(32 * 20 + 3);
    x[3 + 32..3 + 64].fill(0.0);
    x[3 + 64..3 + 96].fill(1e-38); // Too small for a scale with an inverse.
    x[3 + 96..3 + 128].iter_mut().for_each(|x| *x *= 1e20);
    for start in 0..4 {
        let x = &x[start..start + 32 * 20];
        let mut got = vec![Activations { offset: 1, scale: 1.0, pairs: [[1; 2]; 16] }; 20];
        kernels::quantize::quantize(a, x, &mut got);
        for (x, got) in x.chunks_exact(32).zip(&got) {
            let (integers, scale) = quantize(x);
            assert!(got.pairs.as_flattened().iter().map(|q| i32::from(*q)).eq(integers.iter().copied()));
            assert_eq!((got.scale, got.offset), (scale, -8 * integers.iter().sum::<i32>()));
        }
    }
}

pub fn integer_matmul_is_the_scalar_one<A: Arch>(a: A) {
    let (mut cpu, mut random) = (CpuBackend::with_kernels(a.kernels()), Random::new(7));
    for ty in [GgmlType::Q8_0, GgmlType::Q4_0] {
        for (rows, blocks, n) in shapes() {
            let width = 32 * blocks;
            let (x, w) = (random.floats(n * width), tensor(&mut random, ty, &[width, rows]));
            let weight = load(&mut cpu, &w);
            let got = product(&mut cpu, &weight, &x, rows, n);
            for (i, got) in got.iter().enumerate() {
                let (token, row) = (i / rows, i % rows);
                let x = x[token * width..][..width].chunks_exact(32);
                let w = w.1[row * ty.row_bytes(width)..].chunks_exact(ty.block_bytes());
                let (mut want, mut size) = (0f64, 0f64);
                for ((x, dx), (w, dw)) in x.map(quantize).zip(w.map(|w| integers(ty, w))) {
                    let sum: i32 = x.iter().zip(&w).map(|(x, w)| x * w).sum();
                    let term = f64::from(sum) * f64::from(dx) * f64::from(dw);
                    (want, size) = (want + term, size + term.abs());
                }
                assert!(
                    (f64::from(*got) - want).abs() <= 1e-6 * size,
                    "{ty} row {row} of {rows}: {got}, should be {want}"
                );
            }
        }
    }
}

pub fn float_matmul_matches_reference<A: Arch>(a: A) {
    let (mut cpu, mut random) = (CpuBackend::with_kernels(a.kernels()), Random::new(8));
    for ty in [GgmlType::F32, GgmlType::F16, GgmlType::BF16] {
        for (rows, blocks, n) in shapes() {
            let width = 32 * blocks - n; // Odd lengths too.
            let (x, w) = (random.floats(n * width), tensor(&mut random, ty, &[width, rows]));
            let (weight, exact) = (load(&mut cpu, &w), load(&mut Reference, &w));
            let got = product(&mut cpu, &weight, &x, rows, n);
            let want = product(&mut Reference, &exact, &x, rows, n);
            assert_close(&got, &want, 1e-5, ty.name());
        }
    }
}

/// An activation is off by half a scale at most, so a result by `Σ max|x of a block| / 254 × |w|`. In the mean over
/// many, errors of both signs make it far less: 1e-4 of the result's energy.
pub fn quantized_matmul_stays_within_its_bound<A: Arch>(a: A) {
    let (mut cpu, mut random) = (CpuBackend::with_kernels(a.kernels()), Random::new(9));
    for ty in [GgmlType::Q8_0, GgmlType::Q4_0] {
        let (mut error, mut energy) = (0f64, 0f64);
        for (rows, blocks, n) in shapes() {
            let width = 32 * blocks;
            let (x, w) = (random.floats(n * width), tensor(&mut random, ty, &[width, rows]));
            let (weight, exact) = (load(&mut cpu, &w), load(&mut Reference, &w));
            let got = product(&mut cpu, &weight, &x, rows, n);
            let want = product(&mut Reference, &exact, &x, rows, n);
            let mut dequantized = vec![0.0; rows * width];
            block::dequantize_row(ty, &w.1, &mut dequantized).unwrap();
            for (i, (got, want)) in got.iter().zip(&want).enumerate() {
                let x = x[i / rows * width..][..width].chunks_exact(32);
                let w = dequantized[i % rows * width..][..width].chunks_exact(32);
                let bound = x.zip(w).map(|(x, w)| {
                    let largest = x.iter().fold(0f32, |max, x| max.max(x.abs()));
                    w.iter().map(|w| w.abs() * (largest / 254.0 + 1e-5)).sum::<f32>()
                });
                let (off, bound) = ((got - want).abs(), bound.sum::<f32>());
                assert!(off <= bound, "{ty} [{rows}, {width}]: {got} for {want}, bound {bound}");
                error += f64::from(off).powi(2);
                energy += f64::from(*want).powi(2);
            }
        }
        assert!(error <= 1e-4 * energy, "{ty}: {:e} of the energy", error / energy);
    }
}

pub fn tokens_together_give_the_bits_of_tokens_alone<A: Arch>(a: A) {
    let (mut cpu, mut random) = (CpuBackend::with_kernels(a.kernels()), Random::new(10));
    for ty in GgmlType::ALL {
        for (rows, width, n) in [(77, 96, 11), (33, 4096, 50)] {
            let x = random.floats(n * width);
            let weight = load(&mut cpu, &tensor(&mut random, ty, &[width, rows]));
            let together = product(&mut cpu, &weight, &x, rows, n);
            for (x, together) in x.chunks_exact(width).zip(together.chunks_exact(rows)) {
                assert_eq!(product(&mut cpu, &weight, &x.to_vec(), rows, 1), together, "{ty}");
            }
        }
    }
}

pub fn jobs_share_their_input<A: Arch>(a: A) {
    let (mut cpu, mut random) = (CpuBackend::with_kernels(a.kernels()), Random::new(11));
    let (width, n) = (64, 3);
    let x = random.floats(n * width);
    let rows = [5, 16, 24, 9, 40];
    let weights: Vec<Weight> = GgmlType::ALL
        .iter()
        .zip(rows)
        .map(|(ty, rows)| load(&mut cpu, &tensor(&mut random, *ty, &[width, rows])))
        .collect();
    let mut outs: Vec<Vec<f32>> = rows.iter().map(|rows| vec![0.0; rows * n]).collect();
    let mut jobs: Vec<_> = weights.iter().zip(&mut outs).collect();
    cpu.matmul(&x, n, &mut jobs).unwrap();
    for ((weight, out), rows) in weights.iter().zip(&outs).zip(rows) {
        assert_eq!(&product(&mut cpu, weight, &x, rows, n), out);
    }
}
