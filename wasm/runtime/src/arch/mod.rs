//! The architectures: one small file each, found by the name in `general.architecture`.
//!
//! An architecture reads its hyperparameters from the metadata and puts its blocks together from [`parts`], naming each
//! tensor where it goes. Everything around the blocks (embedding, last norm, output) is the model's; what differs there
//! is in [`Ends`].

pub(crate) mod bert;
mod gemma2;
mod gemma3;
mod gemma4;
mod granite;
mod keys;
mod layer;
mod lfm2;
mod lfm2moe;
mod llama;
mod olmo2;
mod olmoe;
mod parts;
mod phi3;
mod qwen2;
mod qwen3;
mod qwen3moe;
mod shape;
mod smollm3;
mod stablelm;
mod starcoder2;
mod tensors;

pub(crate) use keys::Keys;
pub use layer::{Flow, Inner, Layer, LayerCache, Scratch, StepInfo, Widths};
pub(crate) use parts::{Input, LayerInputs, Norm};
pub(crate) use tensors::{Place, Scope, TensorSpec, Tensors, Weights};

use wasm_chord_core::Backend;
use wasm_chord_core::gguf::Gguf;

use crate::config::TransformerConfig;
use crate::error::{Error, Result};
use crate::rope::RopeRule;
use parts::{Block, LayerInputShape};

/// What one file of this folder knows of its architecture.
trait Decoder: Sized {
    /// Reads the hyperparameters.
    fn read(keys: &Keys<'_>) -> Result<(Self, Ends)>;

    /// Puts block `i` together.
    fn block<T: Tensors>(&self, i: usize, tensors: &mut Scope<'_, T>) -> Result<Block<T::Weight>>;
}

/// What a decoder does before its first block and after its last.
#[derive(Clone, Debug)]
pub(crate) struct Ends {
    pub config: TransformerConfig,
    /// The rotary embeddings that blocks refer to by index.
    pub ropes: Vec<RopeRule>,
    /// Factor on the token embeddings.
    pub embedding_scale: f32,
    /// The tensor of the last norm, without `.weight`.
    pub norm: &'static str,
    /// Whether that is LayerNorm rather than RMSNorm.
    pub layer_norm: bool,
    /// Factor on the logits.
    pub logit_scale: f32,
    /// Soft cap on the logits.
    pub softcap: Option<f32>,
    /// What the layers are told beside the residual stream.
    pub layer_inputs: Option<LayerInputShape>,
    /// Tokens that are never to be written, ascending.
    pub suppressed: Vec<u32>,
}

impl Ends {
    /// The usual: embeddings and logits as they are, RMSNorm `output_norm`.
    fn plain(config: TransformerConfig, ropes: Vec<RopeRule>) -> Self {
        Self {
            config,
            ropes,
            embedding_scale: 1.0,
            norm: "output_norm",
            layer_norm: false,
            logit_scale: 1.0,
            softcap: None,
            layer_inputs: None,
            suppressed: Vec::new(),
        }
    }
}

/// A decoder-only architecture with its hyperparameters.
#[derive(Clone, Debug)]
pub(crate) struct Architecture {
    pub ends: Ends,
    family: Family,
}

/// Names each architecture once.
macro_rules! families {
    ($($name:literal => $module:ident::$family:ident),* $(,)?) => {
        /// The decoders' names in `general.architecture`.
        const DECODERS: &[&str] = &[$($name),*];

        #[derive(Clone, Debug)]
        enum Family {
            $($family($module::$family)),*
        }

        impl Architecture {
            /// The decoder that a file names, with its hyperparameters. The caller checks the tensors.
            pub fn from_gguf(gguf: &Gguf) -> Result<Self> {
                let name = gguf.metadata.str("general.architecture")?;
                let keys = Keys { gguf, arch: name };
                match name {
                    $($name => {
                        let (family, mut ends) = $module::$family::read(&keys)?;
                        ends.suppressed = keys.suppressed(ends.config.vocab_size)?;
                        Ok(Self { ends, family: Family::$family(family) })
                    })*
                    _ => Err(Error::UnsupportedArchitecture { name: name.to_owned(), known: known().join(", ") }),
                }
            }

            /// Its name, as in `general.architecture`.
            pub fn name(&self) -> &'static str {
                match self.family {
                    $(Family::$family(_) => $name,)*
                }
            }

            fn block<T: Tensors>(&self, i: usize, tensors: &mut T) -> Result<Block<T::Weight>> {
                let mut scope = Scope::block(tensors, i);
                match &self.family {
                    $(Family::$family(family) => family.block(i, &mut scope),)*
                }
            }
        }
    };
}

families! {
    "llama" => llama::Llama,
    "qwen2" => qwen2::Qwen2,
    "qwen3" => qwen3::Qwen3,
    "qwen3moe" => qwen3moe::Qwen3Moe,
    "gemma2" => gemma2::Gemma2,
    "gemma3" => gemma3::Gemma3,
    "gemma4" => gemma4::Gemma4,
    "phi3" => phi3::Phi3,
    "smollm3" => smollm3::SmolLm3,
    "granite" => granite::Granite,
    "olmo2" => olmo2::Olmo2,
    "olmoe" => olmoe::OlmoE,
    "lfm2" => lfm2::Lfm2,
    "lfm2moe" => lfm2moe::Lfm2Moe,
    "starcoder2" => starcoder2::StarCoder2,
    "stablelm" => stablelm::StableLm,
}

/// All names of `general.architecture` that can be run: decoders, and `bert`.
pub fn known() -> Vec<&'static str> {
    DECODERS.iter().copied().chain([bert::NAME]).collect()
}

