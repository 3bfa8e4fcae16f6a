//! GGUF files, block types, tokenizers, chat templates, and the [`Backend`] trait that model graphs run on. No I/O.

pub mod backend;
pub mod block;
pub mod chat;
pub mod gguf;
#[cfg(feature = "test-suite")]
pub mod testing;
pub mod tokenizer;

pub use backend::{Backend, BackendError, Reference};
