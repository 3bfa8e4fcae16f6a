// The best of each BLOCK logits: a list a workgroup. The logits of tokens that are set apart are told at the start of `lists`.
struct Params {
    len: u32,      // of the row
    k: u32,        // entries of a list
    apart: u32,    // tokens that are set apart
    apart_at: u32, // in `data`
    lists_at: u32, // in `lists`
}
@group(0) @binding(0) var<storage, read> logits: array<u32>; // [len], bits of f32
@group(0) @binding(1) var<storage, read> data: array<u32>;
@group(0) @binding(2) var<storage, read_write> lists: array<u32>; // [apart], then lists of [2k + 1]
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(GROUP)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
    let first = group.x * BLOCK;
    for (var i = index; i < BLOCK; i += GROUP) {
        let token = first + i;
        var found = NONE;
        if (token < params.len) {
            found = key(logits[token]);
        }
        entries[i] = vec2<u32>(found, token);
    }
    workgroupBarrier();
    for (var i = index; i < params.apart; i += GROUP) {
        let place = data[params.apart_at + i] - first; // of a token before the block: very many
        if (place < BLOCK) {
            lists[i] = logits[first + place];
            entries[place].x = NONE;
        }
    }
    workgroupBarrier();
    put_in_order(index);
    var sum = 0.0;
    for (var i = index; i < BLOCK; i += GROUP) {
        sum += weight(entries[i].x, entries[0].x);
    }
    leave(params.lists_at + group.x * (2u * params.k + 1u), params.k, sum_group(sum, index), index);
}
