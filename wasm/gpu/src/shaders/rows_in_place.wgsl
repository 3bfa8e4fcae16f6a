@group(0) @binding(1) var<storage, read_write> out: array<f32>; // [rows, width]

fn row_value(i: u32) -> f32 {
    return out[i];
}
