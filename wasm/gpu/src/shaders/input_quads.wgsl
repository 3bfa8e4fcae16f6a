// Activations in rows of whole vectors.
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>; // [tokens, width / 4]

// Elements `4 × quad..` of token `token`; 0 beyond the row.
fn input(token: u32, quad: u32) -> vec4<f32> {
    return x[token * (params.width >> 2u) + quad];
}