impl Architecture {
    /// The llama of a bare configuration, as [`Model::new`](crate::Model::new) builds it.
    pub fn llama(config: TransformerConfig) -> Result<Self> {
        let (llama, ends) = llama::Llama::from_config(config)?;
        Ok(Self { ends, family: Family::Llama(llama) })
    }

    pub fn config(&self) -> &TransformerConfig {
        &self.ends.config
    }

    /// Every tensor a file of this architecture may hold, with its extents.
    pub fn tensors(&self) -> Result<Vec<TensorSpec>> {
        let (vocab, hidden) = (self.config().vocab_size, self.config().hidden_size);
        let mut specs = vec![
            TensorSpec::required("token_embd.weight", [hidden, vocab]),
            TensorSpec::optional("output.weight", [hidden, vocab]),
        ];
        self.norm(&mut specs)?;
        self.layer_inputs(&mut specs)?;
        for rope in &self.ends.ropes {
            rope.tensors(&mut specs)?;
        }
        for i in 0..self.config().num_layers {
            self.block(i, &mut specs)?;
        }
        Ok(specs)
    }

    /// The norm after the last block.
    pub fn norm<T: Tensors>(&self, tensors: &mut T) -> Result<Norm<T::Weight>> {
        let TransformerConfig { hidden_size, rms_norm_eps, .. } = self.ends.config;
        let mut scope = Scope::new(tensors, "");
        match self.ends.layer_norm {
            false => Norm::rms(&mut scope, self.ends.norm, hidden_size, rms_norm_eps),
            true => Norm::layer(&mut scope, self.ends.norm, hidden_size, rms_norm_eps),
        }
    }

    /// What the layers are told beside the residual stream, if they are.
    pub fn layer_inputs<T: Tensors>(&self, tensors: &mut T) -> Result<Option<LayerInputs<T::Weight>>> {
        let mut scope = Scope::new(tensors, "");
        self.ends.layer_inputs.map(|shape| LayerInputs::read(&mut scope, shape)).transpose()
    }

    /// Builds the blocks from tensors that have been loaded.
    pub fn layers<B: Backend + 'static>(&self, weights: &mut Weights<B::Weight>) -> Result<Vec<Box<dyn Layer<B>>>> {
        (0..self.config().num_layers).map(|i| Ok(Box::new(self.block(i, weights)?) as Box<dyn Layer<B>>)).collect()
    }
}
