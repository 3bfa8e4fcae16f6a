//! Q4_K: 8 times 32 nibbles, each 32 with a scale and a minimum of 6 bits. `x = d × scale × q - dmin × min`. Byte
//! `32 a + b` holds weight `64 a + b` low and `64 a + 32 + b` high.

use half::f16;

use super::unpacked::{next, next_f16, split_nibbles};
use super::{Block, Unpacked, k_scales};
use crate::gguf::GgmlType;

/// One block as it lies in a file.
#[allow(non_camel_case_types)] // The field's own spelling.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct BlockQ4_K {
    /// What a scale of 1 stands for.
    pub d: f16,
    /// What a minimum of 1 stands for.
    pub dmin: f16,
    /// Scales and minima.
    pub scales: [u8; 12],
    /// Two weights a byte.
    pub qs: [u8; 128],
}

const _: () = assert!(size_of::<BlockQ4_K>() == GgmlType::Q4_K.block_bytes());

impl Block<256, 8> for BlockQ4_K {
    const TYPE: GgmlType = GgmlType::Q4_K;

    #[inline]
    fn from_bytes(mut bytes: &[u8]) -> Self {
        let bytes = &mut bytes;
        Self { d: next_f16(bytes), dmin: next_f16(bytes), scales: next(bytes), qs: next(bytes) }
    }

    #[inline]
    fn unpack(&self) -> Unpacked<256, 8> {
        let (scales, mins) = k_scales::unpack(&self.scales);
        Unpacked { d: self.d, dmin: self.dmin, scales, mins, quants: k_nibbles(&self.qs).map(|q| q as i8) }
    }
}

/// 256 nibbles, as Q4_K and Q5_K lay them out.
#[inline]
pub(super) fn k_nibbles(qs: &[u8; 128]) -> [u8; 256] {
    let mut out = [0; 256];
    split_nibbles::<32>(qs, &mut out);
    out
}
