// Slots by their experts, and the tiles that they are multiplied in: a workgroup counts them, adds up the counts and sets each
// slot in its place. In which order an expert's slots are, nothing depends on.
struct Params {
    slots: u32,
    experts: u32,
    tiles: u32, // there is room for; those that are not needed have no slots
}
@group(0) @binding(0) var<storage, read> routes: array<vec2<u32>>;        // [slots]: expert, bits of its weight
@group(0) @binding(1) var<storage, read_write> groups: array<u32>; // tiles of [expert, first slot, slots], then slots
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> counts: array<atomic<u32>, EXPERTS>; // then where the next slot goes

@compute @workgroup_size(GROUP)
fn main(@builtin(local_invocation_index) index: u32) {
    for (var e = index; e < EXPERTS; e += GROUP) {
        atomicStore(&counts[e], 0u);
    }
    workgroupBarrier();
    for (var slot = index; slot < params.slots; slot += GROUP) {
        atomicAdd(&counts[routes[slot].x], 1u);
    }
    workgroupBarrier();
    var starts: array<u32, EXPERTS_EACH>;
    var used = 0u; // tiles
    var start = 0u;
    for (var e = 0u; e < params.experts; e++) {
        let count = atomicLoad(&counts[e]);
        let mine = e % GROUP == index;
        if (mine) {
            starts[e / GROUP] = start;
        }
        for (var at = 0u; at < count; at += TILE_TOKENS) {
            if (mine) {
                groups[used * 3u] = e;
                groups[used * 3u + 1u] = start + at;
                groups[used * 3u + 2u] = min(count - at, TILE_TOKENS);
            }
            used++;
        }
        start += count;
    }
    for (var tile = used + index; tile < params.tiles; tile += GROUP) {
        groups[tile * 3u + 2u] = 0u;
    }
    workgroupBarrier();
    for (var e = index; e < params.experts; e += GROUP) {
        atomicStore(&counts[e], starts[e / GROUP]);
    }
    workgroupBarrier();
    for (var slot = index; slot < params.slots; slot += GROUP) {
        groups[params.tiles * 3u + atomicAdd(&counts[routes[slot].x], 1u)] = slot;
    }
}
