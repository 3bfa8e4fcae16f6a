// out[t] = Σ weight × down · x over the experts that see token `t`, or as much more: LANES invocations walk a row of all of them.
struct Params {
    rows: u32,    // of an expert
    units: u32,   // of a row
    width: u32,   // of what an expert is given
    used: u32,    // slots of a token
    first: u32,   // expert of this part of the stack
    experts: u32, // of this part
    add: u32,     // 1: to what is there
}
@group(0) @binding(3) var<storage, read_write> out: array<f32>; // [tokens, rows]
@group(0) @binding(4) var<storage, read> routes: array<vec2<u32>>; // [slots]: expert, bits of its weight
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(GROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let lane = index % LANES;
    let row = group_index(group, groups) * (GROUP / LANES) + index / LANES;
    var sum = 0.0;
    if (row < params.rows) {
        for (var i = lane; i < params.used * params.units; i += LANES) {
            let slot = group.z * params.used + i / params.units;
            let unit = i % params.units;
            let expert = routes[slot].x - params.first; // very many if it is of an earlier part
            if (expert < params.experts) {
                let w = decode((expert * params.rows + row) * params.units + unit);
                sum += bitcast<f32>(routes[slot].y) * unit_product(w, unit_input(slot, unit));
            }
        }
    }
    let total = sum_lanes(sum, index);
    if (lane == 0u && row < params.rows) {
        let at = group.z * params.rows + row;
        out[at] = total + select(0.0, out[at], params.add == 1u);
    }
}
