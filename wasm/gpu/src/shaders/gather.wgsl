// out[i] = x[rows[i]].
struct Params {
    len: u32,     // rows × width
    width: u32,
    rows_at: u32, // in `data`
}
@group(0) @binding(0) var<storage, read> x: array<f32>; // [_, width]
@group(0) @binding(1) var<storage, read> data: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>; // [rows, width]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(GROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let i = group_index(group, groups) * GROUP + index;
    if (i < params.len) {
        out[i] = x[data[params.rows_at + i / params.width] * params.width + i % params.width];
    }
}
