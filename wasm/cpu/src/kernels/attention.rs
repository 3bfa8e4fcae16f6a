//! Attention over the KV cache, a chunk of positions at a time (Dao et al. 2022, FlashAttention; the running maximum is
//! Milakov & Gimelshein 2018).
//!
//! ```text
//! for each key head, for up to four queries that read it (of a group's heads and of successive tokens):
//!     max[q] = -inf, sum[q] = 0, out[q] = 0
//!     for each chunk of positions:
//!         scores[q][position] = softcap(keys · q × scale)      # a matrix product: eight positions are a panel
//!         scores[q][out of sight] = -inf
//!         new[q] = max(max[q], scores[q]), old[q] = exp(max[q] - new[q]), max[q] = new[q]
//!         scores[q] = exp(scores[q] - max[q]), sum[q] = sum[q] × old[q] + Σ scores[q]
//!         out[q] = out[q] × old[q] + values · scores[q]
//!     out[q] = out[q] / sum[q]
//! ```
//! Keys and values are read once for the four, and the scores never leave the L1.
//!
//! A long context can be cut between threads: each attends to some of the positions and says how much they weigh
//! together, `max + ln sum`, by which [`merge`] adds the parts (Dao et al. 2023, Flash-Decoding).

use std::array::from_fn;
use std::ops::Range;

use wasm_chord_core::backend::AttentionParams;

use super::exp::{capped, softmax_terms};
use super::output::Output;
use crate::kv_cache::{CHUNK, Cache, Element, KvCache};
use crate::vector::{LANES, Vector};

/// Queries that share keys and values.
pub const QUERIES: usize = 4;
/// Panels of keys in a chunk.
const PANELS: usize = CHUNK / LANES;
/// Elements of queries that are made ready together; few models have longer heads.
const SEGMENT: usize = 256;

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
    /// Query heads that read one key head.
    pub fn group(&self) -> usize {
        self.params.n_heads / self.params.n_kv_heads
    }

    /// The positions that token `token` sees.
    pub fn sight(&self, token: usize) -> Range<usize> {
        let end = if self.params.causal { self.pos + token + 1 } else { self.pos + self.n };
        self.params.window.map_or(0, |window| (self.pos + token + 1).saturating_sub(window))..end
    }
}

/// Some of the positions, and where what they weigh together goes: for each query head of the part's key heads,
/// `ln Σ exp(score)`, in `[parts, n_heads]`.
#[derive(Debug)]
pub struct Share<'a> {
    /// The positions.
    pub positions: Range<usize>,
    /// The weights of all parts, in units of [`Attention::group`]; this part's row is its number.
    pub weights: Output<'a>,
}

/// `out = softmax(q · keys) · values` for the tokens and key heads of `out`, which is `[n, n_heads × head_dim]` in units of
/// a key head's queries.
///
/// With a share of the positions it is over those, for the one token there is, and the row of `out` is the number of the
/// share.
#[inline(always)]
pub fn attention<V: Vector>(v: V, a: &Attention<'_>, share: Option<Share<'_>>, out: &mut Output<'_>) {
    match a.cache {
        KvCache::F32(cache) => over(v, a, cache, share, out),
        KvCache::F16(cache) => over(v, a, cache, share, out),
    }
}

/// The same over the cache's elements.
#[inline(always)]
fn over<V: Vector, E: Element>(
    v: V,
    a: &Attention<'_>,
    cache: &Cache<E>,
    share: Option<Share<'_>>,
    out: &mut Output<'_>,
) {
    let (group, rows) = (a.group(), out.tokens());
    let (mut share, tokens) = match share {
        Some(share) => (Some(share), 0..1),
        None => (None, rows.clone()),
    };
    for head in out.units() {
        let queries = tokens.start * group..tokens.end * group;
        for first in queries.clone().step_by(QUERIES) {
            let to = Queries { head, first, row: rows.start.wrapping_sub(tokens.start) };
            match queries.end - first {
                1 => some_queries::<V, E, 1, 4>(v, a, cache, to, &mut share, out),
                2 => some_queries::<V, E, 2, 2>(v, a, cache, to, &mut share, out),
                3 => some_queries::<V, E, 3, 1>(v, a, cache, to, &mut share, out),
                _ => some_queries::<V, E, QUERIES, 1>(v, a, cache, to, &mut share, out),
            }
        }
    }
}

/// Which queries are attended to.
#[derive(Clone, Copy)]
struct Queries {
    /// The key head they read.
    head: usize,
    /// The first of them, among those of all tokens that read it.
    first: usize,
    /// The row of the result for token 0, wrapping.
    row: usize,
}

