//! Why a vocabulary could not be used.

use crate::gguf::GgufError;

/// Why a tokenizer could not be built from a file's metadata.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenizerError {
    /// A kind of tokenizer that is not implemented.
    #[error("the model's tokenizer is '{model}', which is not supported yet; supported: llama (SentencePiece)")]
    UnsupportedModel {
        /// The value of `tokenizer.ggml.model`.
        model: String,
    },
    /// An array of the vocabulary has another length than the token list.
    #[error("'{key}' has {got} entries, the vocabulary has {expected} tokens")]
    WrongLength {
        /// The array's key.
        key: &'static str,
        /// Tokens in the vocabulary.
        expected: usize,
        /// Entries in the array.
        got: usize,
    },
    /// There are no tokens.
    #[error("'tokenizer.ggml.tokens' is empty")]
    EmptyVocabulary,
    /// Metadata is missing or mistyped.
    #[error(transparent)]
    Metadata(#[from] GgufError),
}
