// 32 nibbles around 8, one vector, and one f16 scale: the low nibbles of 16 bytes, then the high ones.
fn decode(unit: u32) -> Unit {
    let d = half_scale(unit);
    let w = quants_at(unit);
    var out: Unit;
    for (var i = 0u; i < 2u; i++) {
        out[4u * i] = (vec4<f32>(nibbles(w.x, 4u * i)) - 8.0) * d;
        out[4u * i + 1u] = (vec4<f32>(nibbles(w.y, 4u * i)) - 8.0) * d;
        out[4u * i + 2u] = (vec4<f32>(nibbles(w.z, 4u * i)) - 8.0) * d;
        out[4u * i + 3u] = (vec4<f32>(nibbles(w.w, 4u * i)) - 8.0) * d;
    }
    return out;
}
