// What sum_lanes makes of each invocation's number, squared: see ops/probe.rs.
struct Params {
    at: u32,
}
@group(0) @binding(0) var<storage, read_write> out: array<f32>; // GROUP from `at` on
@group(0) @binding(1) var<uniform> params: Params;

@compute @workgroup_size(GROUP)
fn main(@builtin(local_invocation_index) index: u32) {
    out[params.at + index] = sum_lanes(f32(index * index), index);
}
