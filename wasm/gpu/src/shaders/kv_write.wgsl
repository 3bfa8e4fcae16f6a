// Keys and values to where the cache has them.
struct Params {
    len: u32, // n × width
    at: u32,  // position × width
}
@group(0) @binding(0) var<storage, read> k: array<f32>;          // [n, width]
@group(0) @binding(1) var<storage, read> v: array<f32>;          // [n, width]
@group(0) @binding(2) var<storage, read_write> keys: array<f32>;   // [positions, width]
@group(0) @binding(3) var<storage, read_write> values: array<f32>; // [positions, width]
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(GROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let i = group_index(group, groups) * GROUP + index;
    if (i < params.len) {
        keys[params.at + i] = k[i];
        values[params.at + i] = v[i];
    }
}
