alias Keys = f32;

// The query by the key that begins at element `start`.
fn product(start: u32, dim: u32) -> f32 {
    var sum = 0.0;
    for (var d = 0u; d < dim; d++) {
        sum += query[d] * keys[start + d];
    }
    return sum;
}
