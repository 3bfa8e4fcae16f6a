// The sum over each LANES invocations, through the workgroup's memory.
var<workgroup> lane_sums: array<f32, GROUP>;

fn sum_lanes(value: f32, index: u32) -> f32 {
    lane_sums[index] = value;
    workgroupBarrier();
    for (var step = LANES / 2u; step > 0u; step >>= 1u) {
        if (index % LANES < step) {
            lane_sums[index] += lane_sums[index + step];
        }
        workgroupBarrier();
    }
    let total = lane_sums[index - index % LANES];
    workgroupBarrier();
    return total;
}
