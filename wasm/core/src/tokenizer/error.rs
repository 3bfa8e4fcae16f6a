//! Why a vocabulary could not be used, and what is doubtful about one that can.

use crate::gguf::GgufError;

/// Why a tokenizer could not be built from a file's metadata.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenizerError {
    /// A kind of tokenizer that is not implemented.
    #[error(
        "the model's tokenizer is '{model}', which is not supported; supported: llama (SentencePiece), gpt2 (byte-level \
         BPE), gemma4, bert (WordPiece)"
    )]
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

/// What may make a model's answers worse than they should be, though it can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenizerWarning {
    /// The file does not say how text is cut before it is merged.
    #[error(
        "the file does not name its pre-tokenizer ('tokenizer.ggml.pre'); a general one is used, and answers may suffer; a \
         newer conversion of the model would name it"
    )]
    NoPreTokenizer,
    /// A way of cutting text that is not known.
    #[error("the model's pre-tokenizer '{name}' is not known; a general one is used, and answers may suffer")]
    UnknownPreTokenizer {
        /// The value of `tokenizer.ggml.pre`.
        name: String,
    },
    /// Entries of the list of merges that are none.
    #[error(
        "{count} of the entries in 'tokenizer.ggml.merges' are not two texts with a space between, and are left out"
    )]
    BadMerges {
        /// How many.
        count: usize,
    },
}
