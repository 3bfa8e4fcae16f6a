// The row of the cache for a position's keys (`source` 0) or values (1) of one head.
fn cache_row(position: u32, source: u32, head: u32) -> u32 {
    return (position * 2u + source) * params.kv_heads + head;
}
