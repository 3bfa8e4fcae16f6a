//! The widths of a decoder, as the keys that all architectures share give them.

use wasm_chord_core::backend::{AttentionParams, RopePairing};

use super::keys::Keys;
use crate::config::TransformerConfig;
use crate::error::{Error, Result};
use crate::rope::RopeRule;

/// Four times the widest head of any open model; past it only a damaged file goes.
const MAX_HEAD_DIM: usize = 1024;

/// Beyond any network's width; keeps products of widths far from overflow.
const MAX_FFN: usize = 1 << 20;

/// llama.cpp's cap as well (`LLAMA_MAX_EXPERTS`).
const MAX_EXPERTS: usize = 512;

/// The widths of a decoder, in f32 elements.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub config: TransformerConfig,
    pub head_dim: usize,
    /// Elements of a head that the rotary embedding turns.
    pub n_rot: usize,
    /// Key and value heads of each layer; 0 for a layer without attention.
    pub kv_heads: Vec<usize>,
    /// Width of each layer's feed-forward network.
    pub ffn: Vec<usize>,
}

/// The widths of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeadShape {
    pub head_dim: usize,
    /// Elements that the rotary embedding turns.
    pub n_rot: usize,
}

impl HeadShape {
    /// Reads the keys of heads that end in `suffix`; `default` is the width where they say none.
    pub fn read(keys: &Keys<'_>, suffix: &str, default: usize) -> Result<Self> {
        let key_length = format!("attention.key_length{suffix}");
        let head_dim = keys.opt_size(&key_length)?.unwrap_or(default);
        if head_dim == 0 || head_dim > MAX_HEAD_DIM {
            return Err(Error::bad(keys.key(&key_length), head_dim, format!("1 to {MAX_HEAD_DIM}")));
        }
        let value_length = format!("attention.value_length{suffix}");
        if let Some(other) = keys.opt_size(&value_length)?.filter(|value| *value != head_dim) {
            return Err(Error::bad(keys.key(&value_length), other, format!("{head_dim}, the key length")));
        }
        let rotated = format!("rope.dimension_count{suffix}");
        let n_rot = keys.opt_size(&rotated)?.unwrap_or(head_dim);
        if n_rot == 0 || n_rot > head_dim || !n_rot.is_multiple_of(2) {
            return Err(Error::bad(keys.key(&rotated), n_rot, format!("an even number up to {head_dim}")));
        }
        Ok(Self { head_dim, n_rot })
    }
}

/// How many experts a layer has, and how many of them see a token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExpertShape {
    pub experts: usize,
    pub used: usize,
    pub ffn: usize,
}

impl Shape {
    /// Reads the shape of a model whose norms are RMSNorm.
    pub fn read(keys: &Keys<'_>) -> Result<Self> {
        Self::with_eps(keys, "attention.layer_norm_rms_epsilon")
    }

    /// Reads the shape of a model whose norms are LayerNorm.
    pub fn read_layer_norm(keys: &Keys<'_>) -> Result<Self> {
        Self::with_eps(keys, "attention.layer_norm_epsilon")
    }

