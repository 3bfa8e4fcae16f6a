//! Q5_K: 8 times 32 numbers of 5 bits, each 32 with a scale and a minimum of 6 bits. `x = d × scale × q - dmin × min`. The
//! low four bits lie as in Q4_K; the fifth of weight `32 a + b` is bit `a` of byte `b` of `qh`.

use half::f16;

use super::q4_k::k_nibbles;
use super::unpacked::{add_bits, next, next_f16};
use super::{Block, Unpacked, k_scales};
use crate::gguf::GgmlType;

/// One block as it lies in a file.
#[allow(non_camel_case_types)] // The field's own spelling.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct BlockQ5_K {
    /// What a scale of 1 stands for.
    pub d: f16,
    /// What a minimum of 1 stands for.
    pub dmin: f16,
    /// Scales and minima.
    pub scales: [u8; 12],
    /// The fifth bits.
    pub qh: [u8; 32],
    /// The low four bits, two weights a byte.
    pub qs: [u8; 128],
}

const _: () = assert!(size_of::<BlockQ5_K>() == GgmlType::Q5_K.block_bytes());

impl Block<256, 8> for BlockQ5_K {
    const TYPE: GgmlType = GgmlType::Q5_K;

    #[inline]
    fn from_bytes(mut bytes: &[u8]) -> Self {
        let bytes = &mut bytes;
        Self { d: next_f16(bytes), dmin: next_f16(bytes), scales: next(bytes), qh: next(bytes), qs: next(bytes) }
    }

    #[inline]
    fn unpack(&self) -> Unpacked<256, 8> {
        let (scales, mins) = k_scales::unpack(&self.scales);
        let mut quants = k_nibbles(&self.qs);
        add_bits(&self.qh, 4, &mut quants);
        Unpacked { d: self.d, dmin: self.dmin, scales, mins, quants: quants.map(|q| q as i8) }
    }
}
