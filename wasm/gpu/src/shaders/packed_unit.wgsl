// 32 numbers as signed bytes, 16 to a vector, and what makes of them what they stand for: of weights a scale and a minimum for
// each half, of activations one scale, and for each half the sum of what its bytes stand for.
struct PackedUnit {
    low: vec4<u32>,
    high: vec4<u32>,
    factors: vec4<f32>, // weights: scale, scale, minimum, minimum; activations: scale, sum, sum, 0
}

fn bytes_product(a: vec4<u32>, b: vec4<u32>) -> i32 {
    return (dot4I8Packed(a.x, b.x) + dot4I8Packed(a.y, b.y)) + (dot4I8Packed(a.z, b.z) + dot4I8Packed(a.w, b.w));
}

// Σ (scale × w - minimum) × v, of whole numbers until a scale is met: no sum of 32 products of bytes is rounded as f32.
fn packed_product(w: PackedUnit, v: PackedUnit) -> f32 {
    let low = bytes_product(w.low, v.low);
    let high = bytes_product(w.high, v.high);
    var sum: f32;
    if (HALVES) {
        sum = (f32(low) * w.factors.x + f32(high) * w.factors.y) * v.factors.x;
    } else {
        sum = f32(low + high) * w.factors.x * v.factors.x;
    }
    if (MINIMA) {
        sum -= w.factors.z * v.factors.y + w.factors.w * v.factors.z;
    }
    return sum;
}
