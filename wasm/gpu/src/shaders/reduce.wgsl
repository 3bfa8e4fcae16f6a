var<workgroup> reduced: array<f32, GROUP>;

// The sum over the workgroup, in all of its invocations.
fn sum_group(value: f32, index: u32) -> f32 {
    reduced[index] = value;
    workgroupBarrier();
    for (var step = GROUP / 2u; step > 0u; step >>= 1u) {
        if (index < step) {
            reduced[index] += reduced[index + step];
        }
        workgroupBarrier();
    }
    let total = reduced[0];
    workgroupBarrier();
    return total;
}
