//! What is drawn, and how often.

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

/// Probabilities of all tokens by the straightforward definition: sort, cut, and add up, in f64.
fn definition(logits: &[f32], params: &SamplingParams) -> Vec<f64> {
    let mut all: Vec<(f32, usize)> = logits.iter().copied().zip(0..).filter(|(logit, _)| !logit.is_nan()).collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let best = f64::from(all[0].0);
    if params.top_k > 0 {
        all.truncate(params.top_k);
    }
    if params.top_p < 1.0 {
        let weights: Vec<f64> = all.iter().map(|(logit, _)| (f64::from(*logit) - best).exp()).collect();
        let enough = f64::from(params.top_p) * weights.iter().sum::<f64>();
        let mut sum = 0.0;
        let kept = weights.iter().take_while(|weight| {
            let before = sum;
            sum += *weight;
            before < enough
        });
        let kept = kept.count().max(1);
        all.truncate(kept);
    }
    if params.min_p > 0.0 {
        all.retain(|(logit, _)| f64::from(*logit) >= best + f64::from(params.min_p).ln());
    }
    let weight = |logit: f32| ((f64::from(logit) - best) / f64::from(params.temperature)).exp();
    let total: f64 = all.iter().map(|(logit, _)| weight(*logit)).sum();
    let mut probabilities = vec![0.0; logits.len()];
    all.iter().for_each(|(logit, token)| probabilities[*token] = weight(*logit) / total);
    probabilities
}

/// Probabilities of all tokens as the sampler would draw them.
fn probabilities(sampler: &mut Sampler, logits: &[f32]) -> Vec<f64> {
    let pool = sampler.filter(logits, best(logits).unwrap());
    let mut weights = vec![0.0; logits.len()];
    match pool {
        Pool::All => weights.iter_mut().zip(&sampler.weights).for_each(|(to, from)| *to = f64::from(*from)),
        Pool::Candidates => {
            sampler.candidates.iter().for_each(|(weight, token)| weights[*token as usize] = f64::from(*weight));
        }
    }
    let total: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / total).collect()
}

#[test]
fn every_combination_of_filters_is_the_straightforward_definition() {
    let mut rng = Pcg32::seed_from_u64(5);
    let mut random = |n: usize, steps: f32| -> Vec<f32> {
        // Steps make ties; the powers make a few tokens stand out, as they do in a model's logits.
        let mut logit = || (((rng.next_u32() >> 8) as f32 / (1 << 24) as f32).powi(3) * steps).round() / steps * 12.0;
        (0..n).map(|_| logit()).collect()
    };
    let mut sets = vec![random(1, 100.0), random(7, 4.0), random(16, 100.0), random(3001, 1e6), random(20_000, 50.0)];
    sets.push((0..5000).map(|i| i as f32 * 0.004).collect()); // ever greater: each is better than all before it
    sets.push(vec![1.5; 2000]);
    let mut holes = random(1000, 1e6);
    holes.iter_mut().step_by(3).for_each(|logit| *logit = f32::NAN);
    holes.iter_mut().step_by(7).for_each(|logit| *logit = f32::NEG_INFINITY);
    sets.push(holes);
    for logits in &sets {
        for top_k in [0, 1, 2, 40, 64, 1000, 100_000] {
            for top_p in [1.0, 0.95, 0.5, 0.01] {
                for min_p in [0.0, 0.05, 0.9] {
                    for temperature in [1.0, 0.7, 2.0] {
                        let change = |s: &mut SamplingParams| {
                            (s.top_k, s.top_p, s.min_p, s.temperature) = (top_k, top_p, min_p, temperature);
                        };
                        let mut sampler = sampler(change);
                        let got = probabilities(&mut sampler, logits);
                        let want = definition(logits, &sampler.params);
                        let differ = got.iter().zip(&want).filter(|(got, want)| (**got - **want).abs() > 1e-5);
                        // Where equals stand at the edge of top-p, rounding may take one more or less of them.
                        let edge = want.iter().copied().filter(|p| *p > 0.0).fold(f64::INFINITY, f64::min);
                        let off: f64 = got.iter().zip(&want).map(|(got, want)| (got - want).abs()).sum();
                        assert!(
                            differ.count() == 0 || off <= 2.5 * edge,
                            "{} logits, {:?}: off by {off}, edge {edge}",
                            logits.len(),
                            sampler.params
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_large_vocabulary_is_drawn_from_by_its_probabilities() {
    // A thousand tokens share a half of the probability evenly, three have the rest.
    let mut logits = vec![f32::NEG_INFINITY; 30_000];
    logits.iter_mut().skip(5000).take(1000).for_each(|logit| *logit = (0.0005f32).ln());
    [(1, 0.1), (29_999, 0.15), (20_000, 0.25)].into_iter().for_each(|(i, p): (usize, f32)| logits[i] = p.ln());
    for (min_p, top_p) in [(0.0, 1.0), (1e-6, 1.0), (0.0, 0.999_999)] {
        let shares = shares(sampler(|s| (s.min_p, s.top_p) = (min_p, top_p)), &logits);
        assert_near(&[shares[1], shares[29_999], shares[20_000]], &[0.1, 0.15, 0.25]);
        assert_near(&[shares[5000..6000].iter().sum()], &[0.5]);
        assert!(shares[5000..6000].iter().filter(|share| **share > 0.0).count() > 990);
    }
}
