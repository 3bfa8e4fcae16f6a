// 32 upper halves of floats: 4 vectors of eight.
fn decode(unit: u32) -> Unit {
    var out: Unit;
    for (var i = 0u; i < 4u; i++) {
        let w = quants_at(unit * 4u + i);
        let low = w << vec4<u32>(16u);
        let high = w & vec4<u32>(0xffff0000u);
        out[2u * i] = bitcast<vec4<f32>>(vec4<u32>(low.x, high.x, low.y, high.y));
        out[2u * i + 1u] = bitcast<vec4<f32>>(vec4<u32>(low.z, high.z, low.w, high.w));
    }
    return out;
}
