// A norm's weights, of any number; 0 beyond them.
@group(0) @binding(7) var<storage, read> gains: array<f32>; // [width]

fn gain_element(i: u32) -> f32 {
    if (i >= params.width) {
        return 0.0;
    }
    return gains[i];
}

fn gain(quad: u32) -> vec4<f32> {
    let i = quad * 4u;
    return vec4<f32>(gain_element(i), gain_element(i + 1u), gain_element(i + 2u), gain_element(i + 3u));
}
