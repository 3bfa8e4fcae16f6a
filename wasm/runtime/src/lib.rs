//! Model graphs, KV cache, sampler and sessions. Knows no platform, no clock and no backend by name: everything runs on
//! the [`Backend`](wasm_chord_core::Backend) it is given, token by token, so that a caller can stop, draw or time between
//! any two.

mod arch;
mod at_once;
mod choose;
mod config;
mod embedder;
mod encoder;
mod error;
mod info;
mod loader;
mod model;
mod rope;
mod sampler;
mod session;
mod stop;

pub use arch::{Flow, Inner, Layer, LayerCache, Scratch, StepInfo, Widths, known as known_architectures};
pub use config::TransformerConfig;
pub use embedder::{Embedder, Embedding};
pub use error::{Error, Result};
pub use info::{ModelInfo, ModelKind, check};
pub use loader::{LoadOptions, ModelLoader};
pub use model::Model;
pub use sampler::{Sampler, SamplingParams, argmax};
pub use session::{GenerateOptions, Generation, Prompt, Session, Step, StopReason};
