//! What JavaScript gets when something fails: an `Error` with a stable `code` and a sentence a person can act on.

use js_sys::Reflect;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as ValueError, StrDeserializer};
use serde::{Deserialize, Serialize};
use tsify::Tsify;
use wasm_bindgen::prelude::*;

use crate::job::JobKind;
use crate::store::StoreError;

/// The `code` of every `Error` that the engine rejects with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The same bytes are stored under another name.
    AlreadyStored,
    /// The model file is damaged or unusual.
    BadModel,
    /// The request makes no sense.
    BadRequest,
    /// Another import, load or answer is under way.
    Busy,
    /// `cancel` was called.
    Cancelled,
    /// The model's chat template is damaged or refused the conversation.
    ChatTemplate,
    /// The text does not fit into the context.
    ContextFull,
    /// What is stored of the model is incomplete.
    Damaged,
    /// The graphics device went away.
    DeviceLost,
    /// The file changed, or was moved away, while it was read.
    FileUnreadable,
    /// Another page or worker writes this download.
    InUse,
    /// A fault in the engine.
    Internal,
    /// The model has no chat template.
    NoChatTemplate,
    /// There is no GPU to run models on.
    NoGpu,
    /// There is no such model in the store.
    NotFound,
    /// The file is not GGUF.
    NotGguf,
    /// No model is loaded.
    NotLoaded,
    /// Memory ran out.
    OutOfMemory,
    /// The browser gives no more disk space.
    Quota,
    /// The files given are not all of a model, or not of one.
    SplitModel,
    /// The store could not be read or written.
    Store,
    /// The store was written by a newer version.
    StoreNewer,
    /// The browser offers no store here.
    StoreUnavailable,
    /// The file is cut short.
    Truncated,
    /// No graph for this architecture.
    UnsupportedArchitecture,
    /// The architecture is known, something it uses is not.
    UnsupportedFeature,
    /// No such tokenizer here.
    UnsupportedTokenizer,
    /// No kernel for how the weights are stored.
    UnsupportedType,
    /// No reader for this version of GGUF.
    UnsupportedVersion,
    /// A download's SHA-256 is not the one that was announced.
    WrongDigest,
    /// A model that writes was asked for vectors, or the other way round.
    WrongKind,
    /// A download is longer or shorter than was announced.
    WrongLength,
}

impl ErrorCode {
    /// The code that the runtime calls `name`; [`Self::Internal`] for one that is not listed here.
    pub fn from_name(name: &str) -> Self {
        let name: StrDeserializer<'_, ValueError> = name.into_deserializer();
        Self::deserialize(name).unwrap_or(Self::Internal)
    }
}

#[wasm_bindgen(typescript_custom_section)]
const ENGINE_ERROR: &str = r"
/**
 * What the engine's promises reject with; a callback's own exception is handed back as it is.
 */
export interface EngineError extends Error {
    readonly code: ErrorCode;
}
";

/// Why an [`Engine`](crate::Engine) call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The model could not be read, loaded or run.
    #[error(transparent)]
    Runtime(#[from] wasm_chord_runtime::Error),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// One thing at a time.
    #[error("the engine is busy {0}; wait for it or cancel it first")]
    Busy(JobKind),
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// Nothing to answer with.
    #[error("no model is loaded; load one first")]
    NotLoaded,
    /// The picked file could not be read to its end.
    #[error(
        "'{name}' could not be read ({reason}); it was changed, moved or removed since it was chosen: choose it again"
    )]
    FileUnreadable {
        /// The file's name.
        name: String,
        /// What the browser said.
        reason: String,
    },
    /// The build for GPUs found none that it can use.
    #[error("{0}")]
    NoGpu(String),
    /// Arguments that are not of the documented shape.
    #[error("bad request: {0}")]
    BadRequest(String),
    /// The browser refused something every browser has.
    #[error("the browser failed to {what}: {reason}")]
    Browser {
        /// What was asked of it.
        what: &'static str,
        /// What it said.
        reason: String,
    },
    /// A callback threw: its own exception is handed back as it is.
    #[error("a callback threw: {}", describe(.0))]
    Callback(JsValue),
}

impl EngineError {
    /// A stable name for programs to switch on.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Runtime(error) => ErrorCode::from_name(error.code()),
            Self::Store(error) => error.code(),
            Self::Busy(_) => ErrorCode::Busy,
            Self::Cancelled => ErrorCode::Cancelled,
            Self::NotLoaded => ErrorCode::NotLoaded,
            Self::NoGpu(_) => ErrorCode::NoGpu,
            Self::FileUnreadable { .. } => ErrorCode::FileUnreadable,
            Self::BadRequest(_) => ErrorCode::BadRequest,
            Self::Browser { .. } | Self::Callback(_) => ErrorCode::Internal,
        }
    }
}

impl From<wasm_chord_core::gguf::GgufError> for EngineError {
    fn from(error: wasm_chord_core::gguf::GgufError) -> Self {
        Self::Runtime(error.into())
    }
}

impl From<wasm_chord_core::gguf::ShardError> for EngineError {
    fn from(error: wasm_chord_core::gguf::ShardError) -> Self {
        Self::Runtime(error.into())
    }
}

impl From<tsify::Error> for EngineError {
    fn from(error: tsify::Error) -> Self {
        // The outer message names the Rust type; the source says which field is wrong.
        Self::BadRequest(std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string))
    }
}

impl From<EngineError> for JsValue {
    fn from(error: EngineError) -> Self {
        if let EngineError::Callback(thrown) = error {
            return thrown;
        }
        let js = js_sys::Error::new(&error.to_string());
        let code = serde_wasm_bindgen::to_value(&error.code()).unwrap_or(JsValue::UNDEFINED);
        // Setting a property of an object made here cannot fail.
        let _ = Reflect::set(&js, &JsValue::from_str("code"), &code);
        js.into()
    }
}

/// What an exception says, for messages: an `Error`'s name and message, or whatever else was thrown.
pub(crate) fn describe(thrown: &JsValue) -> String {
    if let Some(error) = thrown.dyn_ref::<web_sys::DomException>() {
        return format!("{}: {}", error.name(), error.message());
    }
    match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => format!("{}: {}", error.name(), error.message()),
        None => thrown.as_string().unwrap_or_else(|| format!("{thrown:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runtime_codes_are_known() {
        assert_eq!(ErrorCode::from_name("context_full"), ErrorCode::ContextFull);
        assert_eq!(ErrorCode::from_name("no_chat_template"), ErrorCode::NoChatTemplate);
        assert_eq!(ErrorCode::from_name("split_model"), ErrorCode::SplitModel);
        assert_eq!(ErrorCode::from_name("something_new"), ErrorCode::Internal);
    }

    #[test]
    fn a_truncated_file_keeps_the_runtimes_code_and_words() {
        let error = EngineError::from(wasm_chord_runtime::Error::Truncated { missing: 17 });
        assert_eq!(error.code(), ErrorCode::Truncated);
        assert!(error.to_string().contains("17 bytes"), "{error}");
    }
}
