//! Q5_0: 32 numbers of 5 bits around 16 that share a scale. `x = d × (q - 16)`; the low four bits lie as in Q4_0, bit `i`
//! of `qh` is the fifth of weight `i`.

use half::f16;

use super::q4_0::extreme;
use super::unpacked::{from_nibbles, next, next_f16, nibbles};
use super::{Block, Unpacked};
use crate::gguf::GgmlType;

/// One block as it lies in a file.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct BlockQ5_0 {
    /// The scale.
    pub d: f16,
    /// The fifth bits.
    pub qh: [u8; 4],
    /// The low four bits, two weights a byte.
    pub qs: [u8; 16],
}

const _: () = assert!(size_of::<BlockQ5_0>() == GgmlType::Q5_0.block_bytes());

impl Block<32, 1> for BlockQ5_0 {
    const TYPE: GgmlType = GgmlType::Q5_0;

    fn from_bytes(mut bytes: &[u8]) -> Self {
        let bytes = &mut bytes;
        Self { d: next_f16(bytes), qh: next(bytes), qs: next(bytes) }
    }

    fn unpack(&self) -> Unpacked<32, 1> {
        Unpacked::plain(self.d, five_bits(&self.qh, &self.qs).map(|q| q as i8 - 16))
    }
}

impl BlockQ5_0 {
    /// The block as a file holds it.
    pub fn to_bytes(&self) -> [u8; 22] {
        let mut bytes = [0; 22];
        let [d0, d1, h0, h1, h2, h3, qs @ ..] = &mut bytes;
        [*d0, *d1] = self.d.to_le_bytes();
        [*h0, *h1, *h2, *h3] = self.qh;
        *qs = self.qs;
        bytes
    }

    /// Rounds 32 weights, as [`BlockQ4_0`](super::BlockQ4_0) does with twice as many steps.
    pub fn quantize(weights: &[f32; 32]) -> Self {
        let d = extreme(weights) / -16.0;
        let id = if d == 0.0 { 0.0 } else { 1.0 / d };
        let q = weights.map(|x| ((x * id + 16.5) as u8).min(31));
        Self { d: f16::from_f32(d), qh: fifth_bits(&q), qs: from_nibbles(q) }
    }
}

/// 32 numbers from their fifth bits and their nibbles.
pub(super) fn five_bits(qh: &[u8; 4], qs: &[u8; 16]) -> [u8; 32] {
    let low = nibbles(qs);
    std::array::from_fn(|i| low[i] | (qh[i / 8] >> (i % 8) & 1) << 4)
}

/// The fifth bits of 32 numbers.
pub(super) fn fifth_bits(q: &[u8; 32]) -> [u8; 4] {
    std::array::from_fn(|byte| (0..8).fold(0, |bits, i| bits | (q[8 * byte + i] >> 4 & 1) << i))
}
