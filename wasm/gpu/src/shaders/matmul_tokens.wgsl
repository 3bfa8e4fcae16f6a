// out[t] = W · x[t], or as much more: a tile has tokens that follow one another.
struct Params {
    rows: u32,       // of this part of the matrix
    units: u32,      // of a row
    width: u32,      // of a token's activations
    tokens: u32,
    out_width: u32,  // rows of the whole matrix
    out_first: u32,  // the part's first row
    add: u32,        // 1: to what is there
}
@group(0) @binding(3) var<storage, read_write> out: array<f32>; // [tokens, out_width]
@group(0) @binding(4) var<uniform> params: Params;

struct Tile {
    first_row: u32, // of its matrix
    first_token: u32,
    tokens: u32,
}

fn tile_of(number: u32) -> Tile {
    let first = number * TILE_TOKENS;
    return Tile(0u, first, min(params.tokens - first, TILE_TOKENS));
}

// The row of activations that is token `token`'s.
fn source(token: u32) -> u32 {
    return token;
}

fn leave(token: u32, row: u32, product: f32) {
    let at = token * params.out_width + params.out_first + row;
    out[at] = product + select(0.0, out[at], params.add == 1u);
}
