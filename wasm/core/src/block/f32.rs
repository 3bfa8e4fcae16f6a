//! F32: as it is.

pub(super) fn dequantize(bytes: &[u8], out: &mut [f32]) {
    for (x, b) in out.iter_mut().zip(bytes.as_chunks().0) {
        *x = f32::from_le_bytes(*b);
    }
}

pub(super) fn quantize(row: &[f32], bytes: &mut [u8]) {
    for (b, x) in bytes.as_chunks_mut().0.iter_mut().zip(row) {
        *b = x.to_le_bytes();
    }
}
