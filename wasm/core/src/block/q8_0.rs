//! Q8_0: 32 signed bytes that share a scale. `x = d × q`.

use half::f16;

/// One block as it lies in a file.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct BlockQ8_0 {
    /// The scale.
    pub d: f16,
    /// The weights, -127 to 127.
    pub qs: [i8; 32],
}

const _: () = assert!(size_of::<BlockQ8_0>() == 34);

impl BlockQ8_0 {
    /// Weights in a block.
    pub const LEN: usize = 32;

    /// Reads a block from a file's bytes.
    pub fn from_bytes(bytes: &[u8; 34]) -> Self {
        let [d0, d1, qs @ ..] = bytes;
        Self { d: f16::from_le_bytes([*d0, *d1]), qs: qs.map(|q| q as i8) }
    }

    /// The block as a file holds it.
    pub fn to_bytes(&self) -> [u8; 34] {
        let mut bytes = [0; 34];
        let [d0, d1, qs @ ..] = &mut bytes;
        [*d0, *d1] = self.d.to_le_bytes();
        *qs = self.qs.map(|q| q as u8);
        bytes
    }

    /// Rounds 32 weights: `d` is the greatest magnitude over 127, each `q` the nearest integer, halves away from zero.
    pub fn quantize(weights: &[f32; 32]) -> Self {
        let max = weights.iter().fold(0.0f32, |max, x| max.max(x.abs()));
        let d = max / 127.0;
        let id = if d == 0.0 { 0.0 } else { 1.0 / d };
        Self { d: f16::from_f32(d), qs: weights.map(|x| (x * id).round() as i8) }
    }

    /// The 32 weights.
    pub fn dequantize(&self) -> [f32; 32] {
        let d = self.d.to_f32();
        self.qs.map(|q| d * f32::from(q))
    }
}

pub(super) fn dequantize(bytes: &[u8], out: &mut [f32]) {
    for (weights, block) in out.as_chunks_mut().0.iter_mut().zip(bytes.as_chunks().0) {
        *weights = BlockQ8_0::from_bytes(block).dequantize();
    }
}

pub(super) fn quantize(row: &[f32], bytes: &mut [u8]) {
    for (block, weights) in bytes.as_chunks_mut().0.iter_mut().zip(row.as_chunks().0) {
        *block = BlockQ8_0::quantize(weights).to_bytes();
    }
}
