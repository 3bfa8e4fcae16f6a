//! The rotary embedding a file asks for: plain, linearly scaled, YaRN, or with a divisor for each frequency.

use std::f64::consts::TAU;

use wasm_chord_core::backend::{RopePairing, RopeSpec};

use crate::arch::{Keys, Scope, TensorSpec, Weights};
use crate::config::TransformerConfig;
use crate::error::{Error, Result};

/// YaRN's ramp runs between the pairs that turn this often over the original context (Peng et al. 2023, α and β).
const YARN_SLOW_TURNS: f32 = 1.0;
const YARN_FAST_TURNS: f32 = 32.0;

/// How one rotary embedding is made. What it comes to depends on the context and on small tensors, so it is worked out
/// last, by [`resolve`](Self::resolve).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RopeRule {
    pairing: RopePairing,
    n_rot: usize,
    base: f32,
    /// Positions before the context was stretched.
    original_context: usize,
    scaling: Scaling,
    /// Factor on sine and cosine, beside YaRN's own.
    magnitude: f32,
    factors: Factors,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Scaling {
    None,
    /// Positions are divided.
    Linear(f32),
    Yarn {
        factor: f32,
        slow_turns: f32,
        fast_turns: f32,
    },
}

/// Divisors of the frequencies, one for each pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Factors {
    None,
    /// Where the file has them: how Llama 3.1 and later stretch their context.
    Always,
    /// Longrope (Ding et al. 2024): one set for a context up to the original one, another for a longer one.
    ByContext,
}

const ALWAYS: &str = "rope_freqs.weight";
const SHORT: &str = "rope_factors_short.weight";
const LONG: &str = "rope_factors_long.weight";

impl RopeRule {
    /// The plain embedding: pair `i` turns by `base^(-2i/n_rot)` a position.
    pub fn plain(pairing: RopePairing, n_rot: usize, base: f32) -> Self {
        let (scaling, factors) = (Scaling::None, Factors::None);
        Self { pairing, n_rot, base, original_context: usize::MAX, scaling, magnitude: 1.0, factors }
    }

    /// Reads `{arch}.rope.*`.
    pub fn read(keys: &Keys<'_>, pairing: RopePairing, n_rot: usize, config: &TransformerConfig) -> Result<Self> {
        let original_key = "rope.scaling.original_context_length";
        let original_context = keys.opt_size(original_key)?.unwrap_or(config.max_seq_len);
        if original_context == 0 {
            return Err(Error::bad(keys.key(original_key), original_context, "at least 1"));
        }
        let factor = match keys.opt_positive("rope.scaling.factor")? {
            Some(factor) => Some(factor),
            None => keys.opt_positive("rope.scale_linear")?, // Before rope.scaling.* there was this one.
        };
        let kind_key = "rope.scaling.type";
        let (scaling, factors) = match (keys.opt_str(kind_key)?, factor) {
            (Some("none"), _) | (None, None) => (Scaling::None, Factors::Always),
            (Some("linear"), factor) | (None, factor) => (Scaling::Linear(factor.unwrap_or(1.0)), Factors::Always),
            (Some("longrope"), _) => (Scaling::None, Factors::ByContext),
            (Some("yarn"), factor) => {
                let slow_turns = keys.opt_positive("rope.scaling.yarn_beta_slow")?.unwrap_or(YARN_SLOW_TURNS);
                let fast_turns = keys.opt_positive("rope.scaling.yarn_beta_fast")?.unwrap_or(YARN_FAST_TURNS);
                (Scaling::Yarn { factor: factor.unwrap_or(1.0), slow_turns, fast_turns }, Factors::Always)
            }
            (Some(other), _) => {
                let what = format!("the rope scaling '{other}' ('{}')", keys.key(kind_key));
                return Err(Error::UnsupportedFeature { what });
            }
        };
        let magnitude = keys.opt_positive("rope.scaling.attn_factor")?.unwrap_or(1.0);
        Ok(Self { pairing, n_rot, base: config.rope_theta, original_context, scaling, magnitude, factors })
    }

    /// With longrope's two sets of divisors, for an architecture whose files do not name the scaling.
    pub fn with_long_factors(self) -> Self {
        Self { factors: Factors::ByContext, ..self }
    }

    /// Notes the tensors that it may need.
    pub fn tensors(&self, specs: &mut Vec<TensorSpec>) -> Result<()> {
        let names: &[&str] = match self.factors {
            Factors::None => &[],
            Factors::Always => &[ALWAYS],
            Factors::ByContext => &[SHORT, LONG],
        };
        let mut scope = Scope::new(specs, "");
        names.iter().try_for_each(|name| scope.host(name, self.n_rot / 2).map(drop))
    }

    /// The embedding for a context of `context` positions.
    ///
    /// # Errors
    /// Divisors that are not one positive number for each pair.
    pub fn resolve<W>(&self, context: usize, weights: &mut Weights<W>) -> Result<RopeSpec> {
        let mut spec = RopeSpec::plain(self.pairing, self.n_rot, self.base);
        spec.magnitude = self.magnitude;
        match self.scaling {
            Scaling::None => {}
            Scaling::Linear(factor) => spec.inv_freq.iter_mut().for_each(|freq| *freq /= factor),
            Scaling::Yarn { factor, slow_turns, fast_turns } => {
                self.yarn(&mut spec, f64::from(factor), f64::from(slow_turns), f64::from(fast_turns));
            }
        }
        let name = match self.factors {
            Factors::None => return Ok(spec),
            Factors::Always => ALWAYS,
            Factors::ByContext if context > self.original_context => LONG,
            Factors::ByContext => SHORT,
        };
        if let Some(factors) = Scope::new(weights, "").host(name, self.n_rot / 2)? {
            divide(&mut spec, name, &factors)?;
        }
        Ok(spec)
    }

    /// YaRN (Peng et al. 2023): pairs that turn often keep their speed, slow ones are interpolated, a linear ramp between;
    /// the attention temperature `1 + 0.1 ln(factor)` is folded into sine and cosine.
    fn yarn(&self, spec: &mut RopeSpec, factor: f64, slow_turns: f64, fast_turns: f64) {
        let n_rot = self.n_rot as f64;
        let ln_base = f64::from(self.base).ln();
        // The (fractional) pair that makes `turns` turns over the original context.
        let pair_turning = |turns: f64| n_rot * (self.original_context as f64 / (turns * TAU)).ln() / (2.0 * ln_base);
        let low = pair_turning(fast_turns).floor().max(0.0);
        let high = pair_turning(slow_turns).ceil().min(n_rot - 1.0);
        for (i, freq) in spec.inv_freq.iter_mut().enumerate() {
            let ramp = ((i as f64 - low) / (high - low).max(0.001)).clamp(0.0, 1.0);
            let keep = 1.0 - ramp;
            *freq = (f64::from(*freq) * (keep + ramp / factor)) as f32;
        }
        spec.magnitude *= (1.0 + 0.1 * factor.ln()) as f32;
    }
}

/// Divides the frequencies, by one positive number for each pair.
fn divide(spec: &mut RopeSpec, name: &str, factors: &[f32]) -> Result<()> {
    if factors.len() != spec.inv_freq.len() {
        return Err(Error::TensorShape {
            name: name.to_owned(),
            got: vec![factors.len()],
            expected: vec![spec.inv_freq.len()],
        });
    }
    for (freq, factor) in spec.inv_freq.iter_mut().zip(factors) {
        if !(factor.is_finite() && *factor > 0.0) {
            return Err(Error::bad(name, factor, "positive numbers"));
        }
        *freq /= factor;
    }
    Ok(())
}
