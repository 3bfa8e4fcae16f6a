// LFM2's gated short convolution. An invocation a channel: tokens follow one another through the history.
struct Params {
    n: u32,
    pos: u32,
    width: u32,
    taps: u32,
    rows: u32, // of the history
}
@group(0) @binding(0) var<storage, read> bcx: array<f32>;           // [n, 3, width]
@group(0) @binding(1) var<storage, read> kernel: array<f32>;        // [width, taps]
@group(0) @binding(2) var<storage, read_write> history: array<f32>; // [rows, width]
@group(0) @binding(3) var<storage, read_write> out: array<f32>;     // [n, width]
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(GROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let channel = group_index(group, groups) * GROUP + index;
    let width = params.width;
    if (channel >= width) {
        return;
    }
    let newest = channel * params.taps + params.taps - 1u;
    for (var i = 0u; i < params.n; i++) {
        let at = i * 3u * width + channel;
        let position = params.pos + i;
        let now = bcx[at] * bcx[at + 2u * width];
        var sum = kernel[newest] * now;
        for (var back = 1u; back < params.taps && back <= position; back++) {
            sum += kernel[newest - back] * history[(position - back) % params.rows * width + channel];
        }
        out[i * width + channel] = bcx[at + width] * sum;
        history[position % params.rows * width + channel] = now;
    }
}
