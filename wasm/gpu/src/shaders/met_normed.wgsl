// What a unit of weights is multiplied by: activations normed (RMSNorm), but for the factor that is the same for all of a token.
// That is known when the lanes have seen all of a row: W · rms_norm(x) = (W · (x × gain)) / sqrt(mean(x²) + eps).
var<private> squares: array<f32, TOKENS>; // what this lane has seen of each token

fn met(t: u32, token: u32, unit: u32) -> Unit {
    let at = unit * 8u;
    let x = unit_input(token, unit);
    squares[t] += unit_product(x, x);
    return Unit(
        x[0] * gain(at),
        x[1] * gain(at + 1u),
        x[2] * gain(at + 2u),
        x[3] * gain(at + 3u),
        x[4] * gain(at + 4u),
        x[5] * gain(at + 5u),
        x[6] * gain(at + 6u),
        x[7] * gain(at + 7u),
    );
}

// The factor on a row's sum over all units.
fn met_factor(t: u32, index: u32) -> f32 {
    return 1.0 / sqrt(sum_lanes(squares[t], index) / f32(params.width) + params.eps);
}
