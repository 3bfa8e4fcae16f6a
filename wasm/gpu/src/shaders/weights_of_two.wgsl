// Two matrices of one format, both planes of each in one buffer. A job is one of them by the activations; `job` says
// whose weights are decoded. It is the same for all of a workgroup, so that no branch diverges.
alias Unit = array<vec4<f32>, 8>;

@group(0) @binding(0) var<storage, read> first_weights: array<vec4<u32>>; // [rows, vectors of a row], then scales
@group(0) @binding(1) var<storage, read> second_weights: array<vec4<u32>>; // [rows, vectors of a row], then scales

var<private> job: u32;

fn quants_at(i: u32) -> vec4<u32> {
    switch job {
        case 0u: { return first_weights[i]; }
        default: { return second_weights[i]; }
    }
}

fn scales_at(i: u32) -> u32 {
    let at = params.scales_at[job] + i;
    return quants_at(at >> 2u)[at & 3u];
}
