// x[i] = apply(x[i], y[i % period]).
struct Params {
    len: u32,
    period: u32,
}
@group(0) @binding(0) var<storage, read_write> x: array<f32>; // [len]
@group(0) @binding(1) var<storage, read> y: array<f32>;       // [period]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(GROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let i = group_index(group, groups) * GROUP + index;
    if (i < params.len) {
        x[i] = apply(x[i], y[i % params.period]);
    }
}
