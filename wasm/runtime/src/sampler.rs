//! From logits to a token: repetition penalty, top-k, top-p, min-p, temperature, then a draw. The order is llama.cpp's
//! default chain, so that the same settings mean the same thing.

use std::cmp::Ordering;

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg32;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

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
    penalised: Vec<f32>,         // logits after the penalty, [vocab_size]
    candidates: Vec<(f32, u32)>, // (logit, token), then (probability, token)
}

impl Sampler {
    /// A sampler at the start of its random sequence.
    ///
    /// # Errors
    /// [`Error::BadRequest`] for a parameter out of range (NaN included).
    pub fn new(params: SamplingParams) -> Result<Self> {
        params.validate()?;
        let rng = Pcg32::seed_from_u64(params.seed);
        Ok(Self { params, rng, penalised: Vec::new(), candidates: Vec::new() })
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
        let penalty = self.params.repetition_penalty;
        if penalty == 1.0 || recent.is_empty() {
            return logits;
        }
        penalised.clear();
        penalised.extend_from_slice(logits);
        // From the untouched logits, so that a token repeated in the window is penalised once.
        for &token in &recent[recent.len().saturating_sub(self.params.repetition_window)..] {
            if let (Some(out), Some(&logit)) = (penalised.get_mut(token as usize), logits.get(token as usize)) {
                *out = if logit > 0.0 { logit / penalty } else { logit * penalty };
            }
        }
        penalised
    }

    fn draw(&mut self, logits: &[f32]) -> Result<u32> {
        let SamplingParams { temperature, top_k, top_p, min_p, .. } = self.params;
        let best = logits.get(argmax(logits)? as usize).copied().unwrap_or_default();
        let c = &mut self.candidates;
        c.clear();
        c.extend(logits.iter().zip(0..).filter(|(logit, _)| !logit.is_nan()).map(|(logit, token)| (*logit, token)));

        let descending = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if top_k > 0 && top_k < c.len() {
            c.select_nth_unstable_by(top_k - 1, descending);
            c.truncate(top_k);
        }
        if top_p < 1.0 {
            c.sort_unstable_by(descending);
            let total: f32 = c.iter().map(|(logit, _)| (logit - best).exp()).sum();
            let mut sum = 0.0;
            let kept = c.iter().take_while(|(logit, _)| {
                let enough = sum >= top_p * total;
                sum += (logit - best).exp();
                !enough
            });
            let kept = kept.count().max(1);
            c.truncate(kept);
        }
        if min_p > 0.0 {
            c.retain(|(logit, _)| *logit >= best + min_p.ln());
        }
        let mut total = 0.0f32;
        for (logit, _) in c.iter_mut() {
            *logit = ((*logit - best) / temperature).exp();
            total += *logit;
        }
        // 24 bits: as many as an f32 in [0, 1) holds exactly.
        let mut at = (self.rng.next_u32() >> 8) as f32 / (1 << 24) as f32 * total;
        for &(probability, token) in c.iter() {
            if at < probability {
                return Ok(token);
            }
            at -= probability;
        }
        // Rounding may leave a sliver at the end: it belongs to the likeliest.
        argmax(logits)
    }
}

