// out[t] = act(gate · x[t]) × up · x[t] for few tokens: rows of both matrices at once, so that activations are read once.
struct Params {
    rows: vec4<u32>,      // of each job
    scales_at: vec4<u32>, // word of each job's weights at which its scales begin
    units: u32,           // of a row
    width: u32,           // of a token's activations
    tokens: u32,
}
@group(0) @binding(3) var<storage, read_write> out: array<f32>; // [tokens, rows]
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(GROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let lane = index % LANES;
    let rows = params.rows.x;
    let row = group_index(group, groups) * (GROUP / LANES) + index / LANES;
    let first = group.z * TOKENS;
    var gates: array<f32, TOKENS>;
    var ups: array<f32, TOKENS>;
    if (row < rows) {
        for (var unit = lane; unit < params.units; unit += LANES) {
            job = 0u;
            let gate = decode(row * params.units + unit);
            job = 1u;
            let up = decode(row * params.units + unit);
            for (var t = 0u; t < TOKENS; t++) {
                let token = min(first + t, params.tokens - 1u);
                gates[t] += unit_product(gate, token, unit);
                ups[t] += unit_product(up, token, unit);
            }
        }
    }
    for (var t = 0u; t < TOKENS; t++) {
        let gate = sum_lanes(gates[t], index);
        let up = sum_lanes(ups[t], index);
        if (lane == 0u && row < rows && first + t < params.tokens) {
            out[(first + t) * rows + row] = apply(gate, up);
        }
    }
}
