//! IQ4_NL: 32 nibbles that share a scale. `x = d × IQ4_VALUES[q]`; bytes as in Q4_0.

use half::f16;

use super::unpacked::{next, next_f16, nibbles};
use super::{Block, Unpacked};
use crate::gguf::GgmlType;

/// What the nibbles of IQ4_NL and IQ4_XS stand for: closer together around 0, where most weights are.
pub const IQ4_VALUES: [i8; 16] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

/// One block as it lies in a file.
#[allow(non_camel_case_types)] // The field's own spelling.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct BlockIQ4_NL {
    /// The scale.
    pub d: f16,
    /// Two weights a byte.
    pub qs: [u8; 16],
}

const _: () = assert!(size_of::<BlockIQ4_NL>() == GgmlType::IQ4_NL.block_bytes());

impl Block<32, 1> for BlockIQ4_NL {
    const TYPE: GgmlType = GgmlType::IQ4_NL;

    #[inline]
    fn from_bytes(mut bytes: &[u8]) -> Self {
        let bytes = &mut bytes;
        Self { d: next_f16(bytes), qs: next(bytes) }
    }

    #[inline]
    fn unpack(&self) -> Unpacked<32, 1> {
        Unpacked::plain(self.d, nibbles(&self.qs).map(|q| IQ4_VALUES[usize::from(q)]))
    }
}
