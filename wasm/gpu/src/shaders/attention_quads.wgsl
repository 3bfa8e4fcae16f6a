alias Keys = vec4<f32>;

// The query by the key that begins at element `start`, heads of whole vectors.
fn product(start: u32, dim: u32) -> f32 {
    var sum = vec4<f32>(0.0);
    for (var d = 0u; d < dim; d += 4u) {
        sum += vec4<f32>(query[d], query[d + 1u], query[d + 2u], query[d + 3u]) * keys[(start + d) >> 2u];
    }
    return (sum.x + sum.y) + (sum.z + sum.w);
}
