//! BF16: the upper half of an f32, rounded to nearest, ties to even.

use half::bf16;

pub(super) fn dequantize(bytes: &[u8], out: &mut [f32]) {
    for (x, b) in out.iter_mut().zip(bytes.as_chunks().0) {
        *x = bf16::from_le_bytes(*b).to_f32();
    }
}

pub(super) fn quantize(row: &[f32], bytes: &mut [u8]) {
    for (b, x) in bytes.as_chunks_mut().0.iter_mut().zip(row) {
        *b = bf16::from_f32(*x).to_le_bytes();
    }
}
