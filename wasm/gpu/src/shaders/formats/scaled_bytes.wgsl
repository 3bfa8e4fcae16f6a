// 32 signed bytes, 2 vectors, and for each 16 a scale and a minimum in f32: whatever has no layout of its own.
fn decode(unit: u32) -> Unit {
    var out: Unit;
    for (var i = 0u; i < 2u; i++) {
        let w = quants_at(unit * 2u + i);
        let scale = bitcast<f32>(scales_at(unit * 4u + 2u * i));
        let least = vec4<f32>(bitcast<f32>(scales_at(unit * 4u + 2u * i + 1u)));
        out[4u * i] = signed_bytes(w.x) * scale - least;
        out[4u * i + 1u] = signed_bytes(w.y) * scale - least;
        out[4u * i + 2u] = signed_bytes(w.z) * scale - least;
        out[4u * i + 3u] = signed_bytes(w.w) * scale - least;
    }
    return out;
}
