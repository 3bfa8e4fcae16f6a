// out[t] = Σ weight × x over the slots of token `t`, or as much more.
struct Params {
    len: u32, // tokens × width
    width: u32,
    used: u32, // slots of a token
    add: u32,  // 1: to what is there
}
@group(0) @binding(0) var<storage, read> x: array<f32>; // [slots, width]
@group(0) @binding(1) var<storage, read> routes: array<vec2<u32>>; // [slots]: expert, bits of its weight
@group(0) @binding(2) var<storage, read_write> out: array<f32>; // [tokens, width]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(GROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let i = group_index(group, groups) * GROUP + index;
    if (i >= params.len) {
        return;
    }
    let first = i / params.width * params.used;
    var sum = select(0.0, out[i], params.add == 1u);
    for (var slot = first; slot < first + params.used; slot++) {
        sum += bitcast<f32>(routes[slot].y) * x[slot * params.width + i % params.width];
    }
    out[i] = sum;
}
