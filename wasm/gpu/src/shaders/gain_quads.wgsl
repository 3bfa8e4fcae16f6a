// A norm's weights, of whole vectors.
@group(0) @binding(7) var<storage, read> gains: array<vec4<f32>>; // [width / 4]

fn gain(quad: u32) -> vec4<f32> {
    return gains[quad];
}
