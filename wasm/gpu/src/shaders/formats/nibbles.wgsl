// The nibbles at `shift` (0 or 4) of four bytes.
fn nibbles(w: u32, shift: u32) -> vec4<u32> {
    return (vec4<u32>(w, w >> 8u, w >> 16u, w >> 24u) >> vec4<u32>(shift)) & vec4<u32>(15u);
}
