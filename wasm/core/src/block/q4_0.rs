//! Q4_0: 32 nibbles around 8 that share a scale. `x = d × (q - 8)`; byte `j` holds weight `j` low and `j + 16` high.

use half::f16;

/// One block as it lies in a file.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct BlockQ4_0 {
    /// The scale.
    pub d: f16,
    /// Two weights a byte, each 0 to 15.
    pub qs: [u8; 16],
}

const _: () = assert!(size_of::<BlockQ4_0>() == 18);

impl BlockQ4_0 {
    /// Weights in a block.
    pub const LEN: usize = 32;

    /// Reads a block from a file's bytes.
    pub fn from_bytes(bytes: &[u8; 18]) -> Self {
        let [d0, d1, qs @ ..] = bytes;
        Self { d: f16::from_le_bytes([*d0, *d1]), qs: *qs }
    }

    /// The block as a file holds it.
    pub fn to_bytes(&self) -> [u8; 18] {
        let mut bytes = [0; 18];
        let [d0, d1, qs @ ..] = &mut bytes;
        [*d0, *d1] = self.d.to_le_bytes();
        *qs = self.qs;
        bytes
    }

    /// Rounds 32 weights. The scale is signed so that the weight of greatest magnitude becomes 0, which stands for -8:
    /// that side has one step more than the other.
    pub fn quantize(weights: &[f32; 32]) -> Self {
        let extreme = weights.iter().fold(0.0f32, |max, &x| if x.abs() > max.abs() { x } else { max });
        let d = extreme / -8.0;
        let id = if d == 0.0 { 0.0 } else { 1.0 / d };
        let nibble = |x: f32| ((x * id + 8.5) as u8).min(15);
        let (low, high) = weights.split_at(16);
        let mut qs = [0; 16];
        for ((q, &x0), &x1) in qs.iter_mut().zip(low).zip(high) {
            *q = nibble(x0) | nibble(x1) << 4;
        }
        Self { d: f16::from_f32(d), qs }
    }

    /// The 32 weights.
    pub fn dequantize(&self) -> [f32; 32] {
        let d = self.d.to_f32();
        let mut out = [0.0; 32];
        let (low, high) = out.split_at_mut(16);
        for ((x0, x1), &q) in low.iter_mut().zip(high).zip(&self.qs) {
            *x0 = d * (f32::from(q & 15) - 8.0);
            *x1 = d * (f32::from(q >> 4) - 8.0);
        }
        out
    }
}

pub(super) fn dequantize(bytes: &[u8], out: &mut [f32]) {
    for (weights, block) in out.as_chunks_mut().0.iter_mut().zip(bytes.as_chunks().0) {
        *weights = BlockQ4_0::from_bytes(block).dequantize();
    }
}

pub(super) fn quantize(row: &[f32], bytes: &mut [u8]) {
    for (block, weights) in bytes.as_chunks_mut().0.iter_mut().zip(row.as_chunks().0) {
        *block = BlockQ4_0::quantize(weights).to_bytes();
    }
}
