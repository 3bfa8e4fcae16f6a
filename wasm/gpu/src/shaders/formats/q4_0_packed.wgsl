// As q4_0.wgsl has it.
fn decode_packed(unit: u32) -> PackedUnit {
    let d = half_scale(unit);
    let w = quants_at(unit);
    return PackedUnit(less(packed_nibbles(w, 0u), 8u), less(packed_nibbles(w, 4u), 8u), vec4<f32>(d, d, 0.0, 0.0));
}
