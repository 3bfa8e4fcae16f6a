//! Q4_0: 32 nibbles around 8 that share a scale. `x = d × (q - 8)`; byte `j` holds weight `j` low and `j + 16` high.

use half::f16;

use super::unpacked::{from_nibbles, next, next_f16, nibbles};
use super::{Block, Unpacked};
use crate::gguf::GgmlType;

/// One block as it lies in a file.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct BlockQ4_0 {
    /// The scale.
    pub d: f16,
    /// Two weights a byte, each 0 to 15.
    pub qs: [u8; 16],
}

const _: () = assert!(size_of::<BlockQ4_0>() == GgmlType::Q4_0.block_bytes());

impl Block<32, 1> for BlockQ4_0 {
    const TYPE: GgmlType = GgmlType::Q4_0;

    #[inline]
    fn from_bytes(mut bytes: &[u8]) -> Self {
        let bytes = &mut bytes;
        Self { d: next_f16(bytes), qs: next(bytes) }
    }

    #[inline]
    fn unpack(&self) -> Unpacked<32, 1> {
        Unpacked::plain(self.d, nibbles(&self.qs).map(|q| q as i8 - 8))
    }
}

impl BlockQ4_0 {
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
        let d = extreme(weights) / -8.0;
        let id = if d == 0.0 { 0.0 } else { 1.0 / d };
        Self { d: f16::from_f32(d), qs: from_nibbles(weights.map(|x| ((x * id + 8.5) as u8).min(15))) }
    }
}

/// The weight of greatest magnitude, the first of them where there are several.
pub(super) fn extreme(weights: &[f32; 32]) -> f32 {
    weights.iter().fold(0.0, |max: f32, &x| if x.abs() > max.abs() { x } else { max })
}
