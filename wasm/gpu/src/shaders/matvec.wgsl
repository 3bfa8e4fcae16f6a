// out[t] = W · x[t], or as much more, for few tokens.
struct Params {
    rows: u32,       // of this part of the matrix
    units: u32,      // of a row
    width: u32,      // of a token's activations
    tokens: u32,
    out_width: u32,  // rows of the whole matrix
    out_first: u32,  // the part's first row
    add: u32,        // 1: to what is there
    eps: f32,        // of the norm, where there is one
}
@group(0) @binding(3) var<storage, read_write> out: array<f32>; // [tokens, out_width]
@group(0) @binding(8) var<uniform> params: Params;

const ROWS = 1u;

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
    let row = group_index(group, groups) * (GROUP / LANES) + index / LANES;
    let first = group.z * TOKENS;
    if (row < params.rows) {
        walk(row, first, lane);
    }
    for (var t = 0u; t < TOKENS; t++) {
        let total = sum_lanes(sums[t], index) * met_factor(t, index);
        if (lane == 0u && row < params.rows && first + t < params.tokens) {
            let at = (first + t) * params.out_width + params.out_first + row;
            out[at] = total + select(0.0, out[at], params.add == 1u);
        }
    }
}
