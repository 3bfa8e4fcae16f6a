//! The likeliest tokens of a row of logits: what a draw needs of it, a few kB instead of all.

use std::cmp::Ordering;

/// What [`candidates_async`](super::Backend::candidates_async) finds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candidates {
    /// The greatest logits and their tokens, likeliest first, of equals the lower token. NaNs and −∞ are none.
    pub best: Vec<(f32, u32)>,
    /// The logits of the tokens that were set apart, whatever they are, in the order in which those were given.
    pub apart: Vec<(f32, u32)>,
    /// Whether no token that is not apart can be missing from `best`.
    pub complete: bool,
    /// `Σ exp(logit − best[0])` over all that are not apart, NaNs and −∞ left out; 0 without any.
    pub sum: f32,
}

impl Candidates {
    /// The most by which [`sum`](Self::sum) may be off, as a share of it: WGSL's `exp(-x)` is within 3 + 2x units in the
    /// last place, and what is more than 30 below the greatest adds nothing.
    pub const SUM_ERROR: f32 = 1.5e-5;

    /// Those of `row`, by the straightforward definition: everything is sorted.
    pub fn of(row: &[f32], k: usize, apart: &[u32]) -> Self {
        let tokens = (0u32..).zip(row).map(|(token, logit)| (*logit, token));
        let mut best: Vec<_> =
            tokens.filter(|(logit, token)| *logit > f32::NEG_INFINITY && !apart.contains(token)).collect();
        best.sort_unstable_by(likelier);
        let greatest = best.first().map_or(0.0, |(logit, _)| f64::from(*logit));
        let sum = best.iter().map(|(logit, _)| (f64::from(*logit) - greatest).exp()).sum::<f64>() as f32;
        best.truncate(k);
        let apart = apart.iter().map(|token| (row.get(*token as usize).copied().unwrap_or(f32::NAN), *token)).collect();
        let mut found = Self { best, apart, complete: false, sum };
        found.see_whether_complete(row.len(), k);
        found
    }

    /// Says whether the `k` best and those apart are all of `n` tokens that could be: to be called when both are there.
    pub fn see_whether_complete(&mut self, n: usize, k: usize) {
        self.complete = self.best.len() < k || self.best.len() + self.apart.len() >= n;
    }
}

/// The order of candidates, none of which is NaN: the greater logit first, of equals (0 and −0 are) the lower token.
pub fn likelier(a: &(f32, u32), b: &(f32, u32)) -> Ordering {
    b.0.partial_cmp(&a.0).unwrap_or(Ordering::Equal).then(a.1.cmp(&b.1))
}
