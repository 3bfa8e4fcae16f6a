// What a unit of weights meets of a token's activations.
fn unit_input(token: u32, unit: u32) -> Unit {
    let at = unit * 8u;
    return Unit(
        input(token, at),
        input(token, at + 1u),
        input(token, at + 2u),
        input(token, at + 3u),
        input(token, at + 4u),
        input(token, at + 5u),
        input(token, at + 6u),
        input(token, at + 7u),
    );
}

// A decoded unit by that.
fn unit_product(w: Unit, x: Unit) -> f32 {
    var sum = w[0] * x[0];
    sum = fma(w[1], x[1], sum);
    sum = fma(w[2], x[2], sum);
    sum = fma(w[3], x[3], sum);
    sum = fma(w[4], x[4], sum);
    sum = fma(w[5], x[5], sum);
    sum = fma(w[6], x[6], sum);
    sum = fma(w[7], x[7], sum);
    return (sum.x + sum.y) + (sum.z + sum.w);
}
