//! `config.json`: which model it is, and its widths.

use serde::Deserialize;

use super::error::{ConvertError, Result};
use super::folder::Folder;

/// Blocks that the engine puts together at most.
const MAX_LAYERS: u32 = 512;

const FILE: &str = "config.json";

/// Names of the activation that the engine computes, exactly or by its usual approximation.
const GELU: [&str; 5] = ["gelu", "gelu_new", "gelu_fast", "gelu_python", "gelu_pytorch_tanh"];

/// The widths of a BERT. Where a file leaves one out, it is that of Hugging Face's `BertConfig`.
#[derive(Debug, Deserialize)]
pub struct BertConfig {
    /// Rows of the token embedding.
    pub vocab_size: u32,
    /// Width of the residual stream.
    pub hidden_size: u32,
    /// Encoder blocks.
    pub num_hidden_layers: u32,
    /// Heads of each block.
    pub num_attention_heads: u32,
    /// Width of the feed-forward network.
    pub intermediate_size: u32,
    /// Rows of the position embedding: the longest text, in tokens.
    pub max_position_embeddings: u32,
    /// Rows of the embedding that tells a first text from a second.
    #[serde(default = "two")]
    pub type_vocab_size: u32,
    /// Added to the variance in LayerNorm.
    #[serde(default = "tiny")]
    pub layer_norm_eps: f32,
    #[serde(default)]
    hidden_act: Option<String>,
    #[serde(default)]
    position_embedding_type: Option<String>,
    #[serde(default)]
    is_decoder: bool,
}

/// The part of the file that every architecture has.
#[derive(Deserialize)]
struct AnyConfig {
    #[serde(default)]
    model_type: Option<String>,
}

const fn two() -> u32 {
    2
}

const fn tiny() -> f32 {
    1e-12
}

impl BertConfig {
    /// Reads the folder's configuration.
    ///
    /// # Errors
    /// It is not there, of another architecture, or of a BERT that the engine does not run.
    pub fn read(folder: &Folder) -> Result<Self> {
        let path = folder.path(FILE);
        let any: AnyConfig = folder.json(FILE)?.ok_or_else(|| folder.missing(FILE))?;
        match any.model_type.as_deref() {
            Some("bert") => {}
            Some(name) => return Err(ConvertError::Architecture { path, name: name.to_owned() }),
            None => return Err(ConvertError::unsound(&path, "there is no 'model_type'")),
        }
        let config: Self = folder.json(FILE)?.ok_or_else(|| folder.missing(FILE))?;
        if let Some(other) = config.hidden_act.as_deref().filter(|name| !GELU.contains(name)) {
            let what = format!("an activation of '{other}'");
            return Err(ConvertError::unsupported(&path, what, "the engine's BERT has GELU"));
        }
        if let Some(other) = config.position_embedding_type.as_deref().filter(|name| *name != "absolute") {
            let what = format!("a position embedding of type '{other}'");
            return Err(ConvertError::unsupported(&path, what, "absolute ones can be"));
        }
        if config.num_hidden_layers > MAX_LAYERS {
            let what = format!("a model of {} layers", config.num_hidden_layers);
            return Err(ConvertError::unsupported(&path, what, "512 layers at most can be"));
        }
        if config.is_decoder {
            return Err(ConvertError::unsupported(&path, "a BERT that writes text", "encoders can be"));
        }
        Ok(config)
    }
}
