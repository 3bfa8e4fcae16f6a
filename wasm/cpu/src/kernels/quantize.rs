//! Activations to whole numbers, 32 to a scale, as the quantised panels take them.

use crate::panel::Activations;
use crate::vector::{LANES, Vector};

/// Below this largest value a block counts as zero: the inverse of its scale would overflow.
const TINY: f32 = 1e-30;

/// `out[b] = round(x[b] / scale)`, `scale = max|x[b]| / 127`, for each block of 32. Ties go to even.
#[inline(always)]
pub fn quantize<V: Vector>(v: V, x: &[f32], out: &mut [Activations]) {
    for (x, out) in x.as_chunks::<32>().0.iter().zip(out) {
        let x = x.as_chunks::<LANES>().0;
        let mut largest = v.splat(0.0);
        for x in x {
            largest = v.max(largest, v.abs(v.load(x)));
        }
        let largest = v.max_lane(largest);
        let inverse = v.splat(if largest > TINY { 127.0 / largest } else { 0.0 });
        let mut sum = v.splat_i32(0);
        for (x, pairs) in x.iter().zip(out.pairs.as_chunks_mut::<{ LANES / 2 }>().0) {
            let q = v.round(v.mul(v.load(x), inverse));
            sum = v.add_i32(sum, q);
            v.store_pairs(q, pairs);
        }
        out.scale = largest / 127.0;
        out.offset = v.sum_i32(sum).wrapping_mul(-8);
    }
}
