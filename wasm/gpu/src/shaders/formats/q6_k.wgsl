// As q6_k_place.wgsl has it, around 32.
fn six_bits(low: u32, high: u32, nibble: u32, pair: u32) -> vec4<f32> {
    let upper = (vec4<u32>(high, high >> 8u, high >> 16u, high >> 24u) >> vec4<u32>(pair)) & vec4<u32>(3u);
    return vec4<f32>(nibbles(low, nibble) | (upper << vec4<u32>(4u))) - 32.0;
}

fn decode(unit: u32) -> Unit {
    let at = place_of(unit);
    let factors = factors_of(unit);
    var out: Unit;
    for (var i = 0u; i < 2u; i++) {
        let low = quants_at(at.low + i);
        let high = quants_at(at.high + i);
        let factor = factors[i];
        out[4u * i] = six_bits(low.x, high.x, at.nibble, at.pair) * factor;
        out[4u * i + 1u] = six_bits(low.y, high.y, at.nibble, at.pair) * factor;
        out[4u * i + 2u] = six_bits(low.z, high.z, at.nibble, at.pair) * factor;
        out[4u * i + 3u] = six_bits(low.w, high.w, at.nibble, at.pair) * factor;
    }
    return out;
}
