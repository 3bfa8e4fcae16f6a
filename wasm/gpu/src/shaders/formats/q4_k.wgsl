// Blocks of 8 units as they lie in a file, 9 vectors: d, dmin and 12 bytes of 6-bit scales and minima; then the nibbles,
// two units to 32 bytes.
fn decode(unit: u32) -> Unit {
    let block = (unit >> 3u) * 9u;
    let sub = unit & 7u;
    let factors = scale_and_minimum(quants_at(block), sub);
    let d = factors.x;
    let least = vec4<f32>(factors.y);
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
