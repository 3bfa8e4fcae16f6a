// Rotates the first 2 × `pairs` of each head, in place (Su et al. 2021). One invocation a pair.
struct Params {
    rows: u32,
    heads: u32,
    head_dim: u32,
    pairs: u32,
    halves: u32,  // 1: pair (i, i + pairs), 0: pair (2 i, 2 i + 1)
    cos_at: u32,  // in `data`: [rows, pairs]
    sin_at: u32,  // in `data`: [rows, pairs]
}
@group(0) @binding(0) var<storage, read_write> x: array<f32>; // [rows, heads, head_dim]
@group(0) @binding(1) var<storage, read> data: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(GROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let at = group_index(group, groups) * GROUP + index;
    let pair = at % params.pairs;
    let head = at / params.pairs;
    let row = head / params.heads;
    if (row >= params.rows) {
        return;
    }
    let c = bitcast<f32>(data[params.cos_at + row * params.pairs + pair]);
    let s = bitcast<f32>(data[params.sin_at + row * params.pairs + pair]);
    let start = head * params.head_dim;
    let a = start + select(2u * pair, pair, params.halves == 1u);
    let b = select(a + 1u, a + params.pairs, params.halves == 1u);
    let xa = x[a];
    let xb = x[b];
    x[a] = xa * c - xb * s;
    x[b] = xa * s + xb * c;
}
