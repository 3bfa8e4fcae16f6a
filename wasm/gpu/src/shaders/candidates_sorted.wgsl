// Puts the workgroup's entries in order (Batcher's bitonic sort, 1968): runs that rise and fall by turns are merged into runs
// of twice their length.
fn put_in_order(index: u32) {
    for (var run = 2u; run <= BLOCK; run <<= 1u) {
        for (var step = run / 2u; step > 0u; step >>= 1u) {
            for (var pair = index; pair < BLOCK / 2u; pair += GROUP) {
                let i = 2u * step * (pair / step) + pair % step;
                let a = entries[i];
                let b = entries[i + step];
                let falls = (i & run) == 0u;
                if (select(ahead(a, b), ahead(b, a), falls)) {
                    entries[i] = b;
                    entries[i + step] = a;
                }
            }
            workgroupBarrier();
        }
    }
}
