// Blocks of 8 units as they lie in a file, 9 vectors: d, dmin and 12 bytes of 6-bit scales and minima; then the nibbles,
// two units to 32 bytes. A unit's scale and minimum, of ggml's `get_scale_min_k4`: of units 4 to 7 the upper two bits lie
// above those of units 0 to 3.
fn decode(unit: u32) -> Unit {
    let block = (unit >> 3u) * 9u;
    let sub = unit & 7u;
    let head = quants_at(block);
    let first = head.y >> ((sub & 3u) * 8u);
    let second = head.z >> ((sub & 3u) * 8u);
    let third = head.w >> ((sub & 3u) * 8u);
    let late = sub >= 4u;
    let scale = select(first & 63u, (third & 15u) | ((first >> 2u) & 48u), late);
    let minimum = select(second & 63u, ((third >> 4u) & 15u) | ((second >> 2u) & 48u), late);
    let d = half(head.x) * f32(scale);
    let least = vec4<f32>(half(head.x >> 16u) * f32(minimum));
    let shift = (sub & 1u) * 4u;
    var out: Unit;
    for (var i = 0u; i < 2u; i++) {
        let w = quants_at(block + 1u + (sub & 6u) + i);
        out[4u * i] = vec4<f32>(nibbles(w.x, shift)) * d - least;
        out[4u * i + 1u] = vec4<f32>(nibbles(w.y, shift)) * d - least;
        out[4u * i + 2u] = vec4<f32>(nibbles(w.z, shift)) * d - least;
        out[4u * i + 3u] = vec4<f32>(nibbles(w.w, shift)) * d - least;
    }
    return out;
}
