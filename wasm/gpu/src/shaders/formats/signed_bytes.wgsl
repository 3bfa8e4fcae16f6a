// Four signed bytes.
fn signed_bytes(w: u32) -> vec4<f32> {
    return vec4<f32>(vec4<i32>(vec4<u32>(w << 24u, w << 16u, w << 8u, w)) >> vec4<u32>(24u));
}
