//! What all quantised types have in common: whole numbers, and scales that make weights of them.

use half::f16;

use crate::gguf::GgmlType;

/// A block of `LEN` weights as whole numbers; each `LEN / SUBS` of them share a scale and a minimum.
///
/// `x[i] = (d × scales[i / (LEN / SUBS)]) × quants[i] - (dmin × mins[i / (LEN / SUBS)])`, every product rounded to f32, is
/// to the bit what ggml's own formula gives for each type.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unpacked<const LEN: usize, const SUBS: usize> {
    /// What a scale of 1 stands for.
    pub d: f16,
    /// What a minimum of 1 stands for; 0 where a type has no minima.
    pub dmin: f16,
    /// The scales.
    pub scales: [i8; SUBS],
    /// The minima, 0 to 63.
    pub mins: [i8; SUBS],
    /// The weights.
    pub quants: [i8; LEN],
}

impl<const LEN: usize, const SUBS: usize> Unpacked<LEN, SUBS> {
    /// The weights.
    pub fn dequantize(&self) -> [f32; LEN] {
        let mut out = [0.0; LEN];
        self.write(&mut out);
        out
    }

    /// The weights, to `out`, of `LEN`.
    pub fn write(&self, out: &mut [f32]) {
        let (d, dmin) = (self.d.to_f32(), self.dmin.to_f32());
        let subs = out.chunks_exact_mut(LEN / SUBS).zip(self.quants.chunks_exact(LEN / SUBS));
        for ((out, quants), (scale, min)) in subs.zip(self.scales.iter().zip(&self.mins)) {
            let (scale, min) = (d * f32::from(*scale), dmin * f32::from(*min));
            for (x, q) in out.iter_mut().zip(quants) {
                *x = scale * f32::from(*q) - min;
            }
        }
    }
}

impl<const LEN: usize> Unpacked<LEN, 1> {
    /// A block with one scale.
    #[inline]
    pub(super) fn plain(d: f16, quants: [i8; LEN]) -> Self {
        Self { d, dmin: f16::ZERO, scales: [1], mins: [0], quants }
    }

    /// A block with one scale and a number to add.
    #[inline]
    pub(super) fn with_sum(d: f16, m: f16, quants: [i8; LEN]) -> Self {
        Self { d, dmin: -m, scales: [1], mins: [1], quants }
    }
}

/// A block of a quantised type as it lies in a file.
pub trait Block<const LEN: usize, const SUBS: usize>: Sized {
    /// The type.
    const TYPE: GgmlType;

    /// Reads a block from a file's bytes, [`GgmlType::block_bytes`] of them. Missing ones read as 0.
    fn from_bytes(bytes: &[u8]) -> Self;

    /// Its whole numbers.
    fn unpack(&self) -> Unpacked<LEN, SUBS>;
}

/// Whole blocks to f32.
pub(super) fn dequantize<B: Block<LEN, SUBS>, const LEN: usize, const SUBS: usize>(bytes: &[u8], out: &mut [f32]) {
    for (weights, block) in out.chunks_exact_mut(LEN).zip(bytes.chunks_exact(B::TYPE.block_bytes())) {
        B::from_bytes(block).unpack().write(weights);
    }
}

/// Takes the first `N` bytes of what is left of a block; zeros when it is too short.
#[inline]
pub(super) fn next<const N: usize>(bytes: &mut &[u8]) -> [u8; N] {
    let Some((first, rest)) = bytes.split_first_chunk() else { return [0; N] };
    *bytes = rest;
    *first
}

/// Takes an f16, as [`next`] does.
#[inline]
pub(super) fn next_f16(bytes: &mut &[u8]) -> f16 {
    f16::from_le_bytes(next(bytes))
}

/// The nibbles of 16 bytes: all the low ones, then all the high ones.
#[inline]
pub(super) fn nibbles(qs: &[u8; 16]) -> [u8; 32] {
    let mut out = [0; 32];
    split_nibbles::<16>(qs, &mut out);
    out
}

/// The nibbles of every `N` bytes, all the low ones, then all the high ones; `out` is twice as long. A loop that shifts by
/// one number all along is one that LLVM makes vectors of: loading a model unpacks each of its blocks.
#[inline]
pub(super) fn split_nibbles<const N: usize>(qs: &[u8], out: &mut [u8]) {
    for (qs, out) in qs.as_chunks::<N>().0.iter().zip(out.chunks_exact_mut(2 * N)) {
        let (low, high) = out.split_at_mut(N);
        for ((low, high), q) in low.iter_mut().zip(high).zip(qs) {
            (*low, *high) = (q & 15, q >> 4);
        }
    }
}

/// Moves bit `i` of each of the 32 bytes to bit `to` of number `32 i +` the byte's, of 256.
#[inline]
pub(super) fn add_bits(bits: &[u8; 32], to: u32, out: &mut [u8; 256]) {
    for (i, out) in out.as_chunks_mut::<32>().0.iter_mut().enumerate() {
        for (q, bits) in out.iter_mut().zip(bits) {
            *q |= (bits >> i & 1) << to;
        }
    }
}

/// The inverse of [`nibbles`].
pub(super) fn from_nibbles(nibbles: [u8; 32]) -> [u8; 16] {
    std::array::from_fn(|i| (nibbles[i] & 15) | nibbles[i + 16] << 4)
}
