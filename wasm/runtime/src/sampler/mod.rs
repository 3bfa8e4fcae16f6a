//! From logits to a token: repetition penalty, top-k, top-p, min-p, temperature, then a draw. The order is llama.cpp's
//! default chain, so that the same settings mean the same thing.
//!
//! A vocabulary has a hundred thousand tokens and more, of which few can be drawn. So it is not sorted: passes over all
//! logits compare and add up, eight at a time, and what remains is put in order. Nothing is allocated after the first
//! token.
//!
//! Where a backend picks the likeliest tokens itself (`candidates.rs`), the same tokens come of them, on the same draws.

mod candidates;
mod select;
#[cfg(test)]
mod tests;

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg32;
use serde::{Deserialize, Serialize};

use wasm_chord_core::backend::likelier;

use crate::error::{Error, Result};
use select::{Candidate, exponentials, first_of, greatest, largest, total};

/// How a token is chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SamplingParams {
    /// Divides the logits: below 1 bolder, above 1 wilder. 0 takes the likeliest token and draws nothing.
    pub temperature: f32,
    /// Draw from this many likeliest tokens; 0 for all.
    pub top_k: usize,
    /// Draw from the fewest likeliest tokens whose probabilities add up to this (Holtzman et al. 2020); 1 for all.
    pub top_p: f32,
    /// Draw from tokens at least this times as likely as the likeliest; 0 for all.
    pub min_p: f32,
    /// Divides positive logits of recent tokens and multiplies negative ones (Keskar et al. 2019); 1 for none.
    pub repetition_penalty: f32,
    /// How many recent tokens the penalty looks at.
    pub repetition_window: usize,
    /// Seed of the draws: the same seed, options and logits give the same tokens.
    pub seed: u64,
}

impl SamplingParams {
    /// Always the likeliest token.
    pub fn greedy() -> Self {
        Self {
            temperature: 0.0,
            top_k: 0,
            top_p: 1.0,
            min_p: 0.0,
            repetition_penalty: 1.0,
            repetition_window: 64,
            seed: 0,
        }
    }

    /// A recent token's logit.
    fn penalised(&self, logit: f32) -> f32 {
        if logit > 0.0 { logit / self.repetition_penalty } else { logit * self.repetition_penalty }
    }

    /// The least logit that min-p leaves.
    fn floor(&self, best: f32) -> f32 {
        if self.min_p > 0.0 { best + self.min_p.ln() } else { f32::NEG_INFINITY }
    }

    fn validate(&self) -> Result<()> {
        let ranges = [
            ("temperature", self.temperature, 0.0, f32::MAX),
            ("top-p", self.top_p, 0.0, 1.0),
            ("min-p", self.min_p, 0.0, 1.0),
            ("repetition penalty", self.repetition_penalty, f32::MIN_POSITIVE, f32::MAX),
        ];
        for (name, value, low, high) in ranges {
            if !(low..=high).contains(&value) {
                let high = if high == f32::MAX { "up".to_owned() } else { format!("to {high}") };
                let low = if low == f32::MIN_POSITIVE { "above 0".to_owned() } else { low.to_string() };
                return Err(Error::BadRequest { what: format!("{name} is {value}; it must be {low} {high}") });
            }
        }
        Ok(())
    }
}

impl Default for SamplingParams {
    /// Sane for small chat models: temperature 0.7, top-k 40, top-p 0.9, min-p 0.05, no penalty.
    fn default() -> Self {
        Self { temperature: 0.7, top_k: 40, top_p: 0.9, min_p: 0.05, ..Self::greedy() }
    }
}

/// Chooses tokens by one set of [`SamplingParams`], keeping its random state and its memory from draw to draw.
#[derive(Clone, Debug)]
pub struct Sampler {
    params: SamplingParams,
    rng: Pcg32,
    penalised: Vec<f32>,        // logits after the penalty, [vocab_size]
    weights: Vec<f32>,          // exponentials of all logits, [vocab_size]
    candidates: Vec<Candidate>, // with their logits, then with their weights; the likelier first
    apart: Vec<u32>,            // tokens that a penalty is for
}

/// What may be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pool {
    /// `candidates`, by their weights.
    Candidates,
    /// Every token, by `weights`.
    All,
}

impl Sampler {
    /// A sampler at the start of its random sequence.
    ///
    /// # Errors
    /// [`Error::BadRequest`] for a parameter out of range (NaN included).
    pub fn new(params: SamplingParams) -> Result<Self> {
        params.validate()?;
        let rng = Pcg32::seed_from_u64(params.seed);
        Ok(Self { params, rng, penalised: Vec::new(), weights: Vec::new(), candidates: Vec::new(), apart: Vec::new() })
    }

    /// A token for `logits`, `[vocab_size]`. `recent` are the sequence's tokens so far; the penalty reads its end.
    ///
    /// # Errors
    /// [`Error::InvalidLogits`] when no logit is a number.
    pub fn sample(&mut self, logits: &[f32], recent: &[u32]) -> Result<u32> {
        let mut penalised = std::mem::take(&mut self.penalised);
        let logits = self.penalise(logits, recent, &mut penalised);
        let token = if self.params.temperature == 0.0 { argmax(logits) } else { self.draw(logits) };
        self.penalised = penalised;
        token
    }

