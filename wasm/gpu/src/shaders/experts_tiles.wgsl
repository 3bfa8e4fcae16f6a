// out[slot] = W[expert] · x[slot / share]: a tile has up to TILE_TOKENS slots of one expert, as experts_group.wgsl has put them
// together.
struct Params {
    rows: u32,    // of an expert
    units: u32,   // of a row
    width: u32,   // of a row of activations
    share: u32,   // slots that share such a row
    first: u32,   // expert of this part of the stack
    experts: u32, // of this part
    tiles: u32,
}
@group(0) @binding(3) var<storage, read_write> out: array<f32>; // [slots, rows]
@group(0) @binding(4) var<storage, read> groups: array<u32>; // tiles of [expert, first slot, slots], then slots
@group(0) @binding(5) var<uniform> params: Params;

struct Tile {
    first_row: u32, // of its expert
    first_token: u32,
    tokens: u32,
}

fn tile_of(number: u32) -> Tile {
    let expert = groups[number * 3u] - params.first; // very many if it is of an earlier part
    let tokens = select(0u, groups[number * 3u + 2u], expert < params.experts);
    return Tile(expert * params.rows, groups[number * 3u + 1u], tokens);
}

// The row of activations that is of the slot in place `place`.
fn source(place: u32) -> u32 {
    return groups[params.tiles * 3u + place] / params.share;
}

fn leave(place: u32, row: u32, product: f32) {
    out[groups[params.tiles * 3u + place] * params.rows + row] = product;
}
