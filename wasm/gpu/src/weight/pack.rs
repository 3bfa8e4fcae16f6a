//! Blocks of a file to a layout's two planes.

use wasm_chord_core::block::{
    Block, BlockIQ4_NL, BlockIQ4_XS, BlockQ2_K, BlockQ3_K, BlockQ4_1, BlockQ5_0, BlockQ5_1, BlockQ5_K, Unpacked,
};
use wasm_chord_core::gguf::GgmlType;

/// The two planes of some blocks.
#[derive(Debug, Default)]
pub struct Planes {
    /// Numbers.
    pub quants: Vec<u8>,
    /// What they are multiplied by.
    pub scales: Vec<u8>,
}

impl Planes {
    /// Adds one block of type `ty`, all its bytes.
    pub fn push(&mut self, ty: GgmlType, block: &[u8]) {
        match ty {
            // A number by itself.
            GgmlType::F32 | GgmlType::F16 | GgmlType::BF16 => self.quants.extend_from_slice(block),
            GgmlType::Q4_K => self.quants.extend_from_slice(block),
            // d comes first.
            GgmlType::Q8_0 | GgmlType::Q4_0 => self.split(block, 2, false),
            // d comes last.
            GgmlType::Q6_K => self.split(block, block.len().saturating_sub(2), true),
            GgmlType::Q5_0 => self.bytes(&BlockQ5_0::from_bytes(block).unpack()),
            GgmlType::IQ4_NL => self.bytes(&BlockIQ4_NL::from_bytes(block).unpack()),
            GgmlType::Q4_1 => self.scaled(&BlockQ4_1::from_bytes(block).unpack()),
            GgmlType::Q5_1 => self.scaled(&BlockQ5_1::from_bytes(block).unpack()),
            GgmlType::Q2_K => self.scaled(&BlockQ2_K::from_bytes(block).unpack()),
            GgmlType::Q3_K => self.scaled(&BlockQ3_K::from_bytes(block).unpack()),
            GgmlType::Q5_K => self.scaled(&BlockQ5_K::from_bytes(block).unpack()),
            GgmlType::IQ4_XS => self.scaled(&BlockIQ4_XS::from_bytes(block).unpack()),
        }
    }

    /// The bytes before and after `at`, each to its plane.
    fn split(&mut self, block: &[u8], at: usize, quants_first: bool) {
        let Some((first, second)) = block.split_at_checked(at) else { return };
        let (quants, scales) = if quants_first { (first, second) } else { (second, first) };
        self.quants.extend_from_slice(quants);
        self.scales.extend_from_slice(scales);
    }

    /// As [`Format::Bytes`](super::Format::Bytes).
    fn bytes(&mut self, block: &Unpacked<32, 1>) {
        self.quants.extend(block.quants.map(|q| q as u8));
        self.scales.extend(block.d.to_le_bytes());
    }

    /// As [`Format::ScaledBytes`](super::Format::ScaledBytes): the products that `Unpacked` says make up a weight.
    fn scaled<const LEN: usize, const SUBS: usize>(&mut self, block: &Unpacked<LEN, SUBS>) {
        self.quants.extend(block.quants.map(|q| q as u8));
        let (d, dmin) = (block.d.to_f32(), block.dmin.to_f32());
        for (scale, min) in block.scales.iter().zip(&block.mins) {
            let pair = [d * f32::from(*scale), dmin * f32::from(*min)];
            for _ in 0..LEN / SUBS / 16 {
                self.scales.extend(pair.into_iter().flat_map(f32::to_le_bytes));
            }
        }
    }
}
