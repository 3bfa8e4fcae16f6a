// Puts the parts of an attention together: a workgroup a query head.
struct Params {
    head_dim: u32,
    parts: u32,
    heads: u32,
}
@group(0) @binding(0) var<storage, read> parts: array<f32>;     // [n, heads, parts, head_dim + 2]
@group(0) @binding(1) var<storage, read_write> out: array<f32>; // [n, heads, head_dim]
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(GROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    let dim = params.head_dim;
    let row = group.y * params.heads + group.x;
    let start = row * params.parts * (dim + 2u);
    var greatest = -3.0e38;
    for (var i = 0u; i < params.parts; i++) {
        greatest = max(greatest, parts[start + i * (dim + 2u) + dim]);
    }
    var sum = 0.0;
    for (var i = 0u; i < params.parts; i++) {
        let at = start + i * (dim + 2u) + dim;
        sum += exp(max(parts[at] - greatest, -100.0)) * parts[at + 1u];
    }
    for (var d = index; d < dim; d += GROUP) {
        var element = 0.0;
        for (var i = 0u; i < params.parts; i++) {
            let at = start + i * (dim + 2u);
            element += exp(max(parts[at + dim] - greatest, -100.0)) * parts[at + d];
        }
        out[row * dim + d] = element / sum;
    }
}
