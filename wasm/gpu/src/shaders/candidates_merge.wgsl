// The best of several lists: as many to a workgroup as have BLOCK entries together.
struct Params {
    lists: u32,   // how many there are
    k: u32,       // entries of a list
    from_at: u32, // where they begin
    to_at: u32,   // where those that are made of them begin
}
@group(0) @binding(0) var<storage, read_write> lists: array<u32>; // lists of [2k + 1]
@group(0) @binding(1) var<uniform> params: Params;

@compute @workgroup_size(GROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    let k = params.k;
    let words = 2u * k + 1u;
    let together = BLOCK / k;
    let first = group.x * together;
    for (var i = index; i < BLOCK; i += GROUP) {
        let list = i / k;
        var entry = vec2<u32>(NONE, 0xffffffffu);
        if (list < together && first + list < params.lists) {
            let at = params.from_at + (first + list) * words + 2u * (i % k);
            entry = vec2<u32>(key(lists[at]), lists[at + 1u]);
        }
        entries[i] = entry;
    }
    workgroupBarrier();
    put_in_order(index);
    var sum = 0.0;
    for (var list = index; list < min(together, params.lists - first); list += GROUP) {
        let at = params.from_at + (first + list) * words;
        // A list's sum is beside its own greatest.
        sum += bitcast<f32>(lists[at + 2u * k]) * weight(key(lists[at]), entries[0].x);
    }
    leave(params.to_at + group.x * words, k, sum_group(sum, index), index);
}
