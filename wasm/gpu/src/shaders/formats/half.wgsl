// An f16 in the low 16 bits of `h`. Not unpack2x16float: that may flush what is below 2^-14 to zero, and the scales of
// K-quants often are.
fn half(h: u32) -> f32 {
    let exponent = (h >> 10u) & 31u;
    let mantissa = h & 1023u;
    let normal = bitcast<f32>(((exponent + 112u) << 23u) | (mantissa << 13u));
    let magnitude = select(normal, f32(mantissa) * 0x1p-24f, exponent == 0u);
    return select(magnitude, -magnitude, (h & 0x8000u) != 0u);
}

// Number `i` of a plane of f16.
fn half_scale(i: u32) -> f32 {
    return half(scales_at(i >> 1u) >> ((i & 1u) * 16u));
}
