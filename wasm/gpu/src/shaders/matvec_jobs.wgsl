// matvec.wgsl for JOBS matrices by the same activations: the workgroups of one follow those of the other.
struct Params {
    rows: vec4<u32>,      // of each job
    scales_at: vec4<u32>, // word of each job's weights at which its scales begin
    units: u32,           // of a row
    width: u32,           // of a token's activations
    tokens: u32,
}
@group(0) @binding(7) var<uniform> params: Params;

const ROWS = GROUP / LANES; // of a workgroup

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
    while (job < JOBS - 1u && number >= (params.rows[job] + ROWS - 1u) / ROWS) {
        number -= (params.rows[job] + ROWS - 1u) / ROWS;
        job++;
    }
    let rows = params.rows[job];
    let row = number * ROWS + index / LANES;
    var sums: array<f32, TOKENS>;
    if (row < rows) {
        for (var unit = lane; unit < params.units; unit += LANES) {
            let w = decode(row * params.units + unit);
            for (var t = 0u; t < TOKENS; t++) {
                sums[t] += unit_product(w, min(first + t, params.tokens - 1u), unit);
            }
        }
    }
    for (var t = 0u; t < TOKENS; t++) {
        let total = sum_lanes(sums[t], index);
        if (lane == 0u && row < rows && first + t < params.tokens) {
            store((first + t) * rows + row, total);
        }
    }
}
