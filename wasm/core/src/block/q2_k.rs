//! Q2_K: 16 times 16 numbers of 2 bits, each 16 with a scale and a minimum of 4 bits. `x = d × scale × q - dmin × min`.
//! Weight `128 a + 32 b + c` is bits `2b` and above of byte `32 a + c`.

use half::f16;

use super::unpacked::{next, next_f16};
use super::{Block, Unpacked};
use crate::gguf::GgmlType;

/// One block as it lies in a file.
#[allow(non_camel_case_types)] // The field's own spelling.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct BlockQ2_K {
    /// A scale in the low four bits, a minimum in the high ones.
    pub scales: [u8; 16],
    /// Four weights a byte.
    pub qs: [u8; 64],
    /// What a scale of 1 stands for.
    pub d: f16,
    /// What a minimum of 1 stands for.
    pub dmin: f16,
}

const _: () = assert!(size_of::<BlockQ2_K>() == GgmlType::Q2_K.block_bytes());

impl Block<256, 16> for BlockQ2_K {
    const TYPE: GgmlType = GgmlType::Q2_K;

    #[inline]
    fn from_bytes(mut bytes: &[u8]) -> Self {
        let bytes = &mut bytes;
        Self { scales: next(bytes), qs: next(bytes), d: next_f16(bytes), dmin: next_f16(bytes) }
    }

    #[inline]
    fn unpack(&self) -> Unpacked<256, 16> {
        Unpacked {
            d: self.d,
            dmin: self.dmin,
            scales: self.scales.map(|s| (s & 15) as i8),
            mins: self.scales.map(|s| (s >> 4) as i8),
            quants: two_bits(&self.qs).map(|q| q as i8),
        }
    }
}

/// 256 numbers of 2 bits, as Q2_K and Q3_K lay them out.
#[inline]
pub(super) fn two_bits(qs: &[u8; 64]) -> [u8; 256] {
    let mut out = [0; 256];
    for (qs, out) in qs.as_chunks::<32>().0.iter().zip(out.as_chunks_mut::<128>().0) {
        for (k, out) in out.as_chunks_mut::<32>().0.iter_mut().enumerate() {
            for (out, q) in out.iter_mut().zip(qs) {
                *out = q >> (2 * k) & 3;
            }
        }
    }
    out
}
