// Puts the greatest of the workgroup's entries first, in exchange for what is there. The others stay where they are.
var<workgroup> places: array<u32, GROUP>; // where the greatest of each invocation is, then of ever more of them

fn put_in_order(index: u32) {
    var place = index;
    for (var i = index + GROUP; i < BLOCK; i += GROUP) {
        if (ahead(entries[i], entries[place])) {
            place = i;
        }
    }
    places[index] = place;
    workgroupBarrier();
    for (var step = GROUP / 2u; step > 0u; step >>= 1u) {
        if (index < step && ahead(entries[places[index + step]], entries[places[index]])) {
            places[index] = places[index + step];
        }
        workgroupBarrier();
    }
    if (index == 0u) {
        let first = entries[0];
        entries[0] = entries[places[0]];
        entries[places[0]] = first;
    }
    workgroupBarrier();
}
