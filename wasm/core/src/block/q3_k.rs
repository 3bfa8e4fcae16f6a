//! Q3_K: 16 times 16 numbers of 3 bits around 4, each 16 with a scale of 6 bits around 32. `x = d × (scale - 32) × (q - 4)`.
//! The low two bits lie as in Q2_K; the third of weight `32 a + b` is bit `a` of byte `b` of `hmask`.

use half::f16;

use super::q2_k::two_bits;
use super::unpacked::{add_bits, next, next_f16};
use super::{Block, Unpacked};
use crate::gguf::GgmlType;

/// One block as it lies in a file.
#[allow(non_camel_case_types)] // The field's own spelling.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct BlockQ3_K {
    /// The third bits.
    pub hmask: [u8; 32],
    /// The low two bits, four weights a byte.
    pub qs: [u8; 64],
    /// The scales: low four bits in the first 8 bytes, high two in the last 4.
    pub scales: [u8; 12],
    /// What a scale of 1 stands for.
    pub d: f16,
}

const _: () = assert!(size_of::<BlockQ3_K>() == GgmlType::Q3_K.block_bytes());

impl Block<256, 16> for BlockQ3_K {
    const TYPE: GgmlType = GgmlType::Q3_K;

    #[inline]
    fn from_bytes(mut bytes: &[u8]) -> Self {
        let bytes = &mut bytes;
        Self { hmask: next(bytes), qs: next(bytes), scales: next(bytes), d: next_f16(bytes) }
    }

    #[inline]
    fn unpack(&self) -> Unpacked<256, 16> {
        let mut quants = two_bits(&self.qs);
        add_bits(&self.hmask, 2, &mut quants);
        let scale = |i: usize| {
            let low = self.scales[i % 8] >> (i / 8 * 4) & 15;
            let high = self.scales[8 + i % 4] >> (i / 4 * 2) & 3;
            (low | high << 4) as i8 - 32
        };
        Unpacked {
            d: self.d,
            dmin: f16::ZERO,
            scales: std::array::from_fn(scale),
            mins: [0; 16],
            quants: quants.map(|q| q as i8 - 4),
        }
    }
}
