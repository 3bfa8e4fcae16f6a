// out[i] = table[tokens[i]], of the tokens that lie in this part of the table. One invocation a unit.
struct Params {
    rows: u32,      // of this part of the table
    first: u32,     // the part's first row
    units: u32,     // of a row
    width: u32,     // of a row, without what fills its last unit
    tokens: u32,
    tokens_at: u32, // in `data`
}
@group(0) @binding(2) var<storage, read> data: array<u32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>; // [tokens, width]
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(GROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let at = group_index(group, groups) * GROUP + index;
    let i = at / params.units;
    let unit = at % params.units;
    if (i >= params.tokens) {
        return;
    }
    let row = data[params.tokens_at + i];
    if (row < params.first || row - params.first >= params.rows) {
        return;
    }
    let w = decode((row - params.first) * params.units + unit);
    for (var j = 0u; j < 32u && unit * 32u + j < params.width; j++) {
        out[i * params.width + unit * 32u + j] = w[j >> 2u][j & 3u];
    }
}
