//! Q5_1: 32 numbers of 5 bits with a scale and a minimum. `x = d × q + m`; bits as in Q5_0.

use half::f16;

use super::q4_1::range;
use super::q5_0::{fifth_bits, five_bits};
use super::unpacked::{from_nibbles, next, next_f16};
use super::{Block, Unpacked};
use crate::gguf::GgmlType;

/// One block as it lies in a file.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct BlockQ5_1 {
    /// The scale.
    pub d: f16,
    /// What is added to each weight.
    pub m: f16,
    /// The fifth bits.
    pub qh: [u8; 4],
    /// The low four bits, two weights a byte.
    pub qs: [u8; 16],
}

const _: () = assert!(size_of::<BlockQ5_1>() == GgmlType::Q5_1.block_bytes());

impl Block<32, 1> for BlockQ5_1 {
    const TYPE: GgmlType = GgmlType::Q5_1;

    #[inline]
    fn from_bytes(mut bytes: &[u8]) -> Self {
        let bytes = &mut bytes;
        Self { d: next_f16(bytes), m: next_f16(bytes), qh: next(bytes), qs: next(bytes) }
    }

    #[inline]
    fn unpack(&self) -> Unpacked<32, 1> {
        Unpacked::with_sum(self.d, self.m, five_bits(&self.qh, &self.qs).map(|q| q as i8))
    }
}

impl BlockQ5_1 {
    /// The block as a file holds it.
    pub fn to_bytes(&self) -> [u8; 24] {
        let mut bytes = [0; 24];
        let [d0, d1, m0, m1, h0, h1, h2, h3, qs @ ..] = &mut bytes;
        [*d0, *d1] = self.d.to_le_bytes();
        [*m0, *m1] = self.m.to_le_bytes();
        [*h0, *h1, *h2, *h3] = self.qh;
        *qs = self.qs;
        bytes
    }

    /// Rounds 32 weights: 31 steps from the least to the greatest.
    pub fn quantize(weights: &[f32; 32]) -> Self {
        let (min, d) = range(weights, 31.0);
        let id = if d == 0.0 { 0.0 } else { 1.0 / d };
        let q = weights.map(|x| (((x - min) * id + 0.5) as u8).min(31));
        Self { d: f16::from_f32(d), m: f16::from_f32(min), qh: fifth_bits(&q), qs: from_nibbles(q) }
    }
}
