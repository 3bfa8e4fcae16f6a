// As scaled_bytes.wgsl has it.
fn decode_packed(unit: u32) -> PackedUnit {
    let at = unit * 4u;
    let factors = vec4<u32>(scales_at(at), scales_at(at + 2u), scales_at(at + 1u), scales_at(at + 3u));
    return PackedUnit(quants_at(unit * 2u), quants_at(unit * 2u + 1u), bitcast<vec4<f32>>(factors));
}
