// What a unit of weights is multiplied by: activations as they are.
fn met(t: u32, token: u32, unit: u32) -> Unit {
    return unit_input(token, unit);
}

// The factor on a row's sum over all units.
fn met_factor(t: u32, index: u32) -> f32 {
    return 1.0;
}
