//! What the tests of backends share: numbers that are the same in every run, weights of every type, and a comparison.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "these are tests, which panic when they fail"
)]

use half::f16;

use crate::backend::Backend;
use crate::block;
use crate::gguf::{GgmlType, TensorInfo};

/// Numbers that look random and are the same in every run (Vigna's splitmix64).
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// The numbers of `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One of `from..to`.
    pub fn range(&mut self, from: usize, to: usize) -> usize {
        from + (self.bits() % (to - from) as u64) as usize
    }

    /// About normal, variance 1.
    pub fn float(&mut self) -> f32 {
        (0..12).map(|_| (self.bits() >> 40) as f32 / (1 << 24) as f32 - 0.5).sum()
    }

    /// `len` of those.
    pub fn floats(&mut self, len: usize) -> Vec<f32> {
        (0..len).map(|_| self.float()).collect()
    }
}

/// Fails unless every element of `got` is within `tolerance × (1 + |want|)`.
#[track_caller]
pub fn assert_close(got: &[f32], want: &[f32], tolerance: f32, what: &str) {
    assert_eq!(got.len(), want.len(), "{what}");
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        // Not `>`: a NaN must fail.
        let close = (got - want).abs() <= tolerance * (1.0 + want.abs());
        assert!(close, "{what}: element {i} is {got}, should be {want}");
    }
}

/// The least multiple of a block of `ty` that is `width` or more.
pub fn whole(ty: GgmlType, width: usize) -> usize {
    width.next_multiple_of(ty.block_len())
}

/// Where the f16 scales and minima of a block lie.
fn scales(ty: GgmlType) -> &'static [usize] {
    match ty {
        GgmlType::F32 | GgmlType::F16 | GgmlType::BF16 => &[],
        GgmlType::Q8_0 | GgmlType::Q4_0 | GgmlType::Q5_0 | GgmlType::IQ4_NL | GgmlType::IQ4_XS => &[0],
        GgmlType::Q4_1 | GgmlType::Q5_1 | GgmlType::Q4_K | GgmlType::Q5_K => &[0, 2],
        GgmlType::Q2_K => &[80, 82],
        GgmlType::Q3_K => &[108],
        GgmlType::Q6_K => &[208],
    }
}

/// A tensor of type `ty` with random weights: its description and its bytes. Of quantised types every bit is random but
/// for the scales.
pub fn tensor(random: &mut Random, ty: GgmlType, dims: &[usize]) -> (TensorInfo, Vec<u8>) {
    let weights = dims.iter().product();
    let bytes = if ty.block_len() == 1 {
        block::quantize_row(ty, &random.floats(weights)).unwrap()
    } else {
        let mut bytes: Vec<u8> = (0..ty.row_bytes(weights)).map(|_| random.bits() as u8).collect();
        for block in bytes.chunks_exact_mut(ty.block_bytes()) {
            for at in scales(ty) {
                block[*at..at + 2].copy_from_slice(&f16::from_f32(random.float() / 16.0).to_le_bytes());
            }
        }
        bytes
    };
    (TensorInfo { name: "w".to_owned(), ty, dims: dims.to_vec(), offset: 0, bytes: bytes.len() as u64 }, bytes)
}

/// Loads a tensor in one piece.
pub fn load<B: Backend>(backend: &mut B, (info, bytes): &(TensorInfo, Vec<u8>)) -> B::Weight {
    let mut staging = backend.begin_weight(info).unwrap();
    backend.write_weight(&mut staging, bytes).unwrap();
    backend.finish_weight(staging).unwrap()
}
