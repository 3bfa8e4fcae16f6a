// Which experts see a token: a workgroup ranks all of them by their probabilities. Ranks are of whole numbers, so that whatever
// the logits are, as many experts are chosen as are to be, each once.
struct Params {
    experts: u32,
    used: u32,
    bias_at: u32,   // in `data`
    biased: u32,    // 1: by a bias
    sigmoid: u32,   // 1: each probability by itself; 0: softmax
    normalise: u32, // 1: the weights add up to 1
    scale: f32,
}
@group(0) @binding(0) var<storage, read> logits: array<f32>; // [tokens, experts]
@group(0) @binding(1) var<storage, read> data: array<u32>;
@group(0) @binding(2) var<storage, read_write> routes: array<vec2<u32>>; // [tokens, used], the likeliest first: expert, bits of its weight
@group(0) @binding(3) var<uniform> params: Params;

const LEAST_SUM = 0x1p-14f;

var<workgroup> shares: array<f32, EXPERTS>; // logits, then probabilities
var<workgroup> scores: array<i32, EXPERTS>;
var<workgroup> chosen: array<u32, EXPERTS>; // by rank

@compute @workgroup_size(GROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    let experts = params.experts;
    for (var e = index; e < experts; e += GROUP) {
        shares[e] = logits[group.x * experts + e];
    }
    workgroupBarrier();
    var greatest = shares[0];
    for (var e = 1u; e < experts; e++) {
        greatest = max(greatest, shares[e]);
    }
    workgroupBarrier();
    var part = 0.0;
    for (var e = index; e < experts; e += GROUP) {
        // Below e^-87 nothing is a normal number, and above e^88 nothing is finite.
        let together = exp(max(shares[e] - greatest, -87.0));
        let alone = 1.0 / (1.0 + exp(min(-shares[e], 80.0)));
        shares[e] = select(together, alone, params.sigmoid == 1u);
        part += shares[e];
    }
    let total = sum_group(part, index);
    for (var e = index; e < experts; e += GROUP) {
        var score = select(shares[e] / total, shares[e], params.sigmoid == 1u);
        shares[e] = score;
        if (params.biased == 1u) {
            score += bitcast<f32>(data[params.bias_at + e]);
        }
        scores[e] = ordered(score);
    }
    workgroupBarrier();
    for (var e = index; e < experts; e += GROUP) {
        let score = scores[e];
        var rank = 0u;
        for (var other = 0u; other < experts; other++) {
            let theirs = scores[other];
            rank += select(0u, 1u, theirs > score || (theirs == score && other < e));
        }
        if (rank < params.used) {
            chosen[rank] = e;
        }
    }
    workgroupBarrier();
    var divisor = 1.0;
    if (params.normalise == 1u) {
        var sum = 0.0;
        for (var i = 0u; i < params.used; i++) {
            sum += shares[chosen[i]];
        }
        divisor = max(sum, LEAST_SUM);
    }
    for (var i = index; i < params.used; i += GROUP) {
        let weight = params.scale * shares[chosen[i]] / divisor;
        routes[group.x * params.used + i] = vec2<u32>(chosen[i], bitcast<u32>(weight));
    }
}
