//! `bert` (Devlin et al. 2019), the encoder: learnt positions, attention to all tokens, LayerNorm after each branch is added.
//! Its models give one vector for a text.

use wasm_chord_core::Backend;
use wasm_chord_core::backend::{AttentionParams, Result as BackendResult};

use super::parts::{Attention, Input, Norm, Plain, apply};
use super::shape::Shape;
use super::{Keys, Scope, Scratch, StepInfo, TensorSpec, Tensors, Widths};
use crate::config::TransformerConfig;
use crate::error::{Error, Result};

/// Its name in `general.architecture`.
pub(crate) const NAME: &str = "bert";

/// The hyperparameters.
#[derive(Clone, Debug)]
pub(crate) struct Bert {
    shape: Shape,
    token_types: usize,
    pub pooling: Pooling,
}

/// How the last layer's vectors become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pooling {
    /// Their mean, that of special tokens included.
    Mean,
    /// The first one: that of `[CLS]`.
    First,
    /// The last one.
    Last,
}

/// What is added up for each token before the first block.
pub(crate) struct Embeddings<W> {
    pub tokens: W,      // [vocab, hidden]
    pub positions: W,   // [context, hidden]
    pub token_types: W, // [token_types, hidden]
    pub norm: Norm<W>,  // [hidden]
}

/// One encoder block.
pub(crate) struct EncoderBlock<W> {
    attention: Attention<W>,
    attn_norm: Norm<W>,
    ffn: Plain<W>,
    ffn_norm: Norm<W>,
    hidden: usize,
}

impl Bert {
    pub fn read(keys: &Keys<'_>) -> Result<Self> {
        let pooling_key = "pooling_type";
        let pooling = match keys.opt_size(pooling_key)? {
            None | Some(1) => Pooling::Mean,
            Some(2) => Pooling::First,
            Some(3) => Pooling::Last,
            Some(other) => {
                let what = format!("pooling of type {other} ('{}')", keys.key(pooling_key));
                return Err(Error::UnsupportedFeature { what });
            }
        };
        let token_types = "token_types.weight";
        let token_types = keys
            .gguf
            .tensor(token_types)
            .ok_or_else(|| Error::MissingTensor { name: token_types.to_owned(), architecture: NAME.to_owned() })?;
        Ok(Self { shape: Shape::read_layer_norm(keys)?, token_types: token_types.rows(), pooling })
    }

    pub fn config(&self) -> &TransformerConfig {
        &self.shape.config
    }

    /// Every tensor a file may hold.
    pub fn tensors(&self) -> Result<Vec<TensorSpec>> {
        let mut specs = Vec::new();
        self.embeddings(&mut specs)?;
        for i in 0..self.shape.layers() {
            self.block(i, &mut specs)?;
        }
        Ok(specs)
    }

    pub fn embeddings<T: Tensors>(&self, tensors: &mut T) -> Result<Embeddings<T::Weight>> {
        let TransformerConfig { vocab_size, hidden_size, max_seq_len, rms_norm_eps, .. } = self.shape.config;
        let mut t = Scope::new(tensors, "");
        Ok(Embeddings {
            tokens: t.matrix("token_embd", hidden_size, vocab_size)?,
            positions: t.matrix("position_embd", hidden_size, max_seq_len)?,
            token_types: t.matrix("token_types", hidden_size, self.token_types)?,
            norm: Norm::layer(&mut t, "token_embd_norm", hidden_size, rms_norm_eps)?,
        })
    }

    pub fn block<T: Tensors>(&self, i: usize, tensors: &mut T) -> Result<EncoderBlock<T::Weight>> {
        let (hidden, eps) = (self.shape.hidden(), self.shape.eps());
        let params = AttentionParams { causal: false, ..self.shape.attention(i) };
        let mut t = Scope::block(tensors, i);
        Ok(EncoderBlock {
            attention: Attention { rope: None, ..Attention::read(&mut t, hidden, params)? },
            attn_norm: Norm::layer(&mut t, "attn_output_norm", hidden, eps)?,
            ffn: Plain::read(&mut t, hidden, self.shape.ffn(i))?,
            ffn_norm: Norm::layer(&mut t, "layer_output_norm", hidden, eps)?,
            hidden,
        })
    }
}

impl<W> EncoderBlock<W> {
    pub fn widths(&self) -> Widths {
        self.attention.widths().max(self.ffn.widths())
    }

    /// Keys and values of up to `rows` tokens. Blocks may share one: each fills it before it reads it.
    pub fn cache<B: Backend<Weight = W>>(&self, b: &mut B, rows: usize) -> BackendResult<B::KvCache> {
        b.kv_cache(self.attention.kv_shape(rows))
    }

    /// Takes all tokens of a text, `[n, hidden]`, through the block, in place.
    pub fn forward<B: Backend<Weight = W>>(
        &self,
        b: &mut B,
        n: usize,
        cache: &mut B::KvCache,
        s: &mut Scratch<B>,
        x: &mut B::Buffer,
    ) -> BackendResult<()> {
        let len = n * self.hidden;
        let step = StepInfo { pos: 0, n, angles: &[] };
        self.attention.forward(b, &step, cache, Input::Rows(x), &mut s.inner)?;
        apply(b, &self.attention.output, &s.inner.attended, n, &mut s.branch)?;
        b.add(&mut s.branch, x, len)?;
        self.attn_norm.forward(b, &s.branch, x, n)?;
        let h = self.ffn.forward(b, Input::Rows(x), n, &mut s.inner)?;
        apply(b, &self.ffn.down, h, n, &mut s.branch)?;
        b.add(&mut s.branch, x, len)?;
        self.ffn_norm.forward(b, &s.branch, x, n)
    }
}
