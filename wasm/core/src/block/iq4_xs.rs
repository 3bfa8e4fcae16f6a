//! IQ4_XS: 8 times 32 nibbles, each 32 with a scale of 6 bits around 32. `x = d × (scale - 32) × IQ4_VALUES[q]`; the nibbles
//! of each 32 lie as in Q4_0.

use half::f16;

use super::unpacked::{next, next_f16, split_nibbles};
use super::{Block, IQ4_VALUES, Unpacked};
use crate::gguf::GgmlType;

/// One block as it lies in a file.
#[allow(non_camel_case_types)] // The field's own spelling.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct BlockIQ4_XS {
    /// What a scale of 1 stands for.
    pub d: f16,
    /// The high two bits of the scales.
    pub scales_h: u16,
    /// Their low four bits.
    pub scales_l: [u8; 4],
    /// Two weights a byte.
    pub qs: [u8; 128],
}

const _: () = assert!(size_of::<BlockIQ4_XS>() == GgmlType::IQ4_XS.block_bytes());

impl Block<256, 8> for BlockIQ4_XS {
    const TYPE: GgmlType = GgmlType::IQ4_XS;

    #[inline]
    fn from_bytes(mut bytes: &[u8]) -> Self {
        let bytes = &mut bytes;
        Self { d: next_f16(bytes), scales_h: u16::from_le_bytes(next(bytes)), scales_l: next(bytes), qs: next(bytes) }
    }

    #[inline]
    fn unpack(&self) -> Unpacked<256, 8> {
        let scale = |i: usize| {
            let low = self.scales_l[i / 2] >> (i % 2 * 4) & 15;
            let high = (self.scales_h >> (2 * i) & 3) as u8;
            (low | high << 4) as i8 - 32
        };
        let mut nibbles = [0; 256];
        split_nibbles::<16>(&self.qs, &mut nibbles);
        Unpacked {
            d: self.d,
            dmin: f16::ZERO,
            scales: std::array::from_fn(scale),
            mins: [0; 8],
            quants: nibbles.map(|q: u8| IQ4_VALUES[usize::from(q)]),
        }
    }
}