/// `T` queries, `NP` panels or vectors at once.
#[inline(always)]
fn some_queries<V: Vector, E: Element, const T: usize, const NP: usize>(
    v: V,
    a: &Attention<'_>,
    cache: &Cache<E>,
    queries: Queries,
    share: &mut Option<Share<'_>>,
    out: &mut Output<'_>,
) {
    let (group, Queries { head, first, row }) = (a.group(), queries);
    let AttentionParams { n_heads, head_dim, .. } = a.params;
    let token: [usize; T] = from_fn(|t| (first + t) / group);
    let in_group: [usize; T] = from_fn(|t| (first + t) % group);
    let q = from_fn(|t| &a.q[(token[t] * n_heads + head * group + in_group[t]) * head_dim..][..head_dim]);
    let sight: [Range<usize>; T] = from_fn(|t| clip(a.sight(token[t]), share.as_ref()));
    let mut head_out = Heads { out, row: token.map(|token| row.wrapping_add(token)), head, in_group, head_dim };

    let (mut max, mut sum) = ([f32::NEG_INFINITY; T], [0.0; T]);
    let mut scores = [[[0.0; LANES]; PANELS]; T];
    for chunk in sight[0].start / CHUNK..sight[T - 1].end.div_ceil(CHUNK) {
        let positions = chunk * CHUNK..(chunk + 1) * CHUNK;
        let seen = positions.start.max(sight[0].start)..positions.end.min(sight[T - 1].end);
        score::<V, E, T, NP>(v, a, cache, head, q, seen.clone(), &mut scores);
        let mut old = [0.0; T];
        for t in 0..T {
            let scores = &mut scores[t][..(seen.end - positions.start).div_ceil(LANES)];
            let flat = scores.as_flattened_mut();
            let [start, end] = [sight[t].start, sight[t].end].map(|at| at.clamp(positions.start, positions.end));
            flat[..start - positions.start].fill(f32::NEG_INFINITY);
            let hidden = (end - positions.start).min(flat.len());
            flat[hidden..].fill(f32::NEG_INFINITY);
            let terms = softmax_terms(v, scores, max[t], E::unit::<V>());
            (old[t], max[t], sum[t]) = (terms.old, terms.max, sum[t] * terms.old + terms.sum);
        }
        let inside = seen.start - positions.start..seen.end - positions.start;
        let terms = from_fn(|t| &scores[t].as_flattened()[inside.clone()]);
        let (value_len, mut d) = (cache.value_len(), 0);
        while d < value_len {
            let values = |i| &cache.values(head, chunk, d + i)[inside.clone()];
            if d + NP <= value_len {
                head_out.mix::<V, E, NP>(v, d, from_fn(values), terms, old);
                d += NP;
            } else {
                head_out.mix::<V, E, 1>(v, d, from_fn(values), terms, old);
                d += 1;
            }
        }
    }
    head_out.scale(v, sum.map(|sum| 1.0 / sum));
    if let Some(share) = share {
        for t in 0..T {
            let row = head_out.row[t];
            if let Some(weight) = share.weights.get(row, head).get_mut(in_group[t]) {
                *weight = max[t] + sum[t].ln();
            }
        }
    }
}

/// What of `sight` lies in the share.
fn clip(sight: Range<usize>, share: Option<&Share<'_>>) -> Range<usize> {
    let Some(Share { positions, .. }) = share else { return sight };
    sight.start.clamp(positions.start, positions.end)..sight.end.clamp(positions.start, positions.end)
}

/// `scores[t][position % CHUNK] = softcap(q[t] · key × scale)`, for the whole panels that hold `seen`.
#[inline(always)]
fn score<V: Vector, E: Element, const T: usize, const NP: usize>(
    v: V,
    a: &Attention<'_>,
    cache: &Cache<E>,
    head: usize,
    q: [&[f32]; T],
    seen: Range<usize>,
    scores: &mut [[[f32; LANES]; PANELS]; T],
) {
    const { assert!(PANELS.is_multiple_of(NP)) };
    // Half of the unit's exponent goes to the queries: all of it would take long ones out of range, none of it the products.
    let unit = E::unit::<V>();
    let (before, after) = (unit.sqrt(), v.splat(a.params.scale * unit.sqrt()));
    let (first, last) = (seen.start / LANES / NP * NP, seen.end.div_ceil(LANES));
    let head_dim = a.params.head_dim;
    for from in (0..head_dim).step_by(SEGMENT) {
        let columns = from..head_dim.min(from + SEGMENT);
        let mut ready = [[0.0; SEGMENT]; T];
        for (ready, q) in ready.iter_mut().zip(q) {
            ready.iter_mut().zip(&q[columns.clone()]).for_each(|(ready, q)| *ready = q * before);
        }
        for panel in (first..last).step_by(NP) {
            let keys: [_; NP] = from_fn(|p| &cache.keys(head, panel + p)[columns.clone()]);
            let tile = products(v, ready.each_ref().map(|ready| &ready[..columns.len()]), keys);
            for (row, scores) in tile.into_iter().zip(&mut *scores) {
                for (p, mut score) in row.into_iter().enumerate() {
                    let to = &mut scores[(panel + p) % PANELS];
                    if from > 0 {
                        score = v.add(score, v.load(to));
                    }
                    if columns.end == head_dim {
                        score = v.mul(score, after);
                        if let Some(cap) = a.params.softcap {
                            score = capped(v, score, cap);
                        }
                    }
                    v.store(score, to);
                }
            }
        }
    }
}

