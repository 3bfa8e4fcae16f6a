// matvec_gated.wgsl by experts: a slot is a token and one of the experts that see it, whose rows of both stacks a workgroup's
// are.
struct Params {
    scales_at: vec4<u32>, // word of each stack at which its scales begin
    rows: u32,            // of an expert
    units: u32,           // of a row
    width: u32,           // of a token's activations
    used: u32,            // slots of a token
    first: u32,           // expert of this part of the stacks
    experts: u32,         // of this part
}
@group(0) @binding(3) var<storage, read_write> out: array<f32>; // [slots, rows]
@group(0) @binding(4) var<storage, read> routes: array<vec2<u32>>; // [slots]: expert, bits of its weight
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(GROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let slot = group.z;
    let expert = routes[slot].x - params.first; // very many if it is of an earlier part
    if (expert >= params.experts) {
        return;
    }
    let lane = index % LANES;
    let row = group_index(group, groups) * (GROUP / LANES) + index / LANES;
    var gate = 0.0;
    var up = 0.0;
    if (row < params.rows) {
        for (var unit = lane; unit < params.units; unit += LANES) {
            let at = (expert * params.rows + row) * params.units + unit;
            let x = unit_input(slot / params.used, unit);
            job = 0u;
            gate += unit_product(decode(at), x);
            job = 1u;
            up += unit_product(decode(at), x);
        }
    }
    gate = sum_lanes(gate, index);
    up = sum_lanes(up, index);
    if (lane == 0u && row < params.rows) {
        out[slot * params.rows + row] = apply(gate, up);
    }
}
