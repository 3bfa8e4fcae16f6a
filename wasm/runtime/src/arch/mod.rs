//! The architectures: one small file each, found by the name in `general.architecture`.
//!
//! An architecture reads its hyperparameters from the metadata, says which tensors it needs and of what shape, and turns
//! the loaded ones into [`Layer`]s. Everything around the layers (embedding, last norm, output) is the model's.

mod llama;
mod weights;

pub(crate) use weights::{TensorSpec, Weights};

use wasm_chord_core::gguf::Gguf;
use wasm_chord_core::{
    Backend,
    backend::{AttentionParams, KvShape, RopeAngles, RopeSpec},
};

use crate::config::TransformerConfig;
use crate::error::{Error, Result};

/// Names that [`Architecture::from_gguf`] knows.
const KNOWN: &[&str] = &["llama"];

/// One transformer block: attention and feed-forward network with their norms and residuals.
pub trait Layer<B: Backend> {
    /// Takes `step.n` rows of the residual stream `x`, `[n, hidden_size]`, through the block, in place.
    ///
    /// # Errors
    /// What the backend's ops fail with.
    fn forward(
        &self,
        backend: &mut B,
        step: &StepInfo<'_>,
        cache: &mut B::KvCache,
        scratch: &mut Scratch<B>,
        x: &mut B::Buffer,
    ) -> wasm_chord_core::backend::Result<()>;
}

/// Where in the sequence a pass through the layers is.
pub struct StepInfo<'a> {
    /// Position of the first row.
    pub pos: usize,
    /// Rows.
    pub n: usize,
    /// Rotary angles of these positions.
    pub angles: &'a RopeAngles,
}

/// Activations that the layers share, each `[MAX_BATCH, width]`.
pub struct Scratch<B: Backend> {
    /// A normed residual stream; then the output of a branch: `[n, hidden_size]`.
    pub normed: B::Buffer,
    /// Queries, `[n, n_heads × head_dim]`.
    pub q: B::Buffer,
    /// Keys, `[n, n_kv_heads × head_dim]`.
    pub k: B::Buffer,
    /// Values, `[n, n_kv_heads × head_dim]`.
    pub v: B::Buffer,
    /// Attention's result, `[n, n_heads × head_dim]`.
    pub attended: B::Buffer,
    /// The gate, then the activation, `[n, intermediate_size]`.
    pub gate: B::Buffer,
    /// The up projection, `[n, intermediate_size]`.
    pub up: B::Buffer,
}

impl<B: Backend> Scratch<B> {
    /// Scratch for passes of up to `rows` rows.
    pub(crate) fn new(backend: &mut B, arch: &Architecture, rows: usize) -> Result<Self> {
        let config = &arch.config;
        let q_width = arch.attention.n_heads * arch.attention.head_dim;
        let kv_width = arch.kv_shape(0).width();
        Ok(Self {
            normed: backend.buffer(rows * config.hidden_size)?,
            q: backend.buffer(rows * q_width)?,
            k: backend.buffer(rows * kv_width)?,
            v: backend.buffer(rows * kv_width)?,
            attended: backend.buffer(rows * q_width)?,
            gate: backend.buffer(rows * config.intermediate_size)?,
            up: backend.buffer(rows * config.intermediate_size)?,
        })
    }
}

/// A decoder-only architecture with its hyperparameters.
#[derive(Clone, Debug)]
pub(crate) struct Architecture {
    pub config: TransformerConfig,
    pub attention: AttentionParams,
    pub rope: RopeSpec,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Llama,
}

impl Architecture {
    /// The architecture a file names, with its hyperparameters. Tensors are checked by [`Self::tensors`]'s caller.
    pub fn from_gguf(gguf: &Gguf) -> Result<Self> {
        match gguf.metadata.str("general.architecture")? {
            "llama" => llama::from_gguf(gguf),
            other => Err(Error::UnsupportedArchitecture { name: other.to_owned(), known: KNOWN.join(", ") }),
        }
    }

    /// The llama of a bare configuration, as [`Model::new`](crate::Model::new) builds it.
    pub fn llama(config: TransformerConfig) -> Result<Self> {
        llama::from_config(config)
    }

    /// Its name, as in `general.architecture`.
    pub fn name(&self) -> &'static str {
        match self.kind {
            Kind::Llama => "llama",
        }
    }

    /// Every tensor a file of this architecture may hold, with its extents.
    pub fn tensors(&self) -> Vec<TensorSpec> {
        let (vocab, hidden) = (self.config.vocab_size, self.config.hidden_size);
        let mut specs = vec![
            TensorSpec::required("token_embd.weight", [hidden, vocab]),
            TensorSpec::required("output_norm.weight", [hidden]),
            TensorSpec::optional("output.weight", [hidden, vocab]),
        ];
        match self.kind {
            Kind::Llama => llama::tensors(self, &mut specs),
        }
        specs
    }

    /// Builds the layers from tensors that have been loaded.
    pub fn layers<B: Backend + 'static>(&self, weights: &mut Weights<B::Weight>) -> Result<Vec<Box<dyn Layer<B>>>> {
        (0..self.config.num_layers)
            .map(|i| match self.kind {
                Kind::Llama => llama::layer::<B>(self, i, weights),
            })
            .collect()
    }

    /// The cache one layer needs for a context of `capacity` positions.
    pub fn kv_shape(&self, capacity: usize) -> KvShape {
        KvShape { capacity, n_kv_heads: self.attention.n_kv_heads, head_dim: self.attention.head_dim }
    }
}
