// Each row of `x` normed; a workgroup a row. MEAN: about its mean (LayerNorm), else about 0 (RMSNorm).
struct Params {
    rows: u32,
    width: u32,
    eps: f32,
}
@group(0) @binding(2) var<storage, read> weight: array<f32>; // [width]
@group(0) @binding(3) var<storage, read> bias: array<f32>;   // [width], where BIAS
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(GROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let row = group_index(group, groups);
    // Workgroups beyond the last row do its work again: all of one take part in its sums, or none.
    let start = min(row, params.rows - 1u) * params.width;
    var mean = 0.0;
    if (MEAN) {
        var sum = 0.0;
        for (var i = index; i < params.width; i += GROUP) {
            sum += row_value(start + i);
        }
        mean = sum_group(sum, index) / f32(params.width);
    }
    var squares = 0.0;
    for (var i = index; i < params.width; i += GROUP) {
        let v = row_value(start + i) - mean;
        squares += v * v;
    }
    let scale = 1.0 / sqrt(sum_group(squares, index) / f32(params.width) + params.eps);
    if (row >= params.rows) {
        return;
    }
    for (var i = index; i < params.width; i += GROUP) {
        var v = (row_value(start + i) - mean) * scale * weight[i];
        if (BIAS) {
            v += bias[i];
        }
        out[start + i] = v;
    }
}
