// Queries turned in place; keys turned, and values, to where the cache has them. One invocation two elements of a head:
// first the heads of queries, then those of keys and values.
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
}
@group(0) @binding(0) var<storage, read_write> q: array<f32>;      // [n, heads, head_dim]
@group(0) @binding(1) var<storage, read> k: array<f32>;            // [n, kv_heads, head_dim]
@group(0) @binding(2) var<storage, read> v: array<f32>;            // [n, kv_heads, head_dim]
@group(0) @binding(3) var<storage, read_write> keys: array<f32>;   // [positions, kv_heads, head_dim]
@group(0) @binding(4) var<storage, read_write> values: array<f32>; // [positions, kv_heads, head_dim]
@group(0) @binding(5) var<storage, read> data: array<u32>;
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(GROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let dim = params.head_dim;
    let slots = (dim + 1u) / 2u;
    let heads = params.heads + params.kv_heads;
    let at = group_index(group, groups) * GROUP + index;
    let slot = at % slots;
    let row = at / slots / heads;
    let head = at / slots % heads;
    if (row >= params.n) {
        return;
    }
    let turns = slot < params.pairs;
    // Elements `a` and `b` of a head turn together, or neither turns; without a partner, `b` is `a`.
    let halves = turns && params.halves == 1u;
    let a = select(2u * slot, slot, halves);
    let b = min(select(a + 1u, a + params.pairs, halves), dim - 1u);
    var c = 1.0;
    var s = 0.0;
    if (turns) {
        c = bitcast<f32>(data[params.cos_at + row * params.pairs + slot]);
        s = bitcast<f32>(data[params.sin_at + row * params.pairs + slot]);
    }
    if (head < params.heads) {
        if (turns) {
            let start = (row * params.heads + head) * dim;
            let x = q[start + a];
            let y = q[start + b];
            q[start + a] = x * c - y * s;
            q[start + b] = x * s + y * c;
        }
        return;
    }
    let start = (row * params.kv_heads + head - params.heads) * dim;
    let to = start + params.pos * params.kv_heads * dim;
    let x = k[start + a];
    let y = k[start + b];
    if (turns) {
        keys[to + a] = x * c - y * s;
        keys[to + b] = x * s + y * c;
    } else {
        keys[to + a] = x;
        keys[to + b] = y;
    }
    values[to + a] = v[start + a];
    values[to + b] = v[start + b];
}
