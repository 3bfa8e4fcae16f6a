//! `out[t] = w · x[t]`: matrix times one token or many, for every panel type.
//!
//! ```text
//! for tokens that fit the cache together:
//!     for panels p, p + P/4, p + P/2, p + 3P/4 (one token), p, p + P/2 (two) or p (more):
//!         for each four tokens: acc[tokens][panels] = 0
//!             for each block: acc += w · x      # integers inside the block, f32 between blocks
//!             out = acc
//! ```
//! Few tokens wait for memory, so they read panels that lie far apart: four streams keep more of the memory's bandwidth
//! busy than one, and eight chains of sums hide their latency. Adjacent panels were slower than one at a time. Many
//! tokens wait for arithmetic, so four of them share each weight once it is widened.

use std::array::from_fn;

use crate::panel::{Matrix, Panel};
use crate::vector::{LANES, Vector};

/// Bytes of activations worth working on together: most of the L2 that every machine of the last ten years has.
const CACHED: usize = 192 << 10;

/// Tokens that share each weight.
const TOKENS: usize = 4;

/// `out[t] = w · x[t]` for `n` tokens; `x` is `[n, blocks]`, `out` `[n, rows]`.
#[inline(always)]
pub fn matmul<V: Vector, P: Panel>(v: V, x: &[P::Input], w: &Matrix<P>, out: &mut [f32], n: usize) {
    let (blocks, rows) = (w.blocks(), w.rows());
    let step = (CACHED / (blocks * size_of::<P::Input>()).max(1)).next_multiple_of(TOKENS);
    for first in (0..n).step_by(step) {
        let (x, out) = (&x[first * blocks..], &mut out[first * rows..]);
        match n.min(first + step) - first {
            1 => far_panels::<V, P, 1, 4>(v, x, w, out),
            2 => far_panels::<V, P, 2, 2>(v, x, w, out),
            n => each_panel(v, x, w, out, n),
        }
    }
}

/// All rows for `T` tokens, `NP` streams at once.
#[inline(always)]
fn far_panels<V: Vector, P: Panel, const T: usize, const NP: usize>(
    v: V,
    x: &[P::Input],
    w: &Matrix<P>,
    out: &mut [f32],
) {
    let panels = w.rows().div_ceil(LANES);
    let far = panels / NP;
    for i in 0..far {
        rows::<V, P, T, NP>(v, x, w, out, 0, from_fn(|stream| i + stream * far));
    }
    for i in far * NP..panels {
        rows::<V, P, T, 1>(v, x, w, out, 0, [i]);
    }
}

/// All rows for `n` tokens, panel by panel.
#[inline(always)]
fn each_panel<V: Vector, P: Panel>(v: V, x: &[P::Input], w: &Matrix<P>, out: &mut [f32], n: usize) {
    let whole = n - n % TOKENS;
    for i in 0..w.rows().div_ceil(LANES) {
        for t in (0..whole).step_by(TOKENS) {
            rows::<V, P, TOKENS, 1>(v, x, w, out, t, [i]);
        }
        match n - whole {
            1 => rows::<V, P, 1, 1>(v, x, w, out, whole, [i]),
            2 => rows::<V, P, 2, 1>(v, x, w, out, whole, [i]),
            3 => rows::<V, P, 3, 1>(v, x, w, out, whole, [i]),
            _ => {}
        }
    }
}

/// The rows of `NP` panels for tokens `t..t + T`.
#[inline(always)]
fn rows<V: Vector, P: Panel, const T: usize, const NP: usize>(
    v: V,
    x: &[P::Input],
    w: &Matrix<P>,
    out: &mut [f32],
    t: usize,
    panels: [usize; NP],
) {
    let (blocks, rows) = (w.blocks(), w.rows());
    let acc = tile(v, from_fn::<_, T, _>(|k| &x[(t + k) * blocks..][..blocks]), panels.map(|i| w.panel(i)));
    for (k, acc) in acc.into_iter().enumerate() {
        let out = &mut out[(t + k) * rows..][..rows];
        for (acc, i) in acc.into_iter().zip(panels) {
            match out[i * LANES..].first_chunk_mut() {
                Some(out) => v.store(acc, out),
                None => v.store_part(acc, &mut out[i * LANES..]),
            }
        }
    }
}

/// `acc[t][p] = w[p] · x[t]`, all of them as many blocks long.
#[inline(always)]
pub fn tile<V: Vector, P: Panel, const T: usize, const NP: usize>(
    v: V,
    x: [&[P::Input]; T],
    w: [&[P]; NP],
) -> [[V::F; NP]; T] {
    let mut acc = [[v.splat(0.0); NP]; T];
    let blocks = w[0].len();
    for b in 0..blocks {
        P::accumulate(v, x.map(|x| &x[b]), w.map(|w| &w[b]), &mut acc);
    }
    acc
}
