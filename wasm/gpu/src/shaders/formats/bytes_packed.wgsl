// As bytes.wgsl has it.
fn decode_packed(unit: u32) -> PackedUnit {
    let d = half_scale(unit);
    return PackedUnit(quants_at(unit * 2u), quants_at(unit * 2u + 1u), vec4<f32>(d, d, 0.0, 0.0));
}
