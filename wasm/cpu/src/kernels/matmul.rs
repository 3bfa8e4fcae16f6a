//! `out[t] = w · x[t]`: matrix times one token or many, for every panel type.
//!
//! ```text
//! for tokens that fit the cache together:
//!     for panels p, p + P/4, p + P/2, p + 3P/4 (one token) or p (more):
//!         for each tile of four tokens (or one): acc[tokens][panels] = 0
//!             for each block: acc += w · x      # integers inside the block, f32 between blocks
//!             out = acc
//! ```
//! One token waits for memory, so it reads panels that lie far apart: four streams keep more of the memory's bandwidth
//! busy than one, and eight chains of sums hide their latency. Adjacent panels were slower than one at a time. Many
//! tokens wait for arithmetic, so four of them share each weight once it is unpacked.
//!
//! The loop over the two halves of 32 columns must stay a loop: LLVM, when it may unroll it, reorders the sums' chains
//! until they no longer fit the registers. Hence [`Halves`].

use std::array::from_fn;

use super::output::Output;
use super::pack::{self, TOKENS};
use crate::dot::Dot;
use crate::panel::{Halves, Matrix, Panel};
use crate::vector::LANES;

/// Bytes of activations worth working on together: most of the L2 that every machine of the last ten years has.
const CACHED: usize = 192 << 10;

/// Panels that one token reads at once.
pub const STREAMS: usize = 4;

/// `out[t] = w · x[t]` for the tokens and panels of `out`, which start at token 0; `x` is packed in the form of
/// [`Panel::NUMBERS`].
#[inline(always)]
pub fn matmul<V: Dot, P: Panel>(v: V, x: &[u32], w: &Matrix<P>, out: &mut Output<'_>) {
    match (V::TOKENS, out.tokens().end) {
        (1, _) => tiles::<V, P, 1>(v, x, w, out),
        (_, 1) => streams(v, x, w, out),
        _ => tiles::<V, P, TOKENS>(v, x, w, out),
    }
}

/// One token, [`STREAMS`] panels at once.
#[inline(always)]
fn streams<V: Dot, P: Panel>(v: V, x: &[u32], w: &Matrix<P>, out: &mut Output<'_>) {
    let (panels, halves) = (out.units(), Halves::hidden());
    let far = panels.len().div_ceil(STREAMS);
    for i in panels.start..panels.start + far {
        // Where they do not divide, some do their last panel twice.
        let panels: [usize; STREAMS] = from_fn(|stream| (i + stream * far).min(panels.end - 1));
        rows::<V, P, 1, STREAMS>(v, x, w, 0, panels, halves, out);
    }
}

/// Any number of tokens in tiles of `T`, panel by panel.
#[inline(always)]
fn tiles<V: Dot, P: Panel, const T: usize>(v: V, x: &[u32], w: &Matrix<P>, out: &mut Output<'_>) {
    let words = pack::words(P::NUMBERS.form::<V>(), w.row_len());
    let step = (CACHED / (words * 4).max(1)).max(1).next_multiple_of(T); // One tile of the widest rows.
    let (n, halves) = (out.tokens().end, Halves::hidden());
    for first in (0..n).step_by(step) {
        for i in out.units() {
            for t in (first..n.min(first + step)).step_by(T) {
                rows::<V, P, T, 1>(v, &x[t * words..], w, t, [i], halves, out);
            }
        }
    }
}

/// The rows of `NP` panels for the tile of tokens at the start of `x`, the first of which is token `t`.
#[inline(always)]
fn rows<V: Dot, P: Panel, const T: usize, const NP: usize>(
    v: V,
    x: &[u32],
    w: &Matrix<P>,
    t: usize,
    panels: [usize; NP],
    halves: Halves,
    out: &mut Output<'_>,
) {
    let words = pack::words(P::NUMBERS.form::<V>(), w.row_len());
    let acc = tile(v, x[..T * words].as_chunks::<T>().0, panels.map(|i| w.panel(i)), halves);
    for (k, acc) in acc.into_iter().enumerate() {
        for (acc, i) in acc.into_iter().zip(panels) {
            let out = out.get(t + k, i);
            match out.first_chunk_mut::<LANES>() {
                Some(out) => v.store(acc, out),
                None => v.store_part(acc, out),
            }
        }
    }
}

/// `acc[t][p] = w[p] · x[t]`, all of them as many blocks long.
#[inline(always)]
fn tile<V: Dot, P: Panel, const T: usize, const NP: usize>(
    v: V,
    x: &[[u32; T]],
    w: [&[P]; NP],
    halves: Halves,
) -> [[V::F; NP]; T] {
    let mut acc = [[v.splat(0.0); NP]; T];
    let words = pack::words(P::NUMBERS.form::<V>(), P::TYPE.block_len());
    for (b, x) in x.chunks_exact(words).enumerate() {
        P::accumulate(v, x, w.map(|w| &w[b]), halves, &mut acc);
    }
    acc
}
