// The op OP of an element and its partner.
fn apply(x: f32, y: f32) -> f32 {
    switch OP {
        case SWIGLU: { return silu(x) * y; }
        case GEGLU: { return gelu(x) * y; }
        default: { return x + y; }
    }
}
