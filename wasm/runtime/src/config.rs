//! The shape of a transformer.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// llama.cpp's cap as well (`LLAMA_MAX_LAYERS`); the largest open models have about 130.
const MAX_LAYERS: usize = 512;

/// Above this a width is a damaged file's, not a model's: 16 times the widest open model's.
const MAX_WIDTH: usize = 1 << 20;

/// The shape of a decoder-only transformer: widths in f32 elements, lengths in tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TransformerConfig {
    /// Tokens in the vocabulary: the width of the logits.
    pub vocab_size: usize,
    /// Width of the residual stream.
    pub hidden_size: usize,
    /// Transformer blocks.
    pub num_layers: usize,
    /// Query heads.
    pub num_heads: usize,
    /// Key and value heads; divides `num_heads` (grouped-query attention when smaller).
    pub num_kv_heads: usize,
    /// Width of the feed-forward network.
    pub intermediate_size: usize,
    /// Positions the model was trained for.
    pub max_seq_len: usize,
    /// Added to the mean square in RMSNorm.
    pub rms_norm_eps: f32,
    /// Base of the rotary embedding's frequencies.
    pub rope_theta: f32,
}

impl TransformerConfig {
    /// `hidden_size / num_heads`, which rotary pairs need to be whole and even.
    pub(crate) fn even_head_dim(&self) -> Result<usize> {
        let head_dim = self.hidden_size / self.num_heads;
        if head_dim * self.num_heads != self.hidden_size || !head_dim.is_multiple_of(2) {
            let expected = format!("{} heads of an even width each", self.num_heads);
            return Err(Error::bad("hidden_size", self.hidden_size, expected));
        }
        Ok(head_dim)
    }

    /// Fails unless a file's number of blocks is one that a model may have: lists of one entry a block are made from it.
    pub(crate) fn check_layers(key: &str, layers: usize) -> Result<()> {
        match layers {
            1..=MAX_LAYERS => Ok(()),
            _ => Err(Error::bad(key, layers, format!("1 to {MAX_LAYERS}"))),
        }
    }

    /// Fails, naming the field, unless every width is sane and the heads divide evenly.
    ///
    /// # Errors
    /// [`Error::BadHyperparameter`].
    pub fn validate(&self) -> Result<()> {
        let widths = [
            ("vocab_size", self.vocab_size, MAX_WIDTH * 4),
            ("hidden_size", self.hidden_size, MAX_WIDTH),
            ("num_layers", self.num_layers, MAX_LAYERS),
            ("num_heads", self.num_heads, MAX_WIDTH),
            ("num_kv_heads", self.num_kv_heads, self.num_heads),
            ("intermediate_size", self.intermediate_size, MAX_WIDTH),
            ("max_seq_len", self.max_seq_len, usize::MAX),
        ];
        for (key, value, max) in widths {
            if value == 0 || value > max {
                return Err(Error::bad(key, value, format!("1 to {max}")));
            }
        }
        if !self.num_heads.is_multiple_of(self.num_kv_heads) {
            return Err(Error::bad(
                "num_kv_heads",
                self.num_kv_heads,
                format!("a divisor of {} heads", self.num_heads),
            ));
        }
        for (key, value) in [("rms_norm_eps", self.rms_norm_eps), ("rope_theta", self.rope_theta)] {
            if !(value.is_finite() && value > 0.0) {
                return Err(Error::bad(key, value, "a positive number"));
            }
        }
        Ok(())
    }
}
