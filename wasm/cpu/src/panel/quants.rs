//! Panels of blocks of 32 small integers with an f16 scale, and the activations they are multiplied with.

use half::f16;
use wasm_chord_core::gguf::GgmlType;

use super::Panel;
use crate::vector::{LANES, Vector};

/// Weights per block.
const BLOCK: usize = 32;

/// 32 activations of one token as whole numbers from -127 to 127 and a scale.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C, align(8))]
pub struct Activations {
    /// Widened, as [`Vector::splat_pair`] and [`Vector::dot_pairs`] take them.
    pub pairs: [[i16; 2]; BLOCK / 2],
    /// What 1 stands for.
    pub scale: f32,
    /// -8 × their sum: what Q4_0's nibbles, which count from 8, have too much.
    pub offset: i32,
}

impl Activations {
    /// 32 zeros.
    pub const ZERO: Self = Self { pairs: [[0; 2]; BLOCK / 2], scale: 0.0, offset: 0 };
}

/// Eight rows of Q8_0.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(16))]
pub struct Q8_0 {
    scales: [u16; LANES],                 // f16, [row]
    pairs: [[[i8; 2]; LANES]; BLOCK / 2], // [pair][row][2]
}

/// Eight rows of Q4_0.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(16))]
pub struct Q4_0 {
    scales: [u16; LANES],                  // f16, [row]
    words: [[[u16; 2]; LANES]; BLOCK / 8], // [eighth j][row][c]; nibble i is weight 8j + 2i + c
}

const _: () = assert!(size_of::<Q8_0>() == LANES * GgmlType::Q8_0.block_bytes());
const _: () = assert!(size_of::<Q4_0>() == LANES * GgmlType::Q4_0.block_bytes());

impl Panel for Q8_0 {
    const TYPE: GgmlType = GgmlType::Q8_0;
    const ZERO: Self = Self { scales: [0; LANES], pairs: [[[0; 2]; LANES]; BLOCK / 2] };
    type Input = Activations;

    #[inline(always)]
    fn put(&mut self, row: usize, block: &[u8]) {
        let Some((scale, weights)) = block.split_first_chunk() else { return };
        self.scales[row % LANES] = u16::from_le_bytes(*scale);
        for (pair, weights) in self.pairs.iter_mut().zip(weights.as_chunks::<2>().0) {
            pair[row % LANES] = weights.map(|w| w as i8);
        }
    }

    fn get(&self, row: usize, out: &mut [f32]) {
        let scale = f16::from_bits(self.scales[row % LANES]).to_f32();
        for (out, pair) in out.chunks_exact_mut(2).zip(&self.pairs) {
            out.copy_from_slice(&pair[row % LANES].map(|w| f32::from(w) * scale));
        }
    }

    #[inline(always)]
    fn accumulate<V: Vector, const T: usize, const NP: usize>(
        v: V,
        x: [&Activations; T],
        w: [&Self; NP],
        acc: &mut [[V::F; NP]; T],
    ) {
        let mut sums = [[v.splat_i32(0); NP]; T];
        for j in 0..BLOCK / 2 {
            for (p, w) in w.iter().enumerate() {
                add_products(v, v.load_i8_pairs(&w.pairs[j]), x, j, p, &mut sums);
            }
        }
        add_scaled(v, sums, x, w.map(|w| &w.scales), acc);
    }
}

impl Panel for Q4_0 {
    const TYPE: GgmlType = GgmlType::Q4_0;
    const ZERO: Self = Self { scales: [0; LANES], words: [[[0; 2]; LANES]; BLOCK / 8] };
    type Input = Activations;

    #[inline(always)]
    fn put(&mut self, row: usize, block: &[u8]) {
        let Some((scale, bytes)) = block.split_first_chunk() else { return };
        let Some(bytes) = bytes.first_chunk::<16>() else { return };
        self.scales[row % LANES] = u16::from_le_bytes(*scale);
        // In the file byte b holds weight b in its low and weight b + 16 in its high nibble.
        for (j, words) in self.words.iter_mut().enumerate() {
            let nibble = |k: usize| u16::from(bytes[k % 16] >> (k / 16 * 4) & 15);
            words[row % LANES] = [0, 1].map(|c| (0..4).fold(0, |word, i| word | nibble(8 * j + 2 * i + c) << (4 * i)));
        }
    }

    fn get(&self, row: usize, out: &mut [f32]) {
        let scale = f16::from_bits(self.scales[row % LANES]).to_f32();
        for (out, words) in out.chunks_exact_mut(8).zip(&self.words) {
            for (i, out) in out.iter_mut().enumerate() {
                let nibble = words[row % LANES][i % 2] >> (i / 2 * 4) & 15;
                *out = (f32::from(nibble) - 8.0) * scale;
            }
        }
    }

    #[inline(always)]
    fn accumulate<V: Vector, const T: usize, const NP: usize>(
        v: V,
        x: [&Activations; T],
        w: [&Self; NP],
        acc: &mut [[V::F; NP]; T],
    ) {
        let mut sums = [[v.splat_i32(0); NP]; T];
        for t in 0..T {
            sums[t] = [v.splat_i32(x[t].offset); NP];
        }
        for j in 0..BLOCK / 8 {
            for (p, w) in w.iter().enumerate() {
                let words = v.load_u16_pairs(&w.words[j]);
                add_products(v, v.nibble::<0>(words), x, 4 * j, p, &mut sums);
                add_products(v, v.nibble::<1>(words), x, 4 * j + 1, p, &mut sums);
                add_products(v, v.nibble::<2>(words), x, 4 * j + 2, p, &mut sums);
                add_products(v, v.nibble::<3>(words), x, 4 * j + 3, p, &mut sums);
            }
        }
        add_scaled(v, sums, x, w.map(|w| &w.scales), acc);
    }
}

/// `sums[t][p] += w · x[t]`, for pair `j` of the columns and the rows `w` of panel `p`. 32 products of at most
/// 127 × 128 are far from overflow.
#[inline(always)]
fn add_products<V: Vector, const T: usize, const NP: usize>(
    v: V,
    w: V::P,
    x: [&Activations; T],
    j: usize,
    p: usize,
    sums: &mut [[V::I; NP]; T],
) {
    for t in 0..T {
        sums[t][p] = v.dot_pairs(sums[t][p], w, v.splat_pair(&x[t].pairs[j]));
    }
}

/// `acc[t][p] += sums[t][p] × scale of w[p] × scale of x[t]`.
#[inline(always)]
fn add_scaled<V: Vector, const T: usize, const NP: usize>(
    v: V,
    sums: [[V::I; NP]; T],
    x: [&Activations; T],
    w: [&[u16; LANES]; NP],
    acc: &mut [[V::F; NP]; T],
) {
    for p in 0..NP {
        let scale = v.load_f16(w[p]);
        for t in 0..T {
            let scale = v.mul(scale, v.splat(x[t].scale));
            acc[t][p] = v.mul_add(v.to_f32(sums[t][p]), scale, acc[t][p]);
        }
    }
}
