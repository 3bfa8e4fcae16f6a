// out[t] = act(gate · x[t]) × up · x[t] for few tokens: a row of either matrix at once, so that activations are read once.
struct Params {
    rows: vec4<u32>,      // of each job
    scales_at: vec4<u32>, // word of each job's weights at which its scales begin
    units: u32,           // of a row
    width: u32,           // of a token's activations
    tokens: u32,
    eps: f32,             // of the norm, where there is one
}
@group(0) @binding(3) var<storage, read_write> out: array<f32>; // [tokens, rows]
@group(0) @binding(8) var<uniform> params: Params;

const ROWS = 2u;

fn row_unit(row: u32, r: u32, unit: u32) -> Unit {
    job = r;
    return decode(row * params.units + unit);
}

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
    if (row < rows) {
        walk(row, first, lane);
    }
    for (var t = 0u; t < TOKENS; t++) {
        let factor = met_factor(t, index);
        let gate = sum_lanes(sums[t * ROWS], index) * factor;
        let up = sum_lanes(sums[t * ROWS + 1u], index) * factor;
        if (lane == 0u && row < rows && first + t < params.tokens) {
            out[(first + t) * rows + row] = apply(gate, up);
        }
    }
}
