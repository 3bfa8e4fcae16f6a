@group(0) @binding(0) var<storage, read> x: array<f32>;         // [rows, width]
@group(0) @binding(1) var<storage, read_write> out: array<f32>; // [rows, width]

fn row_value(i: u32) -> f32 {
    return x[i];
}
