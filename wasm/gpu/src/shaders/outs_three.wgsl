// Where each job's result goes.
@group(0) @binding(3) var<storage, read_write> first_out: array<f32>; // [tokens, rows of the job]
@group(0) @binding(4) var<storage, read_write> second_out: array<f32>; // [tokens, rows of the job]
@group(0) @binding(6) var<storage, read_write> third_out: array<f32>; // [tokens, rows of the job]

fn store(at: u32, value: f32) {
    switch job {
        case 0u: { first_out[at] = value; }
        case 1u: { second_out[at] = value; }
        default: { third_out[at] = value; }
    }
}
