// A unit's scale and minimum, of ggml's `get_scale_min_k4`, of a block's first vector: d, dmin and 12 bytes of 6-bit numbers. Of
// units 4 to 7 the upper two bits lie above those of units 0 to 3.
fn scale_and_minimum(head: vec4<u32>, sub: u32) -> vec2<f32> {
    let first = head.y >> ((sub & 3u) * 8u);
    let second = head.z >> ((sub & 3u) * 8u);
    let third = head.w >> ((sub & 3u) * 8u);
    let late = sub >= 4u;
    let scale = select(first & 63u, (third & 15u) | ((first >> 2u) & 48u), late);
    let minimum = select(second & 63u, ((third >> 4u) & 15u) | ((second >> 2u) & 48u), late);
    return vec2<f32>(half(head.x) * f32(scale), half(head.x >> 16u) * f32(minimum));
}
