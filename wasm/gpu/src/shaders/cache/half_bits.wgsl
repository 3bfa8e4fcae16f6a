// The f16 nearest to `x`, of two as near the even one. Not pack2x16float: that may round to either side, and to infinity. No
// f16 below 2^-14 but 0, since unpack2x16float may take those for 0.
fn half_bits(x: f32) -> u32 {
    let bits = bitcast<u32>(min(abs(x), 65504.0));
    let normal = (bits + 0xfffu + ((bits >> 13u) & 1u) - 0x38000000u) >> 13u;
    let small = select(0u, 0x400u, bits > 0x38000000u);
    return select(normal, small, bits < 0x38800000u) | ((bitcast<u32>(x) >> 16u) & 0x8000u);
}
