//! Q6_K: 16 times 16 numbers of 6 bits around 32, each 16 with a scale of 8 bits. `x = d × scale × (q - 32)`. Weight
//! `128 a + 64 b + c` has its low four bits in byte `64 a + c` of `ql`, low or high as `b` is 0 or 1; weight `128 a + 32 b + c`
//! its high two in byte `32 a + c` of `qh`, bits `2b` and above.

use half::f16;

use super::q2_k::two_bits;
use super::unpacked::{next, next_f16, split_nibbles};
use super::{Block, Unpacked};
use crate::gguf::GgmlType;

/// One block as it lies in a file.
#[allow(non_camel_case_types)] // The field's own spelling.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct BlockQ6_K {
    /// The low four bits, two weights a byte.
    pub ql: [u8; 128],
    /// The high two bits, four weights a byte.
    pub qh: [u8; 64],
    /// The scales.
    pub scales: [i8; 16],
    /// What a scale of 1 stands for.
    pub d: f16,
}

const _: () = assert!(size_of::<BlockQ6_K>() == GgmlType::Q6_K.block_bytes());

impl Block<256, 16> for BlockQ6_K {
    const TYPE: GgmlType = GgmlType::Q6_K;

    #[inline]
    fn from_bytes(mut bytes: &[u8]) -> Self {
        let bytes = &mut bytes;
        Self { ql: next(bytes), qh: next(bytes), scales: next(bytes).map(|q: u8| q as i8), d: next_f16(bytes) }
    }

    #[inline]
    fn unpack(&self) -> Unpacked<256, 16> {
        let mut quants = two_bits(&self.qh);
        let mut low = [0; 256];
        split_nibbles::<64>(&self.ql, &mut low);
        for (q, low) in quants.iter_mut().zip(low) {
            *q = *q << 4 | low;
        }
        Unpacked {
            d: self.d,
            dmin: f16::ZERO,
            scales: self.scales,
            mins: [0; 16],
            quants: quants.map(|q| q as i8 - 32),
        }
    }
}
