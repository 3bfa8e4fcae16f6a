// Quad `i` of row `row`.
fn cached(row: u32, i: u32) -> vec4<f32> {
    return unpack(cache[row * params.row_len + i]);
}
