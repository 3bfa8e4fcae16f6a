// As q4_k.wgsl has it.
fn decode_packed(unit: u32) -> PackedUnit {
    let block = (unit >> 3u) * 9u;
    let at = block + 1u + (unit & 6u);
    let shift = (unit & 1u) * 4u;
    let factors = scale_and_minimum(quants_at(block), unit & 7u);
    return PackedUnit(packed_nibbles(quants_at(at), shift), packed_nibbles(quants_at(at + 1u), shift), factors.xxyy);
}
