//! Normalisation of one row: by its root mean square (Zhang & Sennrich 2019), and by mean and variance (Ba et al. 2016).

use crate::vector::{LANES, Vector};

/// `out[i] = x[i] / sqrt(mean(x²) + eps) × weight[i]`, for one row; all three are as long.
#[inline(always)]
pub fn rms_norm<V: Vector>(v: V, x: &[f32], weight: &[f32], eps: f32, out: &mut [f32]) {
    let scale = v.splat(inverse_rms(v, x, 0.0, eps));
    let (rows, rest) = x.as_chunks::<LANES>();
    let (weights, weights_rest) = weight.as_chunks::<LANES>();
    let (outs, outs_rest) = out.as_chunks_mut::<LANES>();
    for ((x, weight), out) in rows.iter().zip(weights).zip(outs) {
        v.store(v.mul(v.mul(v.load(x), scale), v.load(weight)), out);
    }
    let last = v.mul(v.mul(v.load_part(rest, 0.0), scale), v.load_part(weights_rest, 0.0));
    v.store_part(last, outs_rest);
}

/// [`rms_norm`] of a row where it is.
#[inline(always)]
pub fn rms_norm_in_place<V: Vector>(v: V, x: &mut [f32], weight: &[f32], eps: f32) {
    let scale = v.splat(inverse_rms(v, x, 0.0, eps));
    let (rows, rest) = x.as_chunks_mut::<LANES>();
    let (weights, weights_rest) = weight.as_chunks::<LANES>();
    for (x, weight) in rows.iter_mut().zip(weights) {
        v.store(v.mul(v.mul(v.load(x), scale), v.load(weight)), x);
    }
    let last = v.mul(v.mul(v.load_part(rest, 0.0), scale), v.load_part(weights_rest, 0.0));
    v.store_part(last, rest);
}

/// `out[i] = (x[i] - mean(x)) / sqrt(variance(x) + eps) × weight[i] + bias[i]`, for one row; all are as long, or `bias` is
/// empty and adds nothing.
#[inline(always)]
pub fn layer_norm<V: Vector>(v: V, x: &[f32], weight: &[f32], bias: &[f32], eps: f32, out: &mut [f32]) {
    let mean = mean(v, x);
    let (middle, scale) = (v.splat(mean), v.splat(inverse_rms(v, x, mean, eps)));
    let (rows, rest) = x.as_chunks::<LANES>();
    let (weights, weights_rest) = weight.as_chunks::<LANES>();
    let (outs, outs_rest) = out.as_chunks_mut::<LANES>();
    let mut biases = bias.chunks(LANES);
    for ((x, weight), out) in rows.iter().zip(weights).zip(outs) {
        let bias = v.load_part(biases.next().unwrap_or_default(), 0.0);
        v.store(v.mul_add(v.mul(v.sub(v.load(x), middle), scale), v.load(weight), bias), out);
    }
    let bias = v.load_part(biases.next().unwrap_or_default(), 0.0);
    let last = v.sub(v.load_part(rest, 0.0), middle);
    v.store_part(v.mul_add(v.mul(last, scale), v.load_part(weights_rest, 0.0), bias), outs_rest);
}

#[inline(always)]
fn mean<V: Vector>(v: V, x: &[f32]) -> f32 {
    let (rows, rest) = x.as_chunks::<LANES>();
    let mut sum = v.load_part(rest, 0.0);
    for x in rows {
        sum = v.add(sum, v.load(x));
    }
    v.sum(sum) / x.len() as f32
}

/// `1 / sqrt(mean((x - middle)²) + eps)`.
#[inline(always)]
fn inverse_rms<V: Vector>(v: V, x: &[f32], middle: f32, eps: f32) -> f32 {
    let (rows, rest) = x.as_chunks::<LANES>();
    let at = v.splat(middle);
    let last = v.sub(v.load_part(rest, middle), at);
    let mut squares = v.mul(last, last);
    for x in rows {
        let x = v.sub(v.load(x), at);
        squares = v.mul_add(x, x, squares);
    }
    1.0 / (v.sum(squares) / x.len() as f32 + eps).sqrt()
}