/// `acc[t][p] = keys[p] · q[t]` in the elements' units: all of them as many columns long.
#[inline(always)]
fn products<V: Vector, E: Element, const T: usize, const NP: usize>(
    v: V,
    q: [&[f32]; T],
    keys: [&[[E; LANES]]; NP],
) -> [[V::F; NP]; T] {
    let columns = keys[0].len();
    let (q, keys) = (q.map(|q| &q[..columns]), keys.map(|keys| &keys[..columns]));
    let mut acc = [[v.splat(0.0); NP]; T];
    for column in 0..columns {
        for p in 0..NP {
            let keys = E::load(v, &keys[p][column]);
            for t in 0..T {
                acc[t][p] = v.mul_add(keys, v.splat(q[t][column]), acc[t][p]);
            }
        }
    }
    acc
}

/// The results of `T` queries.
struct Heads<'a, 'b, const T: usize> {
    out: &'a mut Output<'b>,
    row: [usize; T],
    head: usize,
    in_group: [usize; T],
    head_dim: usize,
}

impl<const T: usize> Heads<'_, '_, T> {
    /// Query `t`'s result, `[head_dim]`.
    #[inline(always)]
    fn get(&mut self, t: usize) -> &mut [f32] {
        let at = self.in_group[t] * self.head_dim;
        self.out.get(self.row[t], self.head).get_mut(at..at + self.head_dim).unwrap_or_default()
    }

    /// `out[t] = out[t] × old[t] + values · terms[t]` for `D` columns from column `d`; what is multiplied with 0 may be
    /// anything. Values and terms are of as many positions, and the terms have the unit of the values.
    #[inline(always)]
    fn mix<V: Vector, E: Element, const D: usize>(
        &mut self,
        v: V,
        d: usize,
        values: [&[[E; LANES]]; D],
        terms: [&[f32]; T],
        old: [f32; T],
    ) {
        let n = terms[0].len();
        let (values, terms) = (values.map(|values| &values[..n]), terms.map(|terms| &terms[..n]));
        let zero = v.splat(0.0);
        let mut acc = [[zero; D]; T];
        for t in 0..T {
            if old[t] != 0.0 {
                for (acc, out) in acc[t].iter_mut().zip(self.get(t)[d * LANES..].chunks(LANES)) {
                    *acc = v.mul(v.load_part(out, 0.0), v.splat(old[t]));
                }
            }
        }
        for j in 0..n {
            for i in 0..D {
                let value = E::load(v, &values[i][j]);
                for t in 0..T {
                    acc[t][i] = v.mul_add(value, v.splat(terms[t][j]), acc[t][i]);
                }
            }
        }
        for (t, acc) in acc.into_iter().enumerate() {
            for (acc, out) in acc.into_iter().zip(self.get(t)[d * LANES..].chunks_mut(LANES)) {
                v.store_part(acc, out);
            }
        }
    }

    /// `out[t] = out[t] × factor[t]`.
    #[inline(always)]
    fn scale<V: Vector>(&mut self, v: V, factor: [f32; T]) {
        for (t, factor) in factor.into_iter().enumerate() {
            for out in self.get(t).chunks_mut(LANES) {
                v.store_part(v.mul(v.load_part(out, 0.0), v.splat(factor)), out);
            }
        }
    }
}

/// Adds parts of an attention, `parts` of `[rows, n_heads × head_dim]` with their `weights`, `[rows, n_heads]`, into `out`.
/// A part that saw nothing weighs -inf; one at least must have seen something.
pub fn merge(parts: &[f32], weights: &[f32], n_heads: usize, head_dim: usize, out: &mut [f32]) {
    let rows = || weights.chunks_exact(n_heads).zip(parts.chunks_exact(n_heads * head_dim));
    for (head, out) in out.chunks_exact_mut(head_dim).take(n_heads).enumerate() {
        let max = rows().fold(f32::NEG_INFINITY, |max, (weights, _)| max.max(weights[head]));
        let sum: f32 = rows().map(|(weights, _)| (weights[head] - max).exp()).sum();
        out.fill(0.0);
        for (weights, part) in rows() {
            let factor = (weights[head] - max).exp() / sum;
            if factor > 0.0 {
                let part = &part[head * head_dim..][..head_dim];
                out.iter_mut().zip(part).for_each(|(out, part)| *out += factor * part);
            }
        }
    }
}
