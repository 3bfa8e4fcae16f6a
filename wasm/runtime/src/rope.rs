//! The rotary embedding a file asks for: plain, linearly scaled, or YaRN.

use std::f64::consts::TAU;

use wasm_chord_core::backend::{RopePairing, RopeSpec};
use wasm_chord_core::gguf::Gguf;

use crate::config::TransformerConfig;
use crate::error::{Error, Result};

/// One divisor for each pair's frequency: how Llama 3.1 and later stretch their context.
pub(crate) const FACTORS: &str = "rope_freqs.weight";

/// YaRN's ramp runs between the pairs that turn this often over the original context (Peng et al. 2023, α and β).
const YARN_SLOW_TURNS: f64 = 1.0;
const YARN_FAST_TURNS: f64 = 32.0;

/// Reads `{arch}.rope.*`. A `rope_freqs.weight` tensor is data, not metadata: the loader divides by it later.
pub(crate) fn from_gguf(
    gguf: &Gguf,
    arch: &str,
    pairing: RopePairing,
    head_dim: usize,
    n_rot: usize,
    config: &TransformerConfig,
) -> Result<RopeSpec> {
    let meta = &gguf.metadata;
    if n_rot == 0 || n_rot > head_dim || !n_rot.is_multiple_of(2) {
        return Err(Error::bad(
            format!("{arch}.rope.dimension_count"),
            n_rot,
            format!("an even number up to {head_dim}"),
        ));
    }
    let mut spec = RopeSpec::plain(pairing, n_rot, config.rope_theta);

    let kind_key = format!("{arch}.rope.scaling.type");
    let factor_key = format!("{arch}.rope.scaling.factor");
    let old_factor_key = format!("{arch}.rope.scale_linear"); // Before rope.scaling.* there was this one, linear only.
    let (kind, factor) = match (meta.opt_str(&kind_key)?, meta.opt_f32(&factor_key)?, meta.opt_f32(&old_factor_key)?) {
        (Some("none"), ..) | (None, None, None) => return Ok(spec),
        (Some(kind), factor, _) => (kind, factor.unwrap_or(1.0)),
        (None, Some(factor), _) | (None, None, Some(factor)) => ("linear", factor),
    };
    if !(factor.is_finite() && factor > 0.0) {
        return Err(Error::bad(factor_key, factor, "a positive number"));
    }
    match kind {
        "linear" => spec.inv_freq.iter_mut().for_each(|freq| *freq /= factor),
        "yarn" => {
            let original_key = format!("{arch}.rope.scaling.original_context_length");
            let original = meta.opt_u32(&original_key)?.map_or(config.max_seq_len, |n| n as usize);
            if original == 0 {
                return Err(Error::bad(original_key, original, "at least 1"));
            }
            yarn(&mut spec, factor, original, config.rope_theta);
        }
        other => {
            return Err(Error::UnsupportedFeature { what: format!("the rope scaling '{other}' ('{kind_key}')") });
        }
    }
    Ok(spec)
}

/// YaRN (Peng et al. 2023): pairs that turn often keep their speed, slow ones are interpolated, a linear ramp between; the
/// attention temperature `1 + 0.1 ln(factor)` is folded into sine and cosine.
fn yarn(spec: &mut RopeSpec, factor: f32, original_context: usize, base: f32) {
    let n_rot = spec.inv_freq.len() * 2;
    // The (fractional) pair that makes `turns` turns over the original context.
    let pair_turning =
        |turns: f64| n_rot as f64 * (original_context as f64 / (turns * TAU)).ln() / (2.0 * f64::from(base).ln());
    let low = pair_turning(YARN_FAST_TURNS).floor().max(0.0);
    let high = pair_turning(YARN_SLOW_TURNS).ceil().min(n_rot as f64 - 1.0);
    for (i, freq) in spec.inv_freq.iter_mut().enumerate() {
        let ramp = ((i as f64 - low) / (high - low).max(0.001)).clamp(0.0, 1.0);
        let keep = 1.0 - ramp;
        *freq = (f64::from(*freq) * (keep + ramp / f64::from(factor))) as f32;
    }
    spec.magnitude = 1.0 + 0.1 * factor.ln();
}

/// Divides the frequencies by a `rope_freqs.weight` tensor, one factor a pair.
///
/// # Errors
/// Unless there is one positive number for each pair.
pub(crate) fn apply_factors(spec: &mut RopeSpec, factors: &[f32]) -> Result<()> {
    if factors.len() != spec.inv_freq.len() {
        return Err(Error::TensorShape {
            name: FACTORS.to_owned(),
            got: vec![factors.len()],
            expected: vec![spec.inv_freq.len()],
        });
    }
    for (freq, factor) in spec.inv_freq.iter_mut().zip(factors) {
        if !(factor.is_finite() && *factor > 0.0) {
            return Err(Error::bad(FACTORS, factor, "positive numbers"));
        }
        *freq /= factor;
    }
    Ok(())
}
