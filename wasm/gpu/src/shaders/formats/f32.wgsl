// 32 floats: 8 vectors.
fn decode(unit: u32) -> Unit {
    var out: Unit;
    for (var i = 0u; i < 8u; i++) {
        out[i] = bitcast<vec4<f32>>(quants_at(unit * 8u + i));
    }
    return out;
}
