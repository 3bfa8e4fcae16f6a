// As q6_k.wgsl has it.
fn packed_six_bits(low: vec4<u32>, high: vec4<u32>, nibble: u32, pair: u32) -> vec4<u32> {
    let upper = (high >> vec4<u32>(pair)) & vec4<u32>(0x03030303u);
    return less(packed_nibbles(low, nibble) | (upper << vec4<u32>(4u)), 32u);
}

fn decode_packed(unit: u32) -> PackedUnit {
    let at = place_of(unit);
    let factors = factors_of(unit);
    return PackedUnit(
        packed_six_bits(quants_at(at.low), quants_at(at.high), at.nibble, at.pair),
        packed_six_bits(quants_at(at.low + 1u), quants_at(at.high + 1u), at.nibble, at.pair),
        vec4<f32>(factors, 0.0, 0.0),
    );
}
