//! Why a conversation could not be rendered.

/// Why a chat template failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChatError {
    /// The template is not valid Jinja, or uses something that is not supported.
    #[error("the model's chat template cannot be read: {0}")]
    Syntax(String),
    /// The template refused the conversation in its own words (`raise_exception`).
    #[error("the model's chat template refused the conversation: {0}")]
    Raised(String),
    /// The template failed while it ran.
    #[error("the model's chat template failed: {0}")]
    Failed(String),
    /// The template ran longer than any sensible one.
    #[error("the model's chat template did not end")]
    OutOfFuel,
    /// The template wrote more than any sensible one.
    #[error("the model's chat template wrote more than {cap} bytes")]
    TooLong {
        /// The most that is accepted.
        cap: usize,
    },
    /// The template is larger than any real one.
    #[error("the model's chat template has {len} bytes, more than the {cap} allowed")]
    TemplateTooLong {
        /// Its length.
        len: usize,
        /// The most that is accepted.
        cap: usize,
    },
    /// The template nests deeper than any real one.
    #[error("the model's chat template has {what}")]
    TooDeep {
        /// What there is too much of.
        what: &'static str,
    },
    /// Metadata is mistyped.
    #[error(transparent)]
    Metadata(#[from] crate::gguf::GgufError),
}
