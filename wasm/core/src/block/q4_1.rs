//! Q4_1: 32 nibbles with a scale and a minimum. `x = d × q + m`; bytes as in Q4_0.

use half::f16;

use super::unpacked::{from_nibbles, next, next_f16, nibbles};
use super::{Block, Unpacked};
use crate::gguf::GgmlType;

/// One block as it lies in a file.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct BlockQ4_1 {
    /// The scale.
    pub d: f16,
    /// What is added to each weight.
    pub m: f16,
    /// Two weights a byte.
    pub qs: [u8; 16],
}

const _: () = assert!(size_of::<BlockQ4_1>() == GgmlType::Q4_1.block_bytes());

impl Block<32, 1> for BlockQ4_1 {
    const TYPE: GgmlType = GgmlType::Q4_1;

    #[inline]
    fn from_bytes(mut bytes: &[u8]) -> Self {
        let bytes = &mut bytes;
        Self { d: next_f16(bytes), m: next_f16(bytes), qs: next(bytes) }
    }

    #[inline]
    fn unpack(&self) -> Unpacked<32, 1> {
        Unpacked::with_sum(self.d, self.m, nibbles(&self.qs).map(|q| q as i8))
    }
}

impl BlockQ4_1 {
    /// The block as a file holds it.
    pub fn to_bytes(&self) -> [u8; 20] {
        let mut bytes = [0; 20];
        let [d0, d1, m0, m1, qs @ ..] = &mut bytes;
        [*d0, *d1] = self.d.to_le_bytes();
        [*m0, *m1] = self.m.to_le_bytes();
        *qs = self.qs;
        bytes
    }

    /// Rounds 32 weights: 15 steps from the least to the greatest.
    pub fn quantize(weights: &[f32; 32]) -> Self {
        let (min, d) = range(weights, 15.0);
        let id = if d == 0.0 { 0.0 } else { 1.0 / d };
        let qs = from_nibbles(weights.map(|x| (((x - min) * id + 0.5) as u8).min(15)));
        Self { d: f16::from_f32(d), m: f16::from_f32(min), qs }
    }
}

/// The least weight, and the step when the greatest is `steps` of them above it.
pub(super) fn range(weights: &[f32; 32], steps: f32) -> (f32, f32) {
    let min = weights.iter().fold(f32::MAX, |min, &x| if x < min { x } else { min });
    let max = weights.iter().fold(f32::MIN, |max, &x| if x > max { x } else { max });
    (min, (max - min) / steps)
}
