//! Everything that can go wrong between a file's first byte and a token, in sentences a person can act on.

use wasm_chord_core::backend::BackendError;
use wasm_chord_core::chat::ChatError;
use wasm_chord_core::gguf::{GgufError, ShardError};
use wasm_chord_core::tokenizer::TokenizerError;

/// A result of the runtime.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a model could not be loaded or run. [`Error::code`] is stable; the message is for people.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file's header is not sound GGUF, or stores a tensor in a way this build does not read.
    #[error(transparent)]
    Gguf(#[from] GgufError),
    /// The files given are not all of a model, or not of one.
    #[error(transparent)]
    Shards(#[from] ShardError),
    /// The file's tokenizer is damaged or of an unknown kind.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The chat template is damaged or refused the conversation.
    #[error(transparent)]
    Chat(#[from] ChatError),
    /// The backend failed.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The model's architecture has no graph here.
    #[error("this model's architecture is '{name}', which Chord cannot run yet (it runs: {known})")]
    UnsupportedArchitecture {
        /// `general.architecture`.
        name: String,
        /// The architectures that can be run.
        known: String,
    },
    /// Something the architecture may have, and this file has, that no kernel here does.
    #[error("this model uses {what}, which Chord cannot run yet")]
    UnsupportedFeature {
        /// What it is, with the key or tensor it was found in.
        what: String,
    },
    /// A hyperparameter is out of its range.
    #[error("the model file is damaged or unusual: '{key}' is {value}, expected {expected}")]
    BadHyperparameter {
        /// The metadata key or configuration field.
        key: String,
        /// What it says.
        value: String,
        /// What it should say.
        expected: String,
    },
    /// A tensor the architecture needs is not in the file.
    #[error(
        "the model file has no tensor '{name}', which every {architecture} model needs; it is damaged or incomplete"
    )]
    MissingTensor {
        /// The tensor's name.
        name: String,
        /// The model's architecture.
        architecture: String,
    },
    /// A tensor's extents do not follow from the hyperparameters.
    #[error("tensor '{name}' has the shape {got:?}, expected {expected:?}; the model file is damaged")]
    TensorShape {
        /// The tensor's name.
        name: String,
        /// Extents from the file, fastest first.
        got: Vec<usize>,
        /// Extents that the hyperparameters ask for.
        expected: Vec<usize>,
    },
    /// The file ended before all tensors had arrived.
    #[error("the model file is cut short: {missing} bytes of its tensors are missing; download or copy it again")]
    Truncated {
        /// Bytes that did not arrive.
        missing: u64,
    },
    /// A prompt and its answer do not fit into the context.
    #[error(
        "the text needs {needed} tokens, and this model's context holds {context}; shorten it or raise the context"
    )]
    ContextFull {
        /// Positions it would take.
        needed: usize,
        /// Positions there are.
        context: usize,
    },
    /// A request's options or tokens make no sense.
    #[error("{what}")]
    BadRequest {
        /// What is wrong and what would be right.
        what: String,
    },
    /// A conversation was sent to a model that has no chat template.
    #[error("this model has no chat template: it continues a text, so send it a prompt rather than messages")]
    NoChatTemplate,
    /// An embedding model was asked to write.
    #[error("this model turns texts into vectors for search; it cannot write: choose a chat model")]
    CannotWrite,
    /// A model that writes was asked for embeddings.
    #[error("this model writes text; for embeddings use an embedding model (architecture bert)")]
    CannotEmbed,
    /// The logits were not numbers.
    #[error("the model answered with invalid numbers; its file is probably damaged: import or download it again")]
    InvalidLogits,
}

impl Error {
    /// A stable name for programs to switch on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Gguf(error) | Self::Tokenizer(TokenizerError::Metadata(error)) => gguf_code(error),
            Self::Shards(_) => "split_model",
            Self::Tokenizer(TokenizerError::UnsupportedModel { .. }) => "unsupported_tokenizer",
            Self::Tokenizer(_) => "bad_model",
            Self::Chat(_) => "chat_template",
            Self::Backend(BackendError::OutOfMemory { .. }) => "out_of_memory",
            Self::Backend(BackendError::UnsupportedType { .. }) => "unsupported_type",
            Self::Backend(BackendError::DeviceLost { .. }) => "device_lost",
            Self::Backend(
                BackendError::WrongLength { .. } | BackendError::Shape { .. } | BackendError::WouldBlock { .. },
            ) => "internal",
            Self::UnsupportedArchitecture { .. } => "unsupported_architecture",
            Self::UnsupportedFeature { .. } => "unsupported_feature",
            Self::BadHyperparameter { .. } | Self::MissingTensor { .. } | Self::TensorShape { .. } => "bad_model",
            Self::InvalidLogits => "bad_model",
            Self::Truncated { .. } => "truncated",
            Self::ContextFull { .. } => "context_full",
            Self::BadRequest { .. } => "bad_request",
            Self::NoChatTemplate => "no_chat_template",
            Self::CannotWrite | Self::CannotEmbed => "wrong_kind",
        }
    }

    /// A hyperparameter `key` that says `value` where `expected` was due.
    pub(crate) fn bad(key: impl Into<String>, value: impl ToString, expected: impl Into<String>) -> Self {
        Self::BadHyperparameter { key: key.into(), value: value.to_string(), expected: expected.into() }
    }
}

fn gguf_code(error: &GgufError) -> &'static str {
    match error {
        GgufError::NotGguf { .. } => "not_gguf",
        GgufError::UnsupportedVersion { .. } => "unsupported_version",
        GgufError::UnsupportedType { .. } => "unsupported_type",
        GgufError::Truncated { .. } => "truncated",
        _ => "bad_model",
    }
}
