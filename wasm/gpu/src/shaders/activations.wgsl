const GELU = 0u;
const SCALE = 1u;
const SOFTCAP = 2u;
const ZERO = 3u;
const SWIGLU = 4u;
const GEGLU = 5u;
const ADD = 6u;

// tanh is 1 to the last bit from 9.1 on, and of large numbers a device may make no number at all.
fn bounded_tanh(x: f32) -> f32 {
    return tanh(clamp(x, -15.0, 15.0));
}

// The tanh form (Hendrycks & Gimpel 2016).
fn gelu(x: f32) -> f32 {
    return 0.5 * x * (1.0 + bounded_tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
}

fn silu(x: f32) -> f32 {
    return x / (1.0 + exp(min(-x, 80.0)));
}
