// Queries turned in place; keys turned, and values, to where the cache has them. First an invocation for each pair of a query
// that turns, then one for each unit of the cache's rows: as much as is written by itself.
struct Params {
    n: u32,
    pos: u32,
    heads: u32,
    kv_heads: u32,
    head_dim: u32,
    pairs: u32,  // that turn
    halves: u32, // 1: pair (i, i + pairs), 0: pair (2 i, 2 i + 1)
    cos_at: u32, // in `data`: [n, pairs]
    sin_at: u32, // in `data`: [n, pairs]
    units: u32,   // of a row
    row_len: u32, // cells of a row
}
@group(0) @binding(0) var<storage, read_write> q: array<f32>; // [n, heads, head_dim]
@group(0) @binding(1) var<storage, read> k: array<f32>;       // [n, kv_heads, head_dim]
@group(0) @binding(2) var<storage, read> v: array<f32>;       // [n, kv_heads, head_dim]
@group(0) @binding(3) var<storage, read_write> cache: array<Cell>; // [positions, keys and values, kv_heads, row_len]
@group(0) @binding(4) var<storage, read> data: array<u32>;
@group(0) @binding(5) var<uniform> params: Params;

// Cosine and sine of a token's pair.
fn angle(token: u32, pair: u32) -> vec2<f32> {
    let at = token * params.pairs + pair;
    return vec2<f32>(bitcast<f32>(data[params.cos_at + at]), bitcast<f32>(data[params.sin_at + at]));
}

// Element `d` of the key that begins at `start`, turned.
fn turned_key(start: u32, d: u32) -> f32 {
    let x = k[start + d];
    if (d >= 2u * params.pairs) {
        return x;
    }
    let halves = params.halves == 1u;
    let first = select(d % 2u == 0u, d < params.pairs, halves);
    let apart = select(1u, params.pairs, halves);
    let pair = select(d / 2u, d % params.pairs, halves);
    let turn = angle(start / (params.kv_heads * params.head_dim), pair);
    let y = k[start + select(d - apart, d + apart, first)];
    return x * turn.x + select(y, -y, first) * turn.y;
}

// Element `d` of a head that begins at `start`: of keys (`source` 0), turned, or of values.
fn fresh(source: u32, start: u32, d: u32) -> f32 {
    if (source == 0u) {
        return turned_key(start, d);
    }
    return v[start + d];
}

@compute @workgroup_size(GROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let at = group_index(group, groups) * GROUP + index;
    let turns = params.n * params.heads * params.pairs;
    if (at < turns) {
        let head = at / params.pairs;
        let pair = at % params.pairs;
        let halves = params.halves == 1u;
        let a = head * params.head_dim + select(2u * pair, pair, halves);
        let b = a + select(1u, params.pairs, halves);
        let turn = angle(head / params.heads, pair);
        let x = q[a];
        let y = q[b];
        q[a] = x * turn.x - y * turn.y;
        q[b] = x * turn.y + y * turn.x;
        return;
    }
    write_unit(at - turns);
}
