// 32 halves: 4 vectors of eight.
fn decode(unit: u32) -> Unit {
    var out: Unit;
    for (var i = 0u; i < 4u; i++) {
        let w = quants_at(unit * 4u + i);
        out[2u * i] = vec4<f32>(unpack2x16float(w.x), unpack2x16float(w.y));
        out[2u * i + 1u] = vec4<f32>(unpack2x16float(w.z), unpack2x16float(w.w));
    }
    return out;
}
