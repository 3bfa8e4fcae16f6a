// The nibbles at `shift` (0 or 4) of 16 bytes, as bytes.
fn packed_nibbles(w: vec4<u32>, shift: u32) -> vec4<u32> {
    return (w >> vec4<u32>(shift)) & vec4<u32>(0x0f0f0f0fu);
}

// Bytes of 0 to 127, each `by` less, 128 at most. No byte borrows from the next: each is 128 more in between.
fn less(bytes: vec4<u32>, by: u32) -> vec4<u32> {
    return (bytes + vec4<u32>((128u - by) * 0x01010101u)) ^ vec4<u32>(0x80808080u);
}
