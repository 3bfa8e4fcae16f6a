// Writes the first `k` of the ordered entries, as bits of a logit and its token, and what all together weigh beside the first.
fn leave(at: u32, k: u32, sum: f32, index: u32) {
    for (var i = index; i < k; i += GROUP) {
        lists[at + 2u * i] = bits_of(entries[i].x);
        lists[at + 2u * i + 1u] = entries[i].y;
    }
    if (index == 0u) {
        lists[at + 2u * k] = bitcast<u32>(sum);
    }
}
