//! Candidates give the tokens that all logits give.

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg32;

use super::*;
use crate::sampler::SamplingParams;

/// What a GPU reads at once.
const MOST: usize = 256;

/// Two samplers of the same options: one that is given candidates, and one that is given all logits.
struct Pair {
    few: Sampler,
    all: Sampler,
    /// How often candidates did not tell.
    untold: usize,
}

impl Pair {
    fn new(params: &SamplingParams) -> Self {
        let sampler = || Sampler::new(params.clone()).unwrap();
        Self { few: sampler(), all: sampler(), untold: 0 }
    }

    /// Draws from both, with a sum as far off as `off` of what it may be; `None` where there is nothing to draw.
    fn draw(&mut self, logits: &[f32], recent: &[u32], off: f32) -> Option<u32> {
        let want = self.all.sample(logits, recent);
        let told = match self.few.wanted(logits.len(), MOST, recent) {
            None => Ok(None),
            Some((count, apart)) => {
                let mut found = Candidates::of(logits, count, apart);
                found.sum *= 1.0 + off * Candidates::SUM_ERROR;
                self.few.sample_candidates(&found, logits.len())
            }
        };
        let got = match told {
            Ok(None) => {
                self.untold += 1;
                self.few.sample(logits, recent)
            }
            Ok(Some(token)) => Ok(token),
            Err(error) => Err(error),
        };
        let (got, want) = (got.ok(), want.ok());
        assert_eq!(got, want, "{:?}", self.all.params);
        want
    }
}

fn unit(rng: &mut Pcg32) -> f32 {
    (rng.next_u32() >> 8) as f32 / (1 << 24) as f32
}

/// Logits like a model's: few stand out by far. `steps` to 1 make ties.
fn peaked(rng: &mut Pcg32, n: usize, steps: f32) -> Vec<f32> {
    (0..n).map(|_| (unit(rng).powi(8) * 30.0 * steps).round() / steps - 10.0).collect()
}

fn sets() -> Vec<Vec<f32>> {
    let rng = &mut Pcg32::seed_from_u64(11);
    let mut sets = vec![peaked(rng, 1, 8.0), peaked(rng, 7, 1.0), peaked(rng, 256, 100.0), peaked(rng, 300, 2.0)];
    sets.extend([peaked(rng, 2000, 1e5), peaked(rng, 2000, 1.0), vec![1.5; 700], vec![0.0; 40]]);
    sets[7].iter_mut().step_by(2).for_each(|logit| *logit = -0.0);
    let mut holes = peaked(rng, 1000, 1e5);
    holes.iter_mut().step_by(3).for_each(|logit| *logit = f32::NAN);
    holes.iter_mut().skip(1).step_by(3).for_each(|logit| *logit = f32::NEG_INFINITY);
    sets.push(holes);
    sets.push(vec![f32::NEG_INFINITY; 20]);
    sets.push(vec![f32::NAN, 1.0, f32::INFINITY]);
    sets
}

#[test]
fn every_option_draws_the_same_tokens() {
    let rng = &mut Pcg32::seed_from_u64(12);
    for logits in sets() {
        for top_k in [0, 1, 2, 40, 256, 257, 100_000] {
            for (top_p, min_p) in
                [(1.0, 0.0), (0.9, 0.0), (0.5, 0.05), (1.0, 0.05), (0.999, 0.3), (0.0, 0.0), (1.0, 1.0)]
            {
                for temperature in [0.0, 0.7, 2.0] {
                    for repetition_penalty in [1.0, 1.3, 0.7] {
                        let window = 40;
                        let seed = u64::from(rng.next_u32());
                        let params = SamplingParams {
                            temperature,
                            top_k,
                            top_p,
                            min_p,
                            repetition_penalty,
                            repetition_window: window,
                            seed,
                        };
                        let mut pair = Pair::new(&params);
                        let mut recent: Vec<u32> = (0..60).map(|i| i * 7 % 90).collect();
                        for _ in 0..2 {
                            let off = unit(rng) * 2.0 - 1.0;
                            recent.extend(pair.draw(&logits, &recent, off));
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_usual_draw_needs_no_more_than_candidates() {
    let rng = &mut Pcg32::seed_from_u64(13);
    let (chat, greedy) = (SamplingParams::default(), SamplingParams::greedy());
    let warm = SamplingParams { temperature: 1.0, ..greedy.clone() };
    let settings = [
        (0, chat),
        (0, SamplingParams { repetition_penalty: 1.1, ..greedy.clone() }),
        (0, SamplingParams { top_k: 64, top_p: 0.95, ..warm.clone() }),
        (0, SamplingParams { top_k: 256, ..warm.clone() }),
        (0, SamplingParams { min_p: 0.05, ..warm.clone() }),
        // A share may end where the sum's last digits tell which token is its last.
        (10, SamplingParams { top_p: 0.9, ..warm.clone() }),
        // Nothing but a draw from all.
        (1000, warm),
    ];
    for (most_untold, params) in settings {
        let mut pair = Pair::new(&params);
        let mut recent = vec![0];
        for _ in 0..1000 {
            let logits = peaked(rng, 3000, 1e5);
            let off = unit(rng) * 2.0 - 1.0;
            recent.extend(pair.draw(&logits, &recent, off));
        }
        println!("{} of 1000 draws asked for all logits: {params:?}", pair.untold);
        assert!(pair.untold <= most_untold, "{} of 1000 draws asked for all logits: {params:?}", pair.untold);
    }
}

#[test]
fn what_does_not_tell_changes_nothing() {
    // 3000 equal tokens: no share of them is within 256.
    let params = SamplingParams { temperature: 1.0, top_p: 0.9, seed: 3, ..SamplingParams::greedy() };
    let mut pair = Pair::new(&params);
    let tokens: Vec<_> = (0..20).map(|_| pair.draw(&[2.0; 3000], &[], 0.0)).collect();
    assert_eq!(pair.untold, 20);
    assert!(tokens.iter().any(|token| *token != tokens[0]));
}

#[test]
fn a_sum_that_leaves_two_answers_does_not_tell() {
    // A half of the probability ends exactly between two tokens.
    let logits: Vec<f32> = [0.25f32, 0.25, 0.25, 0.25].iter().map(|p| p.ln()).collect();
    let params = SamplingParams { temperature: 1.0, top_p: 0.5, ..SamplingParams::greedy() };
    let mut pair = Pair::new(&params);
    (0..10).for_each(|_| assert!(pair.draw(&logits, &[], 0.0).is_some()));
    assert_eq!(pair.untold, 10);
}

#[test]
fn a_long_window_reads_all_logits() {
    let params = SamplingParams { repetition_penalty: 1.2, repetition_window: 5000, ..SamplingParams::greedy() };
    let recent: Vec<u32> = (0..2000).collect();
    let mut sampler = Sampler::new(params).unwrap();
    assert!(sampler.wanted(3000, MOST, &recent).is_none());
    assert_eq!(sampler.wanted(3000, MOST, &[7, 3, 7, 9000]), Some((1, &[3, 7][..])));
    assert!(sampler.wanted(3000, 0, &[]).is_none(), "a backend that picks none");
}
