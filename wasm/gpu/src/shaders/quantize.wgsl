// Activations in bytes, a unit of 32 an invocation: q = round(x / scale), scale = max|x| / 127, ties to even; with the sums of
// scale × q over both halves of 16, by which minima of weights are multiplied.
struct Params {
    units: u32,
}
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;         // [units, 8]
@group(0) @binding(1) var<storage, read_write> out: array<vec4<u32>>; // [units, 3]: 32 bytes; scale, two sums, 0
@group(0) @binding(2) var<uniform> params: Params;

const INFINITE = 0x7f800000u; // its bits
const TINY = 0x0da24260u; // those of 1e-30; below it a unit counts as zero: the inverse of its scale would overflow
const NAN = 0x7fc00000u;

@compute @workgroup_size(GROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let unit = group_index(group, groups) * GROUP + index;
    if (unit >= params.units) {
        return;
    }
    var most = vec4<u32>(0u);
    for (var i = 0u; i < 8u; i++) {
        // Magnitudes are compared as whole numbers, which are in the same order; infinities and NaNs come last.
        most = max(most, bitcast<vec4<u32>>(x[unit * 8u + i]) & vec4<u32>(0x7fffffffu));
    }
    let largest = max(max(most.x, most.y), max(most.z, most.w));
    let usual = largest >= TINY && largest < INFINITE;
    let inverse = 127.0 / bitcast<f32>(select(0x3f800000u, largest, usual));
    var words: array<vec4<u32>, 2>;
    var sums: array<i32, 2>;
    for (var half = 0u; half < 2u; half++) {
        for (var i = 0u; i < 4u; i++) {
            // What is not finite has no bytes: its scale alone says so.
            let v = select(vec4<f32>(0.0), x[unit * 8u + half * 4u + i] * inverse, vec4<bool>(usual));
            let q = (bitcast<vec4<u32>>(vec4<i32>(round(v))) & vec4<u32>(255u)) << vec4<u32>(0u, 8u, 16u, 24u);
            let word = q.x | q.y | q.z | q.w;
            words[half][i] = word;
            sums[half] += dot4I8Packed(word, 0x01010101u);
        }
    }
    let scale = select(0.0, bitcast<f32>(select(0u, largest, usual)) / 127.0, usual);
    let scaled = scale * vec2<f32>(f32(sums[0]), f32(sums[1]));
    out[unit * 3u] = words[0];
    out[unit * 3u + 1u] = words[1];
    out[unit * 3u + 2u] = vec4<u32>(select(bitcast<u32>(scale), NAN, largest >= INFINITE), bitcast<vec2<u32>>(scaled), 0u);
}
