// x[i] = apply(x[i]).
struct Params {
    len: u32,
    a: f32, // the op's constant, where it has one
}
@group(0) @binding(0) var<storage, read_write> x: array<f32>; // [len]
@group(0) @binding(1) var<uniform> params: Params;

fn apply(x: f32) -> f32 {
    switch OP {
        case GELU: { return gelu(x); }
        case SCALE: { return x * params.a; }
        case SOFTCAP: { return params.a * bounded_tanh(x / params.a); }
        default: { return 0.0; }
    }
}

@compute @workgroup_size(GROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let i = group_index(group, groups) * GROUP + index;
    if (i < params.len) {
        x[i] = apply(x[i]);
    }
}
