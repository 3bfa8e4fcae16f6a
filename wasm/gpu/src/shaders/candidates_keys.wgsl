// Logits as whole numbers of the same order, whatever a device makes of NaNs, infinities and numbers near 0; the BLOCK that a
// workgroup has, each with its token; and what it leaves of them.
const NONE = 0u; // the key of a NaN and of −∞

var<workgroup> entries: array<vec2<u32>, BLOCK>; // key, token

fn key(bits: u32) -> u32 {
    let magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u || bits == 0xff800000u) {
        return NONE;
    }
    if (magnitude == 0u) {
        return 0x80000000u; // 0 and −0 are equal
    }
    return select(bits | 0x80000000u, ~bits, (bits >> 31u) == 1u);
}

fn bits_of(key: u32) -> u32 {
    if (key == NONE) {
        return 0xff800000u;
    }
    return select(~key, key & 0x7fffffffu, (key >> 31u) == 1u);
}

fn logit(key: u32) -> f32 {
    return bitcast<f32>(bits_of(key));
}

// The greater first; of equals the lower token.
fn ahead(a: vec2<u32>, b: vec2<u32>) -> bool {
    return a.x > b.x || (a.x == b.x && a.y < b.y);
}

// What `key` weighs beside the greatest, which is no less. Below e^-87 nothing is a normal number.
fn weight(key: u32, greatest: u32) -> f32 {
    if (key == NONE) {
        return 0.0;
    }
    return exp(max(logit(key) - logit(greatest), -87.0));
}
