//! Attention over the KV cache.
//!
//! ```text
//! for each key head, for up to four queries that read it (of a group's heads and of successive tokens):
//!     scores[q][position] = softcap(keys · q × scale)      # a matrix product: eight positions are a panel
//!     scores[q][out of sight] = -inf
//!     scores[q] = exp(scores[q] - max), sum[q]
//!     out[q] = values · scores[q] / sum[q]
//! ```
//! Keys and values are read once for the four. Softmax takes two passes over the scores, which stay in the cache:
//! 64 KiB at 4096 positions.

use std::array::from_fn;
use std::ops::Range;

use wasm_chord_core::backend::AttentionParams;

use super::exp::{capped, softmax_terms};
use crate::kv_cache::{CHUNK, KvCache};
use crate::panel::float_products;
use crate::vector::{LANES, Vector};

/// Queries that share keys and values.
const QUERIES: usize = 4;
/// Positions are scored in whole groups of this many: the four panels that a lone query takes at once.
const GROUP: usize = 4 * LANES;

/// One call's inputs, checked by the backend.
#[derive(Clone, Copy, Debug)]
pub struct Attention<'a> {
    /// Queries, `[n, n_heads × head_dim]`.
    pub q: &'a [f32],
    /// Keys and values, written up to `pos + n`.
    pub cache: &'a KvCache,
    /// Heads, scale, window and soft cap.
    pub params: AttentionParams,
    /// The first query's position.
    pub pos: usize,
    /// Queries.
    pub n: usize,
}

impl Attention<'_> {
    /// Scratch that a call over `positions` needs, in vectors.
    pub fn scores_len(positions: usize) -> usize {
        QUERIES * (positions.next_multiple_of(GROUP) / LANES)
    }
}

/// `out = softmax(q · keys) · values`, `[n, n_heads × head_dim]`; `scores` is scratch of [`Attention::scores_len`].
#[inline(always)]
pub fn attention<V: Vector>(v: V, a: &Attention<'_>, scores: &mut [[f32; LANES]], out: &mut [f32]) {
    let queries = a.n * (a.params.n_heads / a.params.n_kv_heads);
    for head in 0..a.params.n_kv_heads {
        for first in (0..queries).step_by(QUERIES) {
            match queries - first {
                1 => some_queries::<V, 1, 4>(v, a, head, first, scores, out),
                2 => some_queries::<V, 2, 2>(v, a, head, first, scores, out),
                3 => some_queries::<V, 3, 1>(v, a, head, first, scores, out),
                _ => some_queries::<V, QUERIES, 1>(v, a, head, first, scores, out),
            }
        }
    }
}

/// Queries `first..first + T` of those that read key head `head`, `NP` panels or vectors at once.
#[inline(always)]
fn some_queries<V: Vector, const T: usize, const NP: usize>(
    v: V,
    a: &Attention<'_>,
    head: usize,
    first: usize,
    scores: &mut [[f32; LANES]],
    out: &mut [f32],
) {
    let AttentionParams { n_heads, n_kv_heads, head_dim, window, causal, .. } = a.params;
    let group = n_heads / n_kv_heads;
    let token: [usize; T] = from_fn(|t| (first + t) / group);
    let at = from_fn(|t| (token[t] * n_heads + head * group + (first + t) % group) * head_dim);
    // A query sees positions start..end; all of the tile's are scored from `low` to `high`.
    let end = token.map(|token| if causal { a.pos + token + 1 } else { a.pos + a.n });
    let start = token.map(|token| window.map_or(0, |window| (a.pos + token + 1).saturating_sub(window)));
    let (low, high) = (start[0] / GROUP * GROUP, end[T - 1].next_multiple_of(GROUP));
    let len = (high - low) / LANES;

    score::<V, T, NP>(v, a, head, at.map(|at| &a.q[at..at + head_dim]), low / LANES, &mut scores[..T * len]);
    let mut inverse = [0.0; T];
    for (t, scores) in scores.chunks_exact_mut(len).take(T).enumerate() {
        let flat = scores.as_flattened_mut();
        flat[..start[t] - low].fill(f32::NEG_INFINITY);
        flat[end[t] - low..].fill(f32::NEG_INFINITY);
        inverse[t] = 1.0 / softmax_terms(v, scores);
    }
    let positions = start[0]..end[T - 1];
    let terms = from_fn(|t| &scores[t * len..][..len].as_flattened()[start[0] - low..positions.end - low]);
    mix::<V, T, NP>(v, a, head, positions, terms, inverse, at.map(|at| at..at + head_dim), out);
}