    fn penalise<'a>(&self, logits: &'a [f32], recent: &[u32], penalised: &'a mut Vec<f32>) -> &'a [f32] {
        let window = self.window(recent);
        if window.is_empty() {
            return logits;
        }
        penalised.clear();
        penalised.extend_from_slice(logits);
        // From the untouched logits, so that a token repeated in the window is penalised once.
        for &token in window {
            if let (Some(out), Some(&logit)) = (penalised.get_mut(token as usize), logits.get(token as usize)) {
                *out = self.params.penalised(logit);
            }
        }
        penalised
    }

    /// The tokens that the penalty is for, as often as they were.
    fn window<'a>(&self, recent: &'a [u32]) -> &'a [u32] {
        let len = if self.params.repetition_penalty == 1.0 { 0 } else { self.params.repetition_window };
        &recent[recent.len().saturating_sub(len)..]
    }

    fn draw(&mut self, logits: &[f32]) -> Result<u32> {
        let best = best(logits)?;
        let drawn = match self.filter(logits, best) {
            Pool::All => {
                let at = self.at();
                select::draw(&self.weights, at)
            }
            Pool::Candidates => self.draw_candidate(),
        };
        drawn.map_or_else(|| argmax(logits), Ok)
    }

    /// Where the next draw falls, of 1: 24 bits, as many as an f32 in [0, 1) holds exactly.
    fn at(&mut self) -> f32 {
        (self.rng.next_u32() >> 8) as f32 / (1 << 24) as f32
    }

    /// One of the candidates, by their weights.
    fn draw_candidate(&mut self) -> Option<u32> {
        let mut at = self.at() * self.candidates.iter().map(|(weight, _)| weight).sum::<f32>();
        let drawn = self.candidates.iter().find(|(weight, _)| {
            let here = at < *weight;
            at -= weight;
            here
        });
        // Rounding may leave a sliver at the end: it belongs to the likeliest.
        drawn.or(self.candidates.first()).map(|(_, token)| *token)
    }

    /// Applies top-k, top-p, min-p and the temperature. `best` is the greatest logit.
    fn filter(&mut self, logits: &[f32], best: f32) -> Pool {
        let SamplingParams { temperature, top_k, top_p, min_p, .. } = self.params;
        let top_k = if top_k == 0 { logits.len() } else { top_k.min(logits.len()) };
        let floor = self.params.floor(best);
        let c = &mut self.candidates;
        if top_p < 1.0 {
            // Its share is counted over all that top-k leaves, those below min-p included.
            if top_k < logits.len() {
                largest(logits, top_k, f32::NEG_INFINITY, c);
                c.sort_unstable_by(likelier);
                cut_to_share(c, best, top_p);
            } else {
                exponentials(logits, best, 1.0, &mut self.weights);
                nucleus(logits, best, top_p, total(&self.weights), c);
            }
            c.retain(|(logit, _)| *logit >= floor);
        } else if top_k < logits.len() || min_p > 0.0 {
            largest(logits, top_k, floor, c);
            c.sort_unstable_by(likelier);
        } else {
            exponentials(logits, best, temperature, &mut self.weights);
            return Pool::All;
        }
        weigh(c, best, temperature);
        Pool::Candidates
    }
}

/// Logits to weights.
fn weigh(candidates: &mut [Candidate], best: f32, temperature: f32) {
    candidates.iter_mut().for_each(|(logit, _)| *logit = ((*logit - best) / temperature).exp());
}

/// Leaves the fewest of the sorted candidates, the only ones there are, whose probabilities add up to `top_p`.
fn cut_to_share(candidates: &mut Vec<Candidate>, best: f32, top_p: f32) {
    let whole = candidates.iter().map(|(logit, _)| (logit - best).exp()).sum();
    let kept = share(candidates, best, top_p, whole).unwrap_or(candidates.len());
    candidates.truncate(kept);
}

/// Leaves in `c` the fewest of all tokens whose probabilities add up to `top_p`; `whole` is the sum of all exponentials.
/// Looks at ever more of the likeliest: a few dozen are mostly enough.
fn nucleus(logits: &[f32], best: f32, top_p: f32, whole: f32, c: &mut Vec<Candidate>) {
    let mut count = 64;
    loop {
        largest(logits, count, f32::NEG_INFINITY, c);
        c.sort_unstable_by(likelier);
        match share(c, best, top_p, whole) {
            Some(kept) => return c.truncate(kept),
            None if count >= logits.len() => return,
            None => count *= 8,
        }
    }
}

/// How many of the sorted candidates, one at least, make up `top_p` of `whole`; `None` if they all do not.
fn share(candidates: &[Candidate], best: f32, top_p: f32, whole: f32) -> Option<usize> {
    let mut sum = 0.0;
    let reached = candidates.iter().position(|(logit, _)| {
        sum += (logit - best).exp();
        sum >= top_p * whole
    });
    reached.map(|last| last + 1)
}

/// The token with the highest logit, the lowest such token on a tie; NaNs are passed over.
///
/// # Errors
/// [`Error::InvalidLogits`] when there is none.
pub fn argmax(logits: &[f32]) -> Result<u32> {
    let best = best(logits)?;
    first_of(logits, best).ok_or(Error::InvalidLogits)
}

/// The highest logit.
fn best(logits: &[f32]) -> Result<f32> {
    Some(greatest(logits)).filter(|best| best.is_finite()).ok_or(Error::InvalidLogits)
}
