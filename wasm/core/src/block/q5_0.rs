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

    #[inline]
    fn from_bytes(mut bytes: &[u8]) -> Self {
        let bytes = &mut bytes;
        Self { d: next_f16(bytes), qh: next(bytes), qs: next(bytes) }
    }

    #[inline]
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
#[inline]
pub(super) fn five_bits(qh: &[u8; 4], qs: &[u8; 16]) -> [u8; 32] {
    let mut q = nibbles(qs);
    for (q, bits) in q.as_chunks_mut::<8>().0.iter_mut().zip(qh) {
        *q = (u64::from_le_bytes(*q) | spread(*bits) << 4).to_le_bytes();
    }
    q
}

/// The eight bits of a byte, the first of them in the lowest byte.
#[inline]
fn spread(bits: u8) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let own = (u64::from(bits) * EACH) & 0x8040_2010_0804_0201; // Byte i keeps bit i, wherever in the byte that is;
    ((own + 0x7f * EACH) >> 7) & EACH // a byte that is not 0 reaches its highest bit, and none goes past it.
}

/// The fifth bits of 32 numbers.
pub(super) fn fifth_bits(q: &[u8; 32]) -> [u8; 4] {
    std::array::from_fn(|byte| (0..8).fold(0, |bits, i| bits | (q[8 * byte + i] >> 4 & 1) << i))
}
