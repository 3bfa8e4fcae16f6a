// Blocks of 8 units, 13 vectors: 8 of low nibbles, 4 of pairs of high bits, 1 of signed scales, two of them a unit; d in
// the other plane. Units r and r + 2 of each four share bytes of nibbles, all four share bytes of high bits.
fn six_bits(low: u32, high: u32, nibble: u32, pair: u32) -> vec4<f32> {
    let upper = (vec4<u32>(high, high >> 8u, high >> 16u, high >> 24u) >> vec4<u32>(pair)) & vec4<u32>(3u);
    return vec4<f32>(nibbles(low, nibble) | (upper << vec4<u32>(4u))) - 32.0;
}

fn decode(unit: u32) -> Unit {
    let block = (unit >> 3u) * 13u;
    let sub = unit & 7u;
    let quarter = sub & 3u;
    let halves = sub >> 2u;
    let packed = quants_at(block + 12u)[sub >> 1u] >> ((sub & 1u) * 16u);
    let factors = signed_bytes(packed).xy * half_scale(unit >> 3u);
    var out: Unit;
    for (var i = 0u; i < 2u; i++) {
        let low = quants_at(block + 4u * halves + 2u * (quarter & 1u) + i);
        let high = quants_at(block + 8u + 2u * halves + i);
        let nibble = (quarter >> 1u) * 4u;
        let pair = quarter * 2u;
        let factor = factors[i];
        out[4u * i] = six_bits(low.x, high.x, nibble, pair) * factor;
        out[4u * i + 1u] = six_bits(low.y, high.y, nibble, pair) * factor;
        out[4u * i + 2u] = six_bits(low.z, high.z, nibble, pair) * factor;
        out[4u * i + 3u] = six_bits(low.w, high.w, nibble, pair) * factor;
    }
    return out;
}
