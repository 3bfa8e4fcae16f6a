//! Root-mean-square normalisation (Zhang & Sennrich 2019).

use crate::vector::{LANES, Vector};

/// `out[i] = x[i] / sqrt(mean(x²) + eps) × weight[i]`, for one row; all three are as long.
#[inline(always)]
pub fn rms_norm<V: Vector>(v: V, x: &[f32], weight: &[f32], eps: f32, out: &mut [f32]) {
    let (rows, rest) = x.as_chunks::<LANES>();
    let last = v.load_part(rest, 0.0);
    let mut squares = v.mul(last, last);
    for x in rows {
        let x = v.load(x);
        squares = v.mul_add(x, x, squares);
    }
    let scale = v.splat(1.0 / (v.sum(squares) / x.len() as f32 + eps).sqrt());
    let (weights, weights_rest) = weight.as_chunks::<LANES>();
    let (outs, outs_rest) = out.as_chunks_mut::<LANES>();
    for ((x, weight), out) in rows.iter().zip(weights).zip(outs) {
        v.store(v.mul(v.mul(v.load(x), scale), v.load(weight)), out);
    }
    v.store_part(v.mul(v.mul(last, scale), v.load_part(weights_rest, 0.0)), outs_rest);
}
