// Blocks of 8 units, 13 vectors: 8 of low nibbles, 4 of pairs of high bits, 1 of signed scales, two of them a unit; d in
// the other plane. Units r and r + 2 of each four share bytes of nibbles, all four share bytes of high bits.
struct Place {
    low: u32,    // the first of two vectors of nibbles
    high: u32,   // the first of two vectors of pairs of bits
    nibble: u32, // bits below the nibble in its byte
    pair: u32,   // bits below the pair in its byte
}

fn place_of(unit: u32) -> Place {
    let block = (unit >> 3u) * 13u;
    let halves = (unit >> 2u) & 1u;
    let quarter = unit & 3u;
    let low = block + 4u * halves + 2u * (quarter & 1u);
    return Place(low, block + 8u + 2u * halves, (quarter >> 1u) * 4u, quarter * 2u);
}

// The scales of a unit's halves.
fn factors_of(unit: u32) -> vec2<f32> {
    let sub = unit & 7u;
    let packed = quants_at((unit >> 3u) * 13u + 12u)[sub >> 1u] >> ((sub & 1u) * 16u);
    return signed_bytes(packed).xy * half_scale(unit >> 3u);
}
