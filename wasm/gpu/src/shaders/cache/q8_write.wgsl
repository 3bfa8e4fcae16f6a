// A cell is four signed bytes, or after a row's bytes the f16 scales of two blocks of 32: what the block's 127 stands for.
alias Cell = u32;

// Two blocks, whose scales are one cell: 16 quads of what begins at `start` of `source`, from quad 16 × `unit` on, to row `row`.
fn store(row: u32, unit: u32, source: u32, start: u32) {
    let at = row * params.row_len;
    let quads = (params.head_dim + 3u) / 4u;
    var scales = 0u;
    for (var block = 0u; block < 2u; block++) {
        let first = 16u * unit + 8u * block;
        let end = min(first + 8u, quads);
        var most = vec4<f32>(0.0);
        for (var i = first; i < end; i++) {
            most = max(most, abs(fresh_quad(source, start, i)));
        }
        let half = half_bits(max(max(most.x, most.y), max(most.z, most.w)));
        let scale = unpack2x16float(half).x;
        let factor = select(0.0, 127.0 / scale, scale > 0.0);
        for (var i = first; i < end; i++) {
            let steps = clamp(round(fresh_quad(source, start, i) * factor), vec4<f32>(-127.0), vec4<f32>(127.0));
            let bytes = bitcast<vec4<u32>>(vec4<i32>(steps)) & vec4<u32>(255u);
            cache[at + i] = bytes.x | (bytes.y << 8u) | (bytes.z << 16u) | (bytes.w << 24u);
        }
        scales |= half << (16u * block);
    }
    cache[at + quads + unit] = scales;
}
