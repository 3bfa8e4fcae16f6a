// out[t] = W · x[t], or as much more, for few tokens: LANES invocations walk a row together, each unit is decoded once for TOKENS tokens.
struct Params {
    rows: u32,       // of this part of the matrix
    units: u32,      // of a row
    width: u32,      // of a token's activations
    tokens: u32,
    out_width: u32,  // rows of the whole matrix
    out_first: u32,  // the part's first row
    add: u32,        // 1: to what is there
}
@group(0) @binding(3) var<storage, read_write> out: array<f32>; // [tokens, out_width]
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(GROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let lane = index % LANES;
    let row = group_index(group, groups) * (GROUP / LANES) + index / LANES;
    let first = group.z * TOKENS;
    var sums: array<f32, TOKENS>;
    if (row < params.rows) {
        for (var unit = lane; unit < params.units; unit += LANES) {
            let w = decode(row * params.units + unit);
            for (var t = 0u; t < TOKENS; t++) {
                let token = min(first + t, params.tokens - 1u);
                sums[t] += unit_product(w, token, unit);
            }
        }
    }
    for (var t = 0u; t < TOKENS; t++) {
        let total = sum_lanes(sums[t], index);
        if (lane == 0u && row < params.rows && first + t < params.tokens) {
            let at = (first + t) * params.out_width + params.out_first + row;
            out[at] = total + select(0.0, out[at], params.add == 1u);
        }
    }
}
