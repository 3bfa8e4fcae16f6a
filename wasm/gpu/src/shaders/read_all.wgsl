// All of `x`, for finding how fast memory is read. What is written keeps the reads from being left out.
struct Params {
    vectors: u32, // of x
}
@group(0) @binding(0) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>; // one for each invocation that reads
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(GROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let number = group_index(group, groups);
    var all = vec4<u32>();
    for (var i = 0u; i < VECTORS; i++) {
        let at = (number * VECTORS + i) * GROUP + index;
        if (at < params.vectors) {
            all ^= x[at];
        }
    }
    // Beyond the last there may be workgroups that have nothing to read.
    if (number * VECTORS * GROUP < params.vectors) {
        out[number * GROUP + index] = all.x ^ all.y ^ all.z ^ all.w;
    }
}