    fn with_eps(keys: &Keys<'_>, eps_key: &str) -> Result<Self> {
        // The rows of the embedding are what counts: `vocab_size` is sometimes off.
        let embedding = keys.gguf.tensor("token_embd.weight").ok_or_else(|| Error::MissingTensor {
            name: "token_embd.weight".to_owned(),
            architecture: keys.arch.to_owned(),
        })?;
        let layers = keys.size("block_count")?;
        TransformerConfig::check_layers(&keys.key("block_count"), layers)?;
        let num_heads = keys.size("attention.head_count")?;
        let kv_heads = keys.opt_per_layer("attention.head_count_kv", layers)?.unwrap_or(vec![num_heads; layers]);
        let ffn_key = "feed_forward_length";
        let ffn = keys.opt_per_layer(ffn_key, layers)?;
        let ffn = ffn.ok_or_else(|| Error::bad(keys.key(ffn_key), "missing", "a width"))?;
        let config = TransformerConfig {
            vocab_size: embedding.rows(),
            hidden_size: keys.size("embedding_length")?,
            num_layers: layers,
            num_heads,
            num_kv_heads: kv_heads.iter().copied().max().unwrap_or(0),
            intermediate_size: ffn.iter().copied().max().unwrap_or(0),
            max_seq_len: keys.size("context_length")?,
            rms_norm_eps: keys.gguf.metadata.f32(&keys.key(eps_key))?,
            rope_theta: keys.opt_f32("rope.freq_base")?.unwrap_or(10_000.0),
        };
        config.validate()?;
        if let Some(odd) = kv_heads.iter().find(|kv| **kv > 0 && !num_heads.is_multiple_of(**kv)) {
            return Err(Error::bad(keys.key("attention.head_count_kv"), odd, format!("a divisor of {num_heads}")));
        }
        if ffn.contains(&0) {
            return Err(Error::bad(keys.key(ffn_key), 0, "a width above 0 for each layer"));
        }
        // Where a file gives no width of a head, it is an even share of the stream.
        let default = match keys.opt_size("attention.key_length")? {
            Some(_) => 0,
            None => config.even_head_dim()?,
        };
        let HeadShape { head_dim, n_rot } = HeadShape::read(keys, "", default)?;
        Ok(Self { config, head_dim, n_rot, kv_heads, ffn })
    }

    /// The shape of a llama of a bare configuration.
    pub fn from_config(config: TransformerConfig) -> Result<Self> {
        config.validate()?;
        let head_dim = config.even_head_dim()?;
        let kv_heads = vec![config.num_kv_heads; config.num_layers];
        let ffn = vec![config.intermediate_size; config.num_layers];
        Ok(Self { head_dim, n_rot: head_dim, kv_heads, ffn, config })
    }

    pub fn hidden(&self) -> usize {
        self.config.hidden_size
    }

    pub fn eps(&self) -> f32 {
        self.config.rms_norm_eps
    }

    pub fn layers(&self) -> usize {
        self.config.num_layers
    }

    /// Key and value heads of layer `i`.
    pub fn kv(&self, i: usize) -> usize {
        self.kv_heads.get(i).copied().unwrap_or(0)
    }

    /// Width of layer `i`'s feed-forward network.
    pub fn ffn(&self, i: usize) -> usize {
        self.ffn.get(i).copied().unwrap_or(0)
    }

    /// Plain causal attention of layer `i`, scaled by `1/√head_dim`.
    pub fn attention(&self, i: usize) -> AttentionParams {
        AttentionParams {
            n_heads: self.config.num_heads,
            n_kv_heads: self.kv(i),
            head_dim: self.head_dim,
            scale: 1.0 / (self.head_dim as f32).sqrt(),
            window: None,
            softcap: None,
            causal: true,
        }
    }

    /// The rotary embedding that the keys ask for.
    pub fn rope(&self, keys: &Keys<'_>, pairing: RopePairing) -> Result<RopeRule> {
        RopeRule::read(keys, pairing, self.n_rot, &self.config)
    }

    /// The experts of a mixture. Where the file does not give their width, it is `feed_forward_length`, or an even share of
    /// that for each of those that see a token.
    pub fn experts(&self, keys: &Keys<'_>, shared: bool) -> Result<ExpertShape> {
        let experts = keys.size("expert_count")?;
        if experts == 0 || experts > MAX_EXPERTS {
            return Err(Error::bad(keys.key("expert_count"), experts, format!("1 to {MAX_EXPERTS}")));
        }
        let used = keys.size("expert_used_count")?;
        if used == 0 || used > experts {
            return Err(Error::bad(keys.key("expert_used_count"), used, format!("1 to {experts}")));
        }
        let whole = self.config.intermediate_size;
        let default = if shared { (whole / used).max(1) } else { whole };
        let ffn = keys.opt_nonzero("expert_feed_forward_length")?.unwrap_or(default);
        if ffn > MAX_FFN {
            return Err(Error::bad(keys.key("expert_feed_forward_length"), ffn, format!("1 to {MAX_FFN}")));
        }
        Ok(ExpertShape { experts, used, ffn })
    }
}
