// Quad `i` of a head that begins at `start`: of keys (`source` 0) or of values. 0 beyond the head's end.
fn fresh_quad(source: u32, start: u32, i: u32) -> vec4<f32> {
    var x: vec4<f32>;
    for (var e = 0u; e < 4u; e++) {
        if (4u * i + e < params.head_dim) {
            x[e] = fresh(source, start, 4u * i + e);
        }
    }
    return x;
}

// Unit `at` of all that is to be written, of which each token has its heads of keys, then those of values.
fn write_unit(at: u32) {
    let row = at / params.units;
    let head = row % params.kv_heads;
    let source = row / params.kv_heads % 2u;
    let token = row / params.kv_heads / 2u;
    if (token < params.n) {
        let start = (token * params.kv_heads + head) * params.head_dim;
        store(cache_row(params.pos + token, source, head), at % params.units, source, start);
    }
}
