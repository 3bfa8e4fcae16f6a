// Keys and values to where the cache has them. One invocation a unit of a head's row: as much as is written by itself.
struct Params {
    n: u32,
    pos: u32,
    kv_heads: u32,
    head_dim: u32,
    units: u32,   // of a row
    row_len: u32, // cells of a row
}
@group(0) @binding(0) var<storage, read> k: array<f32>; // [n, kv_heads, head_dim]
@group(0) @binding(1) var<storage, read> v: array<f32>; // [n, kv_heads, head_dim]
@group(0) @binding(2) var<storage, read_write> cache: array<Cell>; // [positions, keys and values, kv_heads, row_len]
@group(0) @binding(3) var<uniform> params: Params;

// Element `d` of a head that begins at `start`: of keys (`source` 0) or of values.
fn fresh(source: u32, start: u32, d: u32) -> f32 {
    if (source == 0u) {
        return k[start + d];
    }
    return v[start + d];
}

@compute @workgroup_size(GROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    write_unit(group_index(group, groups) * GROUP + index);
}