/// The token with the highest logit, the lowest such token on a tie; NaNs are passed over.
///
/// # Errors
/// [`Error::InvalidLogits`] when there is none.
pub fn argmax(logits: &[f32]) -> Result<u32> {
    let mut best: Option<(f32, u32)> = None;
    for (&logit, token) in logits.iter().zip(0..) {
        let better = best.map_or(Some(Ordering::Greater), |(top, _)| logit.partial_cmp(&top));
        if better == Some(Ordering::Greater) && !logit.is_nan() {
            best = Some((logit, token));
        }
    }
    match best {
        Some((logit, token)) if logit.is_finite() => Ok(token),
        _ => Err(Error::InvalidLogits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sampler(change: impl FnOnce(&mut SamplingParams)) -> Sampler {
        let mut params = SamplingParams { temperature: 1.0, ..SamplingParams::greedy() };
        change(&mut params);
        Sampler::new(params).unwrap()
    }

    /// How often each of `n` tokens is drawn in 20,000 draws, as shares.
    fn shares(mut sampler: Sampler, logits: &[f32]) -> Vec<f32> {
        let mut counts = vec![0.0; logits.len()];
        for _ in 0..20_000 {
            counts[sampler.sample(logits, &[]).unwrap() as usize] += 1.0 / 20_000.0;
        }
        counts
    }

    fn logs(probabilities: &[f32]) -> Vec<f32> {
        probabilities.iter().map(|p| p.ln()).collect()
    }

    fn assert_near(got: &[f32], want: &[f32]) {
        for (got_one, want_one) in got.iter().zip(want) {
            assert!((got_one - want_one).abs() < 0.02, "{got:?} is not {want:?}");
        }
    }

    #[test]
    fn draws_follow_the_probabilities() {
        let p = [0.5, 0.3, 0.15, 0.05];
        assert_near(&shares(sampler(|_| ()), &logs(&p)), &p);
        // Temperature 0.5 squares the probabilities before they are normalised.
        assert_near(&shares(sampler(|s| s.temperature = 0.5), &logs(&p)), &[0.685, 0.247, 0.062, 0.007]);
    }

    #[test]
    fn each_filter_keeps_what_it_should() {
        let p = [0.05, 0.5, 0.15, 0.3];
        assert_near(&shares(sampler(|s| s.top_k = 2), &logs(&p)), &[0.0, 0.625, 0.0, 0.375]);
        // 0.5 + 0.3 reaches 0.8 exactly; 0.81 needs the third.
        assert_near(&shares(sampler(|s| s.top_p = 0.79), &logs(&p)), &[0.0, 0.625, 0.0, 0.375]);
        assert_near(&shares(sampler(|s| s.top_p = 0.81), &logs(&p)), &[0.0, 0.526, 0.158, 0.316]);
        assert_near(&shares(sampler(|s| s.top_p = 0.0), &logs(&p)), &[0.0, 1.0, 0.0, 0.0]);
        assert_near(&shares(sampler(|s| s.min_p = 0.5), &logs(&p)), &[0.0, 0.625, 0.0, 0.375]);
        // top-p counts all tokens, though min-p would drop the small ones.
        assert_near(&shares(sampler(|s| (s.top_p, s.min_p) = (0.75, 0.2)), &logs(&p)), &[0.0, 0.625, 0.0, 0.375]);
    }

    #[test]
    fn the_penalty_moves_recent_tokens_once_and_only_within_its_window() {
        let mut s = sampler(|s| (s.temperature, s.repetition_penalty, s.repetition_window) = (0.0, 2.0, 3));
        assert_eq!(s.sample(&[3.0, 2.0, -1.0], &[]).unwrap(), 0);
        assert_eq!(s.sample(&[3.0, 2.0, -1.0], &[0]).unwrap(), 1);
        assert_eq!(s.sample(&[3.9, 2.0, -1.0], &[0, 0]).unwrap(), 1, "3.9 / 2 < 2");
        assert_eq!(s.sample(&[4.1, 2.0, -1.0], &[0, 0]).unwrap(), 0, "halved once, not twice");
        assert_eq!(s.sample(&[3.0, 2.0, -1.0], &[0, 2, 2, 2]).unwrap(), 0, "out of the window");
        assert_eq!(s.sample(&[-3.0, -2.0, -1.0], &[2]).unwrap(), 1, "negative logits go down");
        assert_eq!(s.sample(&[1.0, 2.0], &[7]).unwrap(), 1, "a token outside the logits is passed over");
    }

    #[test]
    fn a_seed_repeats_its_draws() {
        let draw = |seed| {
            let mut s = sampler(|s| s.seed = seed);
            (0..50).map(|_| s.sample(&[0.0; 100], &[]).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn logits_that_are_no_numbers_are_an_error_and_nans_are_passed_over() {
        assert_eq!(argmax(&[f32::NAN, 1.0, 2.0, f32::NAN]).unwrap(), 2);
        assert_eq!(argmax(&[2.0, 2.0]).unwrap(), 0);
        for bad in [&[][..], &[f32::NAN], &[f32::NEG_INFINITY], &[f32::INFINITY, 0.0]] {
            assert!(matches!(argmax(bad), Err(Error::InvalidLogits)), "{bad:?}");
            assert!(matches!(sampler(|_| ()).sample(bad, &[]), Err(Error::InvalidLogits)), "{bad:?}");
        }
        // A NaN among numbers is never drawn.
        assert_near(&shares(sampler(|_| ()), &[f32::NAN, 0.0, 0.0]), &[0.0, 0.5, 0.5]);
    }

    #[test]
    fn options_out_of_range_are_refused_by_name() {
        let bad = |change: fn(&mut SamplingParams)| {
            let mut params = SamplingParams::default();
            change(&mut params);
            Sampler::new(params).unwrap_err().to_string()
        };
        assert_eq!(bad(|p| p.temperature = f32::NAN), "temperature is NaN; it must be 0 up");
        assert_eq!(bad(|p| p.top_p = 1.5), "top-p is 1.5; it must be 0 to 1");
        assert_eq!(bad(|p| p.min_p = -0.1), "min-p is -0.1; it must be 0 to 1");
        assert_eq!(bad(|p| p.repetition_penalty = 0.0), "repetition penalty is 0; it must be above 0 up");
    }
}
