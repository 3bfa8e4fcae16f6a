// Activations in rows of any width, in whose last unit of weights some have no partner.
@group(0) @binding(2) var<storage, read> x: array<f32>; // [tokens, width]

fn element(token: u32, i: u32) -> f32 {
    if (i >= params.width) {
        return 0.0;
    }
    return x[token * params.width + i];
}

// Elements `4 × quad..` of token `token`; 0 beyond the row.
fn input(token: u32, quad: u32) -> vec4<f32> {
    let i = quad * 4u;
    return vec4<f32>(element(token, i), element(token, i + 1u), element(token, i + 2u), element(token, i + 3u));
}
