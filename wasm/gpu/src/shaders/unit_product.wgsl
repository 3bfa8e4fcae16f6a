// A decoded unit by what it meets of a token's activations.
fn unit_product(w: Unit, token: u32, unit: u32) -> f32 {
    var sum = w[0] * input(token, unit * 8u);
    sum = fma(w[1], input(token, unit * 8u + 1u), sum);
    sum = fma(w[2], input(token, unit * 8u + 2u), sum);
    sum = fma(w[3], input(token, unit * 8u + 3u), sum);
    sum = fma(w[4], input(token, unit * 8u + 4u), sum);
    sum = fma(w[5], input(token, unit * 8u + 5u), sum);
    sum = fma(w[6], input(token, unit * 8u + 6u), sum);
    sum = fma(w[7], input(token, unit * 8u + 7u), sum);
    return (sum.x + sum.y) + (sum.z + sum.w);
}
