//! Sampling without all logits: from the likeliest tokens, as far as they tell the token that all logits would give.

#[cfg(test)]
mod tests;

use wasm_chord_core::backend::{Candidates, likelier};

use super::select::Candidate;
use super::{Sampler, cut_to_share, share, weigh};
use crate::error::{Error, Result};

/// Tokens at most that a penalty is for: each is 4 bytes to read.
const MOST_APART: usize = 1024;

/// How far sums of exponentials may be from one another, as a share of them: those that a backend works out from the true
/// ones, and these from [`total`](super::select::total).
const SUMS_DIFFER: f32 = Candidates::SUM_ERROR + 0.5e-5;

impl Sampler {
    /// How many of the likeliest tokens of a vocabulary, at most `most` of them, [`sample_candidates`](Self::sample_candidates)
    /// asks for, and the tokens to be set apart, in rising order: those that the penalty is for. `None` where it needs all
    /// logits.
    pub fn wanted(&mut self, vocab: usize, most: usize, recent: &[u32]) -> Option<(usize, &[u32])> {
        let params = &self.params;
        let count = match params.top_k {
            _ if params.temperature == 0.0 => 1,
            top_k if (1..vocab).contains(&top_k) => top_k,
            // How many make up a share of the probability, or are not below a floor, is seen when they are there.
            _ if params.top_p < 1.0 || params.min_p > 0.0 => most.min(vocab),
            _ => return None,
        };
        if !(1..=most).contains(&count) {
            return None;
        }
        let mut apart = std::mem::take(&mut self.apart);
        apart.clear();
        apart.extend(self.window(recent).iter().filter(|token| (**token as usize) < vocab));
        apart.sort_unstable();
        apart.dedup();
        self.apart = apart;
        (self.apart.len() <= MOST_APART).then_some((count, &self.apart))
    }

    /// The token that [`sample`](Self::sample) would give for all logits of a vocabulary of `vocab` tokens, and the same
    /// state after it. `found` are what [`wanted`](Self::wanted) asked for. `None`, and nothing has changed, where they do
    /// not tell.
    ///
    /// # Errors
    /// [`Error::InvalidLogits`] when no logit is a number.
    pub fn sample_candidates(&mut self, found: &Candidates, vocab: usize) -> Result<Option<u32>> {
        let mut c = std::mem::take(&mut self.candidates);
        c.clear();
        c.extend_from_slice(&found.best);
        let apart = found.apart.iter().map(|(logit, token)| (self.params.penalised(*logit), *token));
        c.extend(apart.filter(|(logit, _)| *logit > f32::NEG_INFINITY));
        c.sort_unstable_by(likelier);
        // What was not told of is behind all that was: among as many as that, none is missing.
        c.truncate(if found.complete { c.len() } else { found.best.len() });
        let (best, token) = match c.first() {
            Some((best, token)) if best.is_finite() => (*best, *token),
            _ => return Err(Error::InvalidLogits),
        };
        if self.params.temperature == 0.0 {
            self.candidates = c;
            return Ok(Some(token));
        }
        let enough = self.narrow(&mut c, best, found, vocab);
        weigh(&mut c, best, self.params.temperature);
        self.candidates = c;
        Ok(if enough { self.draw_candidate() } else { None })
    }

    /// Applies top-k, top-p and min-p to the sorted candidates; whether that is what would be left of all tokens.
    fn narrow(&self, c: &mut Vec<Candidate>, best: f32, found: &Candidates, vocab: usize) -> bool {
        let params = &self.params;
        let floor = params.floor(best);
        let cut = (1..vocab).contains(&params.top_k);
        if cut {
            if c.len() < params.top_k && !found.complete {
                return false;
            }
            c.truncate(params.top_k);
        }
        match (params.top_p < 1.0, cut) {
            (true, true) => cut_to_share(c, best, params.top_p),
            (true, false) => {
                let whole = whole(found, best, |logit| params.penalised(logit));
                let kept = |whole: f32| match share(c, best, params.top_p, whole) {
                    None if found.complete => Some(c.len()),
                    kept => kept,
                };
                // If both ends of what the sum may be come to the same, so does the sum itself.
                match (kept(whole * (1.0 - SUMS_DIFFER)), kept(whole * (1.0 + SUMS_DIFFER))) {
                    (Some(least), Some(most)) if least == most => c.truncate(most),
                    _ => return false,
                }
            }
            (false, true) => {}
            (false, false) => {
                if !found.complete && c.last().is_some_and(|(logit, _)| *logit >= floor) {
                    return false;
                }
            }
        }
        c.retain(|(logit, _)| *logit >= floor);
        true
    }
}

/// The sum of all exponentials beside `best`, after the penalty.
fn whole(found: &Candidates, best: f32, penalised: impl Fn(f32) -> f32) -> f32 {
    let others = found.best.first().map_or(0.0, |(logit, _)| found.sum * (logit - best).exp());
    let apart = found.apart.iter().map(|(logit, _)| penalised(*logit)).filter(|logit| *logit > f32::NEG_INFINITY);
    others + apart.map(|logit| (logit - best).exp()).sum::<f32>()
}
