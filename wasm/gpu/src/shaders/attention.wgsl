// Attention of one query head over one part of the positions, with a running maximum (Milakov & Gimelshein 2018; Dao et
// al. 2022). 64 positions at a time: an invocation scores one of them, then sums up elements of the values.
// With PARTS the result is left undivided beside its maximum and its sum, for attention_merge.wgsl.
struct Params {
    n: u32,         // queries
    pos: u32,       // position of the first
    heads: u32,
    group: u32,     // query heads that share a key head
    head_dim: u32,
    kv_width: u32,
    window: u32,    // 0: none
    causal: u32,
    part_len: u32,  // positions of a part
    first: u32,     // position of the first part
    scale: f32,
    softcap: f32,   // 0: none
}
@group(0) @binding(0) var<storage, read> q: array<f32>;      // [n, heads, head_dim]
@group(0) @binding(1) var<storage, read> keys: array<Keys>;  // [positions, kv_width]
@group(0) @binding(2) var<storage, read> values: array<f32>; // [positions, kv_width]
@group(0) @binding(3) var<storage, read_write> out: array<f32>; // [n, heads, head_dim]; PARTS: [n, heads, parts, head_dim + 2]
@group(0) @binding(4) var<uniform> params: Params;

const MOST = 512u;      // elements of a head
const LEAST = -3.0e38;  // no score

var<workgroup> query: array<f32, MOST>;
var<workgroup> shares: array<f32, GROUP>;

@compute @workgroup_size(GROUP)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
) {
    let head = group.x;
    let token = group.y;
    let part = group.z;
    let dim = params.head_dim;
    let at = params.pos + token;
    let last = select(params.pos + params.n - 1u, at, params.causal == 1u);
    let seen = select(0u, at + 1u - min(params.window, at + 1u), params.window > 0u);
    let begin = max(seen, params.first + part * params.part_len);
    let end = min(last + 1u, params.first + (part + 1u) * params.part_len);
    let kv_start = head / params.group * dim;

    for (var d = index; d < dim; d += GROUP) {
        query[d] = q[(token * params.heads + head) * dim + d] * params.scale;
    }
    workgroupBarrier();
    var greatest = LEAST;
    var sum = 0.0;
    var result: array<f32, MOST / GROUP>;
    for (var base = begin; base < end; base += GROUP) {
        let position = base + index;
        var score = LEAST;
        if (position < end) {
            score = product(position * params.kv_width + kv_start, dim);
            if (params.softcap > 0.0) {
                score = params.softcap * bounded_tanh(score / params.softcap);
            }
        }
        let now = max(greatest, max_group(score, index));
        let share = select(0.0, exp(score - now), position < end);
        shares[index] = share;
        let before = exp(max(greatest - now, -100.0)) * select(0.0, 1.0, greatest > LEAST);
        sum = sum * before + sum_group(share, index);
        let count = min(GROUP, end - base);
        for (var d = index; d < dim; d += GROUP) {
            var element = result[d / GROUP] * before;
            let from_value = base * params.kv_width + kv_start + d;
            for (var j = 0u; j < count; j++) {
                element += shares[j] * values[from_value + j * params.kv_width];
            }
            result[d / GROUP] = element;
        }
        greatest = now;
        workgroupBarrier();
    }
    if (PARTS) {
        let to = ((token * params.heads + head) * groups.z + part) * (dim + 2u);
        for (var d = index; d < dim; d += GROUP) {
            out[to + d] = result[d / GROUP];
        }
        if (index == 0u) {
            out[to + dim] = greatest;
            out[to + dim + 1u] = sum;
        }
    } else {
        for (var d = index; d < dim; d += GROUP) {
            out[(token * params.heads + head) * dim + d] = result[d / GROUP] / sum;
        }
    }
}
