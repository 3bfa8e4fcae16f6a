// The sum over each LANES invocations, which are of one subgroup.
fn sum_lanes(value: f32, index: u32) -> f32 {
    var total = value;
    for (var step = LANES / 2u; step > 0u; step >>= 1u) {
        total += subgroupShuffleXor(total, step);
    }
    return total;
}