/// `scores[t][position] = softcap(q[t] · key × scale)`, whole groups from panel `first` until `scores` is full.
#[inline(always)]
fn score<V: Vector, const T: usize, const NP: usize>(
    v: V,
    a: &Attention<'_>,
    head: usize,
    q: [&[f32]; T],
    first: usize,
    scores: &mut [[f32; LANES]],
) {
    let scale = v.splat(a.params.scale);
    let len = scores.len() / T;
    for panel in (0..len).step_by(NP) {
        let tile = float_products(v, q, from_fn::<_, NP, _>(|p| a.cache.keys(head, first + panel + p)));
        for (t, row) in tile.into_iter().enumerate() {
            for (p, score) in row.into_iter().enumerate() {
                let mut score = v.mul(score, scale);
                if let Some(cap) = a.params.softcap {
                    score = capped(v, score, cap);
                }
                v.store(score, &mut scores[t * len + panel + p]);
            }
        }
    }
}

/// `out[t] = inverse[t] × values · terms[t]`, over `positions`.
#[inline(always)]
#[allow(clippy::too_many_arguments, reason = "an inlined step of one function, with no sense of its own")]
fn mix<V: Vector, const T: usize, const NP: usize>(
    v: V,
    a: &Attention<'_>,
    head: usize,
    positions: Range<usize>,
    terms: [&[f32]; T],
    inverse: [f32; T],
    at: [Range<usize>; T],
    out: &mut [f32],
) {
    let mut d = 0;
    while d < a.cache.value_len() {
        let width = if d + NP <= a.cache.value_len() { NP } else { 1 };
        let columns = d * LANES..(d + width) * LANES;
        if width == NP {
            put(v, weigh::<V, T, NP>(v, a.cache, head, d, &positions, terms), inverse, &at, columns, out);
        } else {
            put(v, weigh::<V, T, 1>(v, a.cache, head, d, &positions, terms), inverse, &at, columns, out);
        }
        d += width;
    }
}

/// `values[.., d..d + D] · terms[t]`, over `positions`.
#[inline(always)]
fn weigh<V: Vector, const T: usize, const D: usize>(
    v: V,
    cache: &KvCache,
    head: usize,
    d: usize,
    positions: &Range<usize>,
    terms: [&[f32]; T],
) -> [[V::F; D]; T] {
    let value_len = cache.value_len();
    let mut acc = [[v.splat(0.0); D]; T];
    for chunk in positions.start / CHUNK..positions.end.div_ceil(CHUNK) {
        let (from, to) = (positions.start.max(chunk * CHUNK), positions.end.min((chunk + 1) * CHUNK));
        let values = &cache.values(head, chunk)[from % CHUNK * value_len..][..(to - from) * value_len];
        let terms = terms.map(|terms| &terms[from - positions.start..to - positions.start]);
        for (j, value) in values.chunks_exact(value_len).enumerate() {
            for (i, value) in value[d..d + D].iter().enumerate() {
                let value = v.load(value);
                for t in 0..T {
                    acc[t][i] = v.mul_add(value, v.splat(terms[t][j]), acc[t][i]);
                }
            }
        }
    }
    acc
}

/// Stores `inverse[t] × acc[t]` to columns `columns` of head `at[t]` of `out`, or to as many as the head has.
#[inline(always)]
fn put<V: Vector, const T: usize, const D: usize>(
    v: V,
    acc: [[V::F; D]; T],
    inverse: [f32; T],
    at: &[Range<usize>; T],
    columns: Range<usize>,
    out: &mut [f32],
) {
    for ((acc, inverse), at) in acc.into_iter().zip(inverse).zip(at) {
        let head = &mut out[at.clone()];
        let columns = columns.start..columns.end.min(head.len());
        for (acc, out) in acc.into_iter().zip(head[columns].chunks_mut(LANES)) {
            v.store_part(v.mul(acc, v.splat(inverse)), out);
        }
    }
}
