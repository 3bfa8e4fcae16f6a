//! The scales and minima of Q4_K and Q5_K: eight of each, 6 bits wide, in 12 bytes.

/// Scales and minima. The low 6 bits of bytes 0–3 and 4–7 are the first four of each; the others have their low 4 bits in
/// the nibbles of bytes 8–11 and their high 2 bits in what the first bytes left free.
pub(super) fn unpack(bytes: &[u8; 12]) -> ([i8; 8], [i8; 8]) {
    let scale = |i: usize| match i {
        0..4 => bytes[i] & 63,
        _ => (bytes[i + 4] & 15) | (bytes[i - 4] >> 6 << 4),
    };
    let min = |i: usize| match i {
        0..4 => bytes[i + 4] & 63,
        _ => (bytes[i + 4] >> 4) | (bytes[i] >> 6 << 4),
    };
    (std::array::from_fn(|i| scale(i) as i8), std::array::from_fn(|i| min(i) as i8))
}
