// matvec.wgsl for JOBS matrices by the same activations: the workgroups of one follow those of the other.
struct Params {
    rows: vec4<u32>,      // of each job
    scales_at: vec4<u32>, // word of each job's weights at which its scales begin
    units: u32,           // of a row
    width: u32,           // of a token's activations
    tokens: u32,
    eps: f32,             // of the norm, where there is one
}
@group(0) @binding(8) var<uniform> params: Params;

const ROWS = 1u;
const GROUP_ROWS = GROUP / LANES; // of a workgroup

fn row_unit(row: u32, r: u32, unit: u32) -> Unit {
    return decode(row * params.units + unit);
}

@compute @workgroup_size(GROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let lane = index % LANES;
    let first = group.z * TOKENS;
    var number = group_index(group, groups);
    job = 0u;
    while (job < JOBS - 1u && number >= (params.rows[job] + GROUP_ROWS - 1u) / GROUP_ROWS) {
        number -= (params.rows[job] + GROUP_ROWS - 1u) / GROUP_ROWS;
        job++;
    }
    let rows = params.rows[job];
    let row = number * GROUP_ROWS + index / LANES;
    if (row < rows) {
        walk(row, first, lane);
    }
    for (var t = 0u; t < TOKENS; t++) {
        let total = sum_lanes(sums[t], index) * met_factor(t, index);
        if (lane == 0u && row < rows && first + t < params.tokens) {
            store((first + t) * rows + row, total);
        }
    }
}
