// A matrix of weights, rows of whole units of 32. How a unit lies in the planes is the format's affair: see formats/.
alias Unit = array<vec4<f32>, 8>;

@group(0) @binding(0) var<storage, read> quants: array<vec4<u32>>; // [rows, vectors of a row]
@group(0) @binding(1) var<storage, read> scales: array<u32>;       // the other plane, where a format has one

fn quants_at(i: u32) -> vec4<u32> {
    return quants[i];
}

fn scales_at(i: u32) -> u32 {
    return scales[i];
}
