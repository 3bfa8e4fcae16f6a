//! A loaded embedding model with its tokenizer: texts to vectors.

use wasm_chord_core::Backend;
use wasm_chord_core::tokenizer::{EncodeOptions, Tokenizer};

use crate::at_once::at_once;
use crate::encoder::Encoder;
use crate::error::{Error, Result};
use crate::info::ModelInfo;

/// The vector of one text.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding {
    /// `[width]`.
    pub vector: Vec<f32>,
    /// Tokens that went into it.
    pub tokens: usize,
    /// Whether the text was longer than the model's window and its end was left out.
    pub truncated: bool,
}

/// An embedding model.
pub struct Embedder<B: Backend> {
    encoder: Encoder<B>,
    info: ModelInfo,
    tokenizer: Tokenizer,
}

impl<B: Backend + 'static> Embedder<B> {
    pub(crate) fn new(encoder: Encoder<B>, info: ModelInfo, tokenizer: Tokenizer) -> Self {
        Self { encoder, info, tokenizer }
    }

    /// What the model's header says.
    pub fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// The model's tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// Tokens of the longest text that is read whole.
    pub fn context(&self) -> usize {
        self.encoder.context()
    }

    /// Numbers in a vector.
    pub fn width(&self) -> usize {
        self.encoder.width()
    }

    /// What computes.
    pub fn backend(&self) -> &B {
        self.encoder.backend()
    }

    /// The backend's name.
    pub fn backend_name(&self) -> &'static str {
        self.encoder.backend_name()
    }

    /// The vector of a text, of length 1 with `normalise`. The text may be empty; of one longer than the window, the
    /// beginning is read.
    ///
    /// # Errors
    /// What the backend fails with; [`Error::InvalidLogits`] when the numbers are none.
    pub fn embed(&mut self, text: &str, normalise: bool) -> Result<Embedding> {
        at_once(self.backend_name(), self.embed_async(text, normalise))
    }

    /// [`embed`](Self::embed) for backends that have to be awaited: the GPU of a browser.
    ///
    /// # Errors
    /// As [`embed`](Self::embed).
    pub async fn embed_async(&mut self, text: &str, normalise: bool) -> Result<Embedding> {
        let mut tokens = self.tokenizer.encode(text, EncodeOptions::default());
        let context = self.context();
        let truncated = tokens.len() > context;
        if truncated {
            // What ends a text ends the beginning of it too.
            let ending = self.tokenizer.ending();
            tokens.truncate(context - usize::from(ending.is_some()));
            tokens.extend(ending);
        }
        let vector = self.embed_tokens_async(&tokens, normalise).await?;
        Ok(Embedding { vector, tokens: tokens.len(), truncated })
    }

    /// The vector of exactly these tokens, `[width]`.
    ///
    /// # Errors
    /// [`Error::BadRequest`] for no tokens or one outside the vocabulary, [`Error::ContextFull`] for too many; else as
    /// [`embed`](Self::embed).
    pub fn embed_tokens(&mut self, tokens: &[u32], normalise: bool) -> Result<Vec<f32>> {
        at_once(self.backend_name(), self.embed_tokens_async(tokens, normalise))
    }

    /// [`embed_tokens`](Self::embed_tokens) for backends that have to be awaited.
    ///
    /// # Errors
    /// As [`embed_tokens`](Self::embed_tokens).
    pub async fn embed_tokens_async(&mut self, tokens: &[u32], normalise: bool) -> Result<Vec<f32>> {
        let mut vector = self.encoder.encode(tokens).await?;
        let length = vector.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        if !length.is_finite() {
            return Err(Error::InvalidLogits);
        }
        if normalise && length > 0.0 {
            vector.iter_mut().for_each(|x| *x = (f64::from(*x) / length) as f32);
        }
        Ok(vector)
    }
}
