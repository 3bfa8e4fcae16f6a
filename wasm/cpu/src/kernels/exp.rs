//! The exponential and what is made of it: SwiGLU, GELU, the softmax's terms, tanh for soft caps.

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

/// `x / (1 + exp(-z))`: SiLU where `z` is `x`.
#[inline(always)]
fn gate<V: Vector>(v: V, x: V::F, z: V::F) -> V::F {
    let e = exp(v, v.sub(v.splat(0.0), z));
    v.div(x, v.add(v.splat(1.0), e))
}

/// `x/2 × (1 + tanh(√(2/π) (x + 0.044715 x³)))`, by `(1 + tanh(y)) / 2 = 1 / (1 + exp(-2y))`.
#[inline(always)]
fn gelu_of<V: Vector>(v: V, x: V::F) -> V::F {
    let twice = 2.0 * std::f32::consts::FRAC_2_SQRT_PI * std::f32::consts::FRAC_1_SQRT_2; // 2 √(2/π)
    let factor = v.mul_add(v.mul(x, x), v.splat(twice * 0.044_715), v.splat(twice));
    gate(v, x, v.mul(x, factor))
}

/// `x[i] = f(x[i])`.
#[inline(always)]
fn map<V: Vector>(v: V, x: &mut [f32], f: impl Fn(V::F) -> V::F) {
    let (x, rest) = x.as_chunks_mut::<LANES>();
    for x in x {
        v.store(f(v.load(x)), x);
    }
    v.store_part(f(v.load_part(rest, 0.0)), rest);
}

/// `x[i] = f(x[i]) × y[i]`.
#[inline(always)]
fn map_times<V: Vector>(v: V, x: &mut [f32], y: &[f32], f: impl Fn(V::F) -> V::F) {
    let (x, x_rest) = x.as_chunks_mut::<LANES>();
    let (y, y_rest) = y.as_chunks::<LANES>();
    for (x, y) in x.iter_mut().zip(y) {
        v.store(v.mul(f(v.load(x)), v.load(y)), x);
    }
    v.store_part(v.mul(f(v.load_part(x_rest, 0.0)), v.load_part(y_rest, 0.0)), x_rest);
}

/// `gate[i] = gate[i] / (1 + exp(-gate[i])) × up[i]`.
#[inline(always)]
pub fn swiglu<V: Vector>(v: V, gate_in: &mut [f32], up: &[f32]) {
    map_times(
        v,
        gate_in,
        up,
        #[inline(always)]
        |g| gate(v, g, g),
    );
}

/// `gate[i] = gelu(gate[i]) × up[i]`.
#[inline(always)]
pub fn geglu<V: Vector>(v: V, gate: &mut [f32], up: &[f32]) {
    map_times(
        v,
        gate,
        up,
        #[inline(always)]
        |g| gelu_of(v, g),
    );
}

/// `x[i] = gelu(x[i])`.
#[inline(always)]
pub fn gelu<V: Vector>(v: V, x: &mut [f32]) {
    map(
        v,
        x,
        #[inline(always)]
        |x| gelu_of(v, x),
    );
}

/// `x[i] = cap × tanh(x[i] / cap)`.
#[inline(always)]
pub fn softcap<V: Vector>(v: V, x: &mut [f32], cap: f32) {
    map(
        v,
        x,
        #[inline(always)]
        |x| capped(v, x, cap),
    );
}

/// `cap × tanh(x / cap)`.
#[inline(always)]
pub fn capped<V: Vector>(v: V, x: V::F, cap: f32) -> V::F {
    v.mul(v.splat(cap), tanh(v, v.mul(x, v.splat(1.0 / cap))))
}

/// What [`softmax_terms`] says of the numbers so far.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// The largest of all.
    pub max: f32,
    /// `exp(max before - max)`: the factor for terms of earlier numbers.
    pub old: f32,
    /// The sum of the new terms.
    pub sum: f32,
}

/// `x[i] = exp(x[i] - max) × factor`, where the maximum is over `x` and `max`, that of earlier numbers. Minus infinity
/// becomes 0, also where there is nothing else. The factor is in none of what is returned.
#[inline(always)]
pub fn softmax_terms<V: Vector>(v: V, x: &mut [[f32; LANES]], max: f32, factor: f32) -> Terms {
    let before = max;
    let mut max = v.splat(before);
    for x in x.iter() {
        max = v.max(max, v.load(x));
    }
    let max = v.max_lane(max);
    let base = v.splat(if max == f32::NEG_INFINITY { 0.0 } else { max });
    let mut sum = v.splat(0.0);
    for x in x {
        let e = exp(v, v.sub(v.load(x), base));
        sum = v.add(sum, e);
        v.store(v.mul(e, v.splat(factor)), x);
    }
    let old = if before == f32::NEG_INFINITY { 0.0 } else { (before - max).exp() };
    Terms { max, old, sum: v.sum(sum) }
}
