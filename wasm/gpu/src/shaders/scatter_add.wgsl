// out[rows[i]] += factors[i] × x[i]. An invocation a column, since rows may come more than once.
struct Params {
    rows: u32,
    width: u32,
    rows_at: u32,    // in `data`
    factors_at: u32, // in `data`
}
@group(0) @binding(0) var<storage, read> x: array<f32>; // [rows, width]
@group(0) @binding(1) var<storage, read> data: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>; // [_, width]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(GROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let column = group_index(group, groups) * GROUP + index;
    if (column >= params.width) {
        return;
    }
    for (var i = 0u; i < params.rows; i++) {
        let to = data[params.rows_at + i] * params.width + column;
        out[to] += bitcast<f32>(data[params.factors_at + i]) * x[i * params.width + column];
    }
}
