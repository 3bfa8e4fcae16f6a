// A cell is four signed bytes, or after a row's bytes the f16 scales of two blocks of 32: what the block's 127 stands for.
alias Cell = u32;

// Quad `i` of row `row`.
fn cached(row: u32, i: u32) -> vec4<f32> {
    let at = row * params.row_len;
    let scales = unpack2x16float(cache[at + QUADS + (i >> 4u)]);
    return signed_bytes(cache[at + i]) * (select(scales.x, scales.y, (i & 8u) != 0u) * (1.0 / 127.0));
}
