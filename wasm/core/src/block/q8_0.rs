//! Q8_0: 32 signed bytes that share a scale. `x = d × q`.

use half::f16;

use super::unpacked::{next, next_f16};
use super::{Block, Unpacked};
use crate::gguf::GgmlType;

/// One block as it lies in a file.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct BlockQ8_0 {
    /// The scale.
    pub d: f16,
    /// The weights, -127 to 127.
    pub qs: [i8; 32],
}

const _: () = assert!(size_of::<BlockQ8_0>() == GgmlType::Q8_0.block_bytes());

impl Block<32, 1> for BlockQ8_0 {
    const TYPE: GgmlType = GgmlType::Q8_0;

    #[inline]
    fn from_bytes(mut bytes: &[u8]) -> Self {
        let bytes = &mut bytes;
        Self { d: next_f16(bytes), qs: next(bytes).map(|q: u8| q as i8) }
    }

    #[inline]
    fn unpack(&self) -> Unpacked<32, 1> {
        Unpacked::plain(self.d, self.qs)
    }
}

impl BlockQ8_0 {
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
}
