//! Passes over all logits of a vocabulary. They are written over arrays of [`LANES`], which compilers turn into vectors.

use wasm_chord_core::backend::likelier;

/// A logit, or what it weighs in a draw, and its token.
pub type Candidate = (f32, u32);

/// Logits that are looked at together: two vectors of AVX2, four of SIMD128.
const LANES: usize = 16;

/// Weights that are added up before they are added to the others: a long sum of small numbers loses its last digits.
const BLOCK: usize = 1024;

/// The greatest logit; NaNs are passed over, and −∞ is that of none.
pub fn greatest(logits: &[f32]) -> f32 {
    // A comparison with NaN is false, so that it never takes the other's place.
    let greater = |a: f32, b: f32| if b > a { b } else { a };
    let (chunks, rest) = logits.as_chunks::<LANES>();
    let lanes = chunks.iter().fold([f32::NEG_INFINITY; LANES], |mut lanes, chunk| {
        lanes.iter_mut().zip(chunk).for_each(|(lane, logit)| *lane = greater(*lane, *logit));
        lanes
    });
    lanes.iter().chain(rest).copied().fold(f32::NEG_INFINITY, greater)
}

/// The first token whose logit is `value`.
pub fn first_of(logits: &[f32], value: f32) -> Option<u32> {
    let has = |chunk: &[f32]| chunk.iter().fold(false, |any, logit| any | (*logit == value));
    let (token, chunk) = chunks(logits, LANES).find(|(_, chunk)| has(chunk))?;
    (token..).zip(chunk).find(|(_, logit)| **logit == value).map(|(token, _)| token)
}

/// Chunks of `len` elements, each with the token of its first.
fn chunks(all: &[f32], len: usize) -> impl Iterator<Item = (u32, &[f32])> {
    (0u32..).step_by(len).zip(all.chunks(len))
}

/// Fills `candidates` with the `count` likeliest tokens of logits from `floor` up, in no order. NaNs and −∞ are none.
///
/// Tokens beyond the best so far are collected until there are several times too many, and then thinned out: each thinning
/// raises the bar, so that soon whole chunks are passed over with one comparison.
pub fn largest(logits: &[f32], count: usize, floor: f32, candidates: &mut Vec<Candidate>) {
    let full = count.saturating_mul(4).clamp(256, logits.len().max(256));
    candidates.clear();
    candidates.reserve(full);
    let mut bar = floor.next_down(); // What is above it comes in.
    for (first, chunk) in chunks(logits, LANES) {
        if !chunk.iter().fold(false, |any, logit| any | (*logit > bar)) {
            continue;
        }
        for (token, &logit) in (first..).zip(chunk) {
            if logit > bar {
                candidates.push((logit, token));
            }
            if candidates.len() == full {
                // Tokens come in order: one that only ties with the last of the best is not among them.
                bar = thin(candidates, count).unwrap_or(bar);
            }
        }
    }
    thin(candidates, count);
}

/// Keeps the `count` likeliest; the least of them, if any had to go.
fn thin(candidates: &mut Vec<Candidate>, count: usize) -> Option<f32> {
    if candidates.len() <= count {
        return None;
    }
    let last = count.checked_sub(1)?;
    let (_, least, _) = candidates.select_nth_unstable_by(last, likelier);
    let least = least.0;
    candidates.truncate(count);
    Some(least)
}

/// `weights[i] = exp((logits[i] - best) / temperature)`, 0 for NaN; `best` is the greatest logit.
pub fn exponentials(logits: &[f32], best: f32, temperature: f32, weights: &mut Vec<f32>) {
    weights.clear();
    weights.resize(logits.len(), 0.0);
    let (chunks, rest) = logits.as_chunks::<LANES>();
    let (outs, rest_out) = weights.as_chunks_mut::<LANES>();
    for (out, chunk) in outs.iter_mut().zip(chunks) {
        out.iter_mut().zip(chunk).for_each(|(out, logit)| *out = exp((logit - best) / temperature));
    }
    rest_out.iter_mut().zip(rest).for_each(|(out, logit)| *out = exp((logit - best) / temperature));
}

/// `exp(x)` for `x <= 0` to two units in the last place, without a call or a branch: `2^n × exp(r)` with `r` within half of
/// ln 2, and the Taylor polynomial for that. 0 for NaN and where the result would be subnormal.
#[inline]
fn exp(x: f32) -> f32 {
    const LN2_HIGH: f32 = 0.693_359_4; // 11 bits: its product with a whole number of this size is exact
    const LN2_LOW: f32 = -2.121_944_4e-4;
    const LEAST: f32 = -87.0;
    let inside = x >= LEAST;
    let x = if inside { x } else { LEAST };
    // Adding 1.5 × 2^23 rounds to a whole number, which then stands in the low bits.
    let shifted = x * std::f32::consts::LOG2_E + 12_582_912.0;
    let n = shifted - 12_582_912.0;
    let r = (x - n * LN2_HIGH) - n * LN2_LOW;
    let tail = 1.0 / 120.0 + r * (1.0 / 720.0);
    let p = 1.0 + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * tail))));
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    if inside { p * power } else { 0.0 }
}

/// The sum of all weights, to five millionths of it at worst.
pub fn total(weights: &[f32]) -> f32 {
    weights.chunks(BLOCK).map(|block| f64::from(sum(block))).sum::<f64>() as f32
}

/// The token at `at` of all weights, `at` from 0 to less than 1. `None` when rounding leads past the last.
pub fn draw(weights: &[f32], at: f32) -> Option<u32> {
    let mut at = at * total(weights);
    let (first, block) = chunks(weights, BLOCK).find(|(_, block)| {
        let sum = sum(block);
        let here = at < sum;
        at -= if here { 0.0 } else { sum };
        here
    })?;
    let mut found = None;
    for (token, weight) in (first..).zip(block) {
        if *weight > 0.0 {
            found = Some(token); // where rounding leads past a block's end, its last
        }
        if at < *weight {
            break;
        }
        at -= weight;
    }
    found
}

fn sum(block: &[f32]) -> f32 {
    let (chunks, rest) = block.as_chunks::<LANES>();
    let lanes = chunks.iter().fold([0.0; LANES], |mut lanes, chunk| {
        lanes.iter_mut().zip(chunk).for_each(|(lane, weight)| *lane += weight);
        lanes
    });
    lanes.iter().chain(rest).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_close_to_the_standard_librarys() {
        for i in 0..870_000 {
            let x = i as f32 * -1e-4;
            let (got, want) = (exp(x), f64::from(x).exp());
            assert!((f64::from(got) - want).abs() < 2.5e-7 * want, "exp({x}) = {got}, not {want}");
        }
        assert_eq!((exp(0.0), exp(-1e9), exp(f32::NEG_INFINITY), exp(f32::NAN)), (1.0, 0.0, 0.0, 0.0));
    }

    #[test]
    fn draws_land_where_the_weights_are() {
        let mut weights = vec![0.0; 3 * BLOCK];
        weights[BLOCK + 7] = 1.0;
        weights[2 * BLOCK] = 3.0;
        assert_eq!(draw(&weights, 0.0), Some(BLOCK as u32 + 7));
        assert_eq!(draw(&weights, 0.249), Some(BLOCK as u32 + 7));
        assert_eq!(draw(&weights, 0.25), Some(2 * BLOCK as u32));
        assert_eq!(draw(&weights, 0.999), Some(2 * BLOCK as u32));
        assert_eq!(draw(&[], 0.5), None);
    }
}
