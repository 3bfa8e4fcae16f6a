// 32 signed bytes, 2 vectors, and one f16 scale: Q8_0, and what can be written as it (Q5_0, IQ4_NL).
fn decode(unit: u32) -> Unit {
    let d = half_scale(unit);
    var out: Unit;
    for (var i = 0u; i < 2u; i++) {
        let w = quants_at(unit * 2u + i);
        out[4u * i] = signed_bytes(w.x) * d;
        out[4u * i + 1u] = signed_bytes(w.y) * d;
        out[4u * i + 2u] = signed_bytes(w.z) * d;
        out[4u * i + 3u] = signed_bytes(w.w) * d;
    }
    return out;
}
