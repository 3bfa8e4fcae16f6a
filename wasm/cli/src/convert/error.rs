//! Why a Hugging Face folder cannot become a GGUF file.

use std::io;
use std::path::{Path, PathBuf};

use wasm_chord_core::block::BlockError;
use wasm_chord_core::gguf::{GgmlType, GgufError};

/// A result of the converter.
pub type Result<T> = std::result::Result<T, ConvertError>;

/// What is wrong with the folder, and where.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// A file could not be opened or read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder lacks a file.
    #[error("{} has no {what}", folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// What should be there.
        what: &'static str,
    },
    /// A file that is beyond any real one.
    #[error("{} is longer than {limit} bytes, which no such file is", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The greatest length that is read, in bytes.
        limit: u64,
    },
    /// A file that is not the JSON it should be.
    #[error("{}: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A model of another architecture.
    #[error("{}: a model of type '{name}' cannot be converted; BERT text-embedding models can ('bert')", path.display())]
    Architecture {
        /// `config.json`.
        path: PathBuf,
        /// Its `model_type`.
        name: String,
    },
    /// Something that the model needs and the engine, or the converter, does not do.
    #[error("{}: {what} cannot be converted; {known}", path.display())]
    Unsupported {
        /// The file that asks for it.
        path: PathBuf,
        /// What it asks for.
        what: String,
        /// What can be converted instead.
        known: &'static str,
    },
    /// Something that contradicts itself, or another file.
    #[error("{}: {what}", path.display())]
    Unsound {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A tensor that is not there.
    #[error("the weights lack the tensor '{name}' that a model of this config.json has")]
    MissingTensor {
        /// Its name in the model's own code.
        name: String,
    },
    /// A tensor that a BERT has no use for: the model is more, or something else.
    #[error("{}: the tensor '{name}' is no part of a BERT embedding model", path.display())]
    UnknownTensor {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
    },
    /// A tensor of other extents than `config.json` has it.
    #[error("{}: the tensor '{name}' is {got:?}, and by config.json it should be {expected:?}", path.display())]
    WrongShape {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// Its extents, slowest first.
        got: Vec<u64>,
        /// What they should be.
        expected: Vec<u64>,
    },
    /// A weight that is no number, or none that the type can hold.
    #[error("{}: the tensor '{name}' holds {value}, which {ty} cannot", path.display())]
    WrongNumber {
        /// The file.
        path: PathBuf,
        /// The tensor.
        name: String,
        /// The weight.
        value: f32,
        /// How it was to be stored.
        ty: GgmlType,
    },
    /// The new file does not take what is written to it.
    #[error("cannot write: {0}")]
    Write(#[source] io::Error),
    /// Rows that are not whole blocks; the types are chosen so that there are none.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// What was put together is not a sound GGUF file.
    #[error("the converted model is not sound: {0}")]
    Gguf(#[from] GgufError),
    /// What was put together is a GGUF file that the engine does not run.
    #[error("the converted model would not run: {0}")]
    Engine(#[from] wasm_chord_runtime::Error),
}

impl ConvertError {
    /// [`ConvertError::Unsound`].
    pub fn unsound(path: &Path, what: impl Into<String>) -> Self {
        Self::Unsound { path: path.to_owned(), what: what.into() }
    }

    /// [`ConvertError::Unsupported`].
    pub fn unsupported(path: &Path, what: impl Into<String>, known: &'static str) -> Self {
        Self::Unsupported { path: path.to_owned(), what: what.into(), known }
    }
}
