//! Rotary position embedding (Su et al. 2021, RoFormer): pairs of a head's elements turn by an angle.

use wasm_chord_core::backend::RopePairing;

use crate::vector::{LANES, Vector};

/// Turns the first `2 × cos.len()` elements of `head` in place.
#[inline(always)]
pub fn rope<V: Vector>(v: V, head: &mut [f32], cos: &[f32], sin: &[f32], pairing: RopePairing) {
    let turned = &mut head[..2 * cos.len()];
    match pairing {
        RopePairing::Adjacent => adjacent(v, turned, cos, sin),
        RopePairing::Halves => halves(v, turned, cos, sin),
    }
}

#[inline(always)]
fn turn<V: Vector>(v: V, a: V::F, b: V::F, cos: V::F, sin: V::F) -> (V::F, V::F) {
    (v.sub(v.mul(a, cos), v.mul(b, sin)), v.mul_add(a, sin, v.mul(b, cos)))
}

#[inline(always)]
fn adjacent<V: Vector>(v: V, x: &mut [f32], cos: &[f32], sin: &[f32]) {
    let (chunks, rest) = x.as_chunks_mut::<{ 2 * LANES }>();
    let ((cos, cos_rest), (sin, sin_rest)) = (cos.as_chunks::<LANES>(), sin.as_chunks::<LANES>());
    for ((x, cos), sin) in chunks.iter_mut().zip(cos).zip(sin) {
        let [low, high] = x.as_chunks_mut::<LANES>().0 else { continue };
        let (a, b) = v.unzip(v.load(low), v.load(high));
        let (a, b) = turn(v, a, b, v.load(cos), v.load(sin));
        let (first, second) = v.zip(a, b);
        v.store(first, low);
        v.store(second, high);
    }
    for (([a, b], cos), sin) in rest.as_chunks_mut::<2>().0.iter_mut().zip(cos_rest).zip(sin_rest) {
        (*a, *b) = (*a * cos - *b * sin, *a * sin + *b * cos);
    }
}

#[inline(always)]
fn halves<V: Vector>(v: V, x: &mut [f32], cos: &[f32], sin: &[f32]) {
    let (a, b) = x.split_at_mut(cos.len());
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks_mut::<LANES>(), b.as_chunks_mut::<LANES>());
    let ((cos, cos_rest), (sin, sin_rest)) = (cos.as_chunks::<LANES>(), sin.as_chunks::<LANES>());
    for (((a, b), cos), sin) in a.iter_mut().zip(b).zip(cos).zip(sin) {
        let (x, y) = turn(v, v.load(a), v.load(b), v.load(cos), v.load(sin));
        v.store(x, a);
        v.store(y, b);
    }
    for (((a, b), cos), sin) in a_rest.iter_mut().zip(b_rest).zip(cos_rest).zip(sin_rest) {
        (*a, *b) = (*a * cos - *b * sin, *a * sin + *b * cos);
    }
}
