//! The exponential and what is made of it: SwiGLU, the softmax's terms, tanh for soft-capped scores.

use crate::vector::{LANES, Vector};

/// Below this the result would be subnormal; it is 0.
const LOWEST: f32 = -87.3;
/// Above this the result would overflow; it stays at `exp(88)`.
const HIGHEST: f32 = 88.0;
/// ln 2 in two parts; the first has 9 bits, so that its product with a whole number is exact.
const LN2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];

/// `exp(x)` to a relative error of 3e-7 between -87.3 and 88; 0 below, `exp(88)` above.
///
/// `2^n × exp(r)` with `x = n ln 2 + r`, `|r| <= ln 2 / 2`: Taylor's series to the seventh power leaves 5e-9.
#[inline(always)]
pub fn exp<V: Vector>(v: V, x: V::F) -> V::F {
    let lowest = v.splat(LOWEST);
    let clamped = v.max(v.min(x, v.splat(HIGHEST)), lowest);
    let n = v.round(v.mul(clamped, v.splat(std::f32::consts::LOG2_E)));
    let mut r = clamped;
    for part in &LN2 {
        r = v.sub(r, v.mul(v.to_f32(n), v.splat(*part)));
    }
    let mut sum = v.splat(1.0 / 5040.0);
    for term in &[1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        sum = v.mul_add(sum, r, v.splat(*term));
    }
    v.zero_below(x, lowest, v.mul(sum, v.exp2(n)))
}

/// `tanh(x)` to an absolute error of 4e-7.
#[inline(always)]
pub fn tanh<V: Vector>(v: V, x: V::F) -> V::F {
    let one = v.splat(1.0);
    let e = exp(v, v.add(x, x));
    v.sub(one, v.div(v.splat(2.0), v.add(e, one)))
}

/// `g / (1 + exp(-g)) × u`.
#[inline(always)]
fn silu_times<V: Vector>(v: V, g: V::F, u: V::F) -> V::F {
    let e = exp(v, v.sub(v.splat(0.0), g));
    v.mul(v.div(g, v.add(v.splat(1.0), e)), u)
}

/// `gate[i] = gate[i] / (1 + exp(-gate[i])) × up[i]`.
#[inline(always)]
pub fn swiglu<V: Vector>(v: V, gate: &mut [f32], up: &[f32]) {
    let (gate, gate_rest) = gate.as_chunks_mut::<LANES>();
    let (up, up_rest) = up.as_chunks::<LANES>();
    for (g, u) in gate.iter_mut().zip(up) {
        v.store(silu_times(v, v.load(g), v.load(u)), g);
    }
    let rest = silu_times(v, v.load_part(gate_rest, 0.0), v.load_part(up_rest, 0.0));
    v.store_part(rest, gate_rest);
}

/// `x[i] = exp(x[i] - max x)`, and their sum. Minus infinity becomes 0; one element at least must be finite.
#[inline(always)]
pub fn softmax_terms<V: Vector>(v: V, x: &mut [[f32; LANES]]) -> f32 {
    let mut max = v.splat(f32::NEG_INFINITY);
    for x in x.iter() {
        max = v.max(max, v.load(x));
    }
    let max = v.splat(v.max_lane(max));
    let mut sum = v.splat(0.0);
    for x in x {
        let e = exp(v, v.sub(v.load(x), max));
        sum = v.add(sum, e);
        v.store(e, x);
    }
    v.sum(sum)
}
