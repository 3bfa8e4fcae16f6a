//! Matrix products: the integer kernels against scalar integers, all of them against the reference backend.

use wasm_chord_core::backend::{Backend, Reference};
use wasm_chord_core::block;
use wasm_chord_core::gguf::GgmlType;
use wasm_chord_core::testing::{Random, assert_close, load, tensor, whole};

use crate::arch::Arch;
use crate::dot::{Form, TAIL};
use crate::kernels::output::Output;
use crate::kernels::pack;
use crate::{CpuBackend, Weight};

/// The quantised types.
fn quantized() -> impl Iterator<Item = GgmlType> {
    GgmlType::ALL.into_iter().filter(|ty| ty.block_len() > 1)
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

/// 32 activations as integers, and their scale: the definition of [`pack`].
fn quantize(x: &[f32]) -> (Vec<i32>, f32) {
    let largest = x.iter().fold(0f32, |max, x| max.max(x.abs()));
    let inverse = if largest > 1e-30 { 127.0 / largest } else { 0.0 };
    (x.iter().map(|x| (x * inverse).round_ties_even() as i32).collect(), largest / 127.0)
}

pub fn pack_is_the_scalar_one<A: Arch>(a: A) {
    let mut random = Random::new(6);
    let (blocks, most) = (3, 9);
    let width = 32 * blocks;
    let mut x = random.floats(most * width + 3);
    x[3 + 32..3 + 64].fill(0.0);
    x[3 + 64..3 + 96].fill(1e-38); // Too small for a scale with an inverse.
    x[3 + 96..3 + 128].iter_mut().for_each(|x| *x *= 1e20);
    let pair = |x: [i32; 2]| u32::from(x[0] as i16 as u16) | u32::from(x[1] as i16 as u16) << 16;
    for (n, start) in (1..=most).flat_map(|n| (0..4).map(move |start| (n, start))) {
        let x = &x[start..start + n * width];
        for form in [Form::Floats, Form::Bytes, Form::Pairs] {
            let words = pack::words(form, width);
            let in_tile = pack::tile_of(A::TOKENS, n);
            let padded = n.next_multiple_of(in_tile);
            let mut got = vec![7; padded * words];
            pack::pack(a, form, x, width, in_tile, &mut got);
            for t in 0..padded {
                let tile = t / in_tile * in_tile;
                let token: Vec<u32> =
                    got[tile * words..].chunks_exact(in_tile).take(words).map(|word| word[t - tile]).collect();
                let Some(x) = x.get(t * width..(t + 1) * width) else {
                    assert!(token.iter().all(|word| *word == 0));
                    continue;
                };
                if form == Form::Floats {
                    assert!(token.iter().copied().eq(x.iter().map(|x| x.to_bits())));
                    continue;
                }
                for (x, token) in x.chunks_exact(32).zip(token.chunks_exact(form.block())) {
                    let (q, scale) = quantize(x);
                    let (groups, tail) = token.split_at(token.len() - TAIL);
                    let want: Vec<u32> = if form == Form::Bytes {
                        q.as_chunks::<4>().0.iter().map(|q| u32::from_le_bytes(q.map(|q| q as u8))).collect()
                    } else {
                        q.as_chunks::<4>().0.iter().flat_map(|q| [pair([q[0], q[2]]), pair([q[1], q[3]])]).collect()
                    };
                    assert_eq!(groups, want);
                    let sums = q.as_chunks::<16>().0.iter().map(|half| {
                        let sum = |from: usize| (0..16).filter(|i| i % 4 / 2 == from).map(|i| half[i]).sum();
                        pair([sum(0), sum(1)])
                    });
                    let sum = scale * q.iter().sum::<i32>() as f32;
                    assert!(sums.chain([scale.to_bits(), sum.to_bits()]).eq(tail.iter().copied()));
                }
            }
        }
    }
}

/// Against the dequantised weights and the rounded activations, in f64.
pub fn integer_matmul_is_the_scalar_one<A: Arch>(a: A) {
    let (mut cpu, mut random) = (CpuBackend::with_kernels(a.kernels()), Random::new(7));
    for ty in quantized() {
        for (rows, blocks, n) in shapes() {
            let width = ty.block_len() * blocks;
            let (x, w) = (random.floats(n * width), tensor(&mut random, ty, &[width, rows]));
            let weight = load(&mut cpu, &w);
            let got = product(&mut cpu, &weight, &x, rows, n);
            let mut weights = vec![0.0; rows * width];
            block::dequantize_row(ty, &w.1, &mut weights).unwrap();
            for (i, got) in got.iter().enumerate() {
                let x = x[i / rows * width..][..width].chunks_exact(32);
                let w = weights[i % rows * width..][..width].chunks_exact(32);
                // A scale times a number and a minimum may be larger than what is left of them.
                let (mut want, mut size) = (0f64, 0f64);
                for ((x, scale), w) in x.map(quantize).zip(w) {
                    let largest = w.iter().fold(0f32, |max, w| max.max(w.abs()));
                    for (x, w) in x.iter().zip(w) {
                        want += f64::from(*x) * f64::from(scale) * f64::from(*w);
                        size += f64::from(x.abs()) * f64::from(scale) * f64::from(largest);
                    }
                }
                assert!(
                    (f64::from(*got) - want).abs() <= 1e-6 * size,
                    "{ty} row {} of {rows}, {n} tokens: {got}, should be {want}",
                    i % rows
                );
            }
        }
    }
}

pub fn parts_of_an_output_are_the_whole<A: Arch>(a: A) {
    let (mut cpu, mut random) = (CpuBackend::with_kernels(a.kernels()), Random::new(12));
    let (rows, width) = (77, 64);
    for ty in [GgmlType::F32, GgmlType::Q8_0, GgmlType::Q4_0] {
        let weight = load(&mut cpu, &tensor(&mut random, ty, &[width, rows]));
        for n in 1..=6 {
            let x = random.floats(n * width);
            let whole = product(&mut cpu, &weight, &x, rows, n);
            let form = weight.form(a.kernels());
            let tile = pack::tile_of(A::TOKENS, n);
            let mut packed = vec![0; n.next_multiple_of(tile) * pack::words(form, width)];
            (a.kernels().pack)(form, &x, width, tile, &mut packed);
            for (parts, step) in [(1, 1), (2, 1), (3, 4), (10, 1), (99, 1), (2, 99)] {
                let mut out = vec![f32::NAN; n * rows];
                for mut part in Output::new(&mut out, n, rows, 8).split(parts, step) {
                    let units = part.units();
                    assert!(part.get(0, units.start.wrapping_sub(1)).is_empty() && part.get(0, units.end).is_empty());
                    weight.multiply(a.kernels(), &packed, &mut part);
                }
                assert_eq!(out, whole, "{ty}, {n} tokens, {parts} parts");
            }
        }
    }
    let mut short = [1.0; 7];
    assert!(Output::new(&mut short, 2, 4, 2).get(0, 0).is_empty());
    assert!(Output::new(&mut short, usize::MAX, 4, 2).get(0, 0).is_empty());
    let mut parts = Output::new(&mut short, 3, 2, 2).split_tokens(2, 2);
    let rows: Vec<_> =
        parts.by_ref().map(|mut part| (part.tokens(), part.get(1, 0).len(), part.get(2, 0).len())).collect();
    assert_eq!(rows, [(0..2, 2, 0), (2..3, 0, 2)]);
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
    for ty in quantized() {
        let (mut error, mut energy) = (0f64, 0f64);
        for (rows, blocks, n) in shapes() {
            let width = ty.block_len() * blocks;
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

pub fn rows_wider_than_the_cache<A: Arch>(a: A) {
    let (mut cpu, mut random) = (CpuBackend::with_kernels(a.kernels()), Random::new(12));
    for ty in [GgmlType::F32, GgmlType::Q8_0, GgmlType::Q4_K] {
        let (rows, width, n) = (3, 1 << 18, 5);
        let x = random.floats(n * width);
        let weight = load(&mut cpu, &tensor(&mut random, ty, &[width, rows]));
        let together = product(&mut cpu, &weight, &x, rows, n);
        for (x, together) in x.chunks_exact(width).zip(together.chunks_exact(rows)) {
            assert_eq!(product(&mut cpu, &weight, &x.to_vec(), rows, 1), together, "{ty}");
        }
    }
}

pub fn tokens_together_give_the_bits_of_tokens_alone<A: Arch>(a: A) {
    let (mut cpu, mut random) = (CpuBackend::with_kernels(a.kernels()), Random::new(10));
    for ty in GgmlType::ALL {
        for (rows, width, n) in [(77, whole(ty, 96), 11), (33, 4096, 50)] {
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
    let (width, n) = (256, 3);
    let x = random.floats(n * width);
    let rows: Vec<usize> = GgmlType::ALL.iter().zip(5..).map(|(_, rows)| rows).collect();
    let weights: Vec<Weight> = GgmlType::ALL
        .iter()
        .zip(&rows)
        .map(|(ty, rows)| load(&mut cpu, &tensor(&mut random, *ty, &[width, *rows])))
        .collect();
    let mut outs: Vec<Vec<f32>> = rows.iter().map(|rows| vec![0.0; rows * n]).collect();
    let mut jobs: Vec<_> = weights.iter().zip(&mut outs).collect();
    cpu.matmul(&x, n, &mut jobs).unwrap();
    for ((weight, out), rows) in weights.iter().zip(&outs).zip(rows) {
        assert_eq!(&product(&mut cpu, weight, &x, rows, n), out);
    }
}
