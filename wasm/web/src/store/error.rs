//! Why the store could not do what it was asked.

use idb::Error as IdbError;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::DomException;

use crate::errors::{ErrorCode, describe};

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No such model.
    #[error("there is no model '{id}' in the store; it was deleted meanwhile")]
    NotFound {
        /// The id asked for.
        id: String,
    },
    /// What is stored of a model is not whole.
    #[error("the stored model is damaged ({what}); delete it and import it again")]
    Damaged {
        /// What is wrong.
        what: String,
    },
    /// The browser gives no more space.
    #[error("{}", quota_message(.needed, .free))]
    Quota {
        /// Bytes of the file, where it is known.
        needed: Option<u64>,
        /// Bytes the browser would still store, where it tells.
        free: Option<u64>,
    },
    /// The same bytes are stored already.
    #[error("this model is already stored, as '{name}'; nothing was added")]
    AlreadyStored {
        /// What the stored one is called.
        name: String,
    },
    /// Another page or worker writes this download.
    #[error("another window is busy with this download; wait for it or close that window")]
    InUse,
    /// What came is not what was announced.
    #[error(
        "'{name}' is not the file that was announced: its SHA-256 is {digest} and not {expected}; what had come of it was discarded"
    )]
    WrongDigest {
        /// The file's name.
        name: String,
        /// The digest that was announced.
        expected: String,
        /// The digest of what came.
        digest: String,
    },
    /// More came than was announced.
    #[error("the file is longer than the {size} bytes that were announced")]
    TooLong {
        /// Bytes announced.
        size: u64,
    },
    /// Less came than was announced.
    #[error("the file ended after {received} of the {size} bytes that were announced")]
    TooShort {
        /// Bytes announced.
        size: u64,
        /// Bytes that came.
        received: u64,
    },
    /// A newer version of Chord has upgraded the store.
    #[error("the model store was written by a newer version of Chord; update or reload this one")]
    Newer,
    /// There is no IndexedDB here, or it cannot be opened.
    #[error(
        "the browser's storage cannot be opened ({reason}); private windows and blocked site data are common causes"
    )]
    Unavailable {
        /// What the browser said.
        reason: String,
    },
    /// Anything else.
    #[error("the browser's storage failed ({reason}); try again, and restart the browser if it happens twice")]
    Failed {
        /// What the browser said.
        reason: String,
    },
}

impl StoreError {
    /// A stable name for programs to switch on.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound { .. } => ErrorCode::NotFound,
            Self::Damaged { .. } => ErrorCode::Damaged,
            Self::Quota { .. } => ErrorCode::Quota,
            Self::AlreadyStored { .. } => ErrorCode::AlreadyStored,
            Self::InUse => ErrorCode::InUse,
            Self::WrongDigest { .. } => ErrorCode::WrongDigest,
            Self::TooLong { .. } | Self::TooShort { .. } => ErrorCode::WrongLength,
            Self::Newer => ErrorCode::StoreNewer,
            Self::Unavailable { .. } => ErrorCode::StoreUnavailable,
            Self::Failed { .. } => ErrorCode::Store,
        }
    }

    /// Puts the sizes into a quota error: a transaction knows neither the file nor the space.
    #[must_use]
    pub(crate) fn with_sizes(self, size: u64, space: Option<u64>) -> Self {
        match self {
            Self::Quota { needed: None, .. } => Self::Quota { needed: Some(size), free: space },
            other => other,
        }
    }

    /// What an exception of IndexedDB means.
    pub(super) fn from_exception(error: &DomException) -> Self {
        match error.name().as_str() {
            "QuotaExceededError" => Self::Quota { needed: None, free: None },
            // The connection was closed to make way for an upgrade.
            "InvalidStateError" => Self::Newer,
            _ => Self::Failed { reason: describe(error.as_ref()) },
        }
    }
}

impl From<IdbError> for StoreError {
    fn from(error: IdbError) -> Self {
        exception(&error).map_or_else(|| Self::Failed { reason: error.to_string() }, Self::from_exception)
    }
}

/// The exception behind an error of the calls the store makes.
fn exception(error: &IdbError) -> Option<&DomException> {
    let thrown: &JsValue = match error {
        IdbError::DomException(error) => return Some(error),
        IdbError::UpdateFailed(thrown)
        | IdbError::DeleteFailed(thrown)
        | IdbError::GetFailed(thrown)
        | IdbError::GetKeyFailed(thrown)
        | IdbError::GetAllKeysFailed(thrown)
        | IdbError::TransactionOpenFailed(thrown) => thrown,
        _ => return None,
    };
    thrown.dyn_ref()
}

fn quota_message(needed: &Option<u64>, free: &Option<u64>) -> String {
    let free = free.map_or_else(String::new, |free| format!(" and the browser has {} left for Chord", mib(free)));
    let needed = needed.map_or_else(String::new, |needed| format!(": the model takes {}{free}", mib(needed)));
    format!("there is not enough storage space{needed}; delete a model or free disk space")
}

fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_error_says_both_sizes() {
        let error = StoreError::Quota { needed: None, free: None }.with_sizes(3 << 20, Some(1 << 19));
        let message = error.to_string();
        assert!(message.contains("takes 3.0 MiB") && message.contains("0.5 MiB left"), "{message}");
        assert_eq!(error.code(), ErrorCode::Quota);
    }

    #[test]
    fn sizes_are_left_out_where_the_browser_does_not_tell() {
        let message = StoreError::Quota { needed: None, free: None }.with_sizes(1 << 20, None).to_string();
        assert!(message.contains("takes 1.0 MiB;"), "{message}");
        assert!(StoreError::Quota { needed: None, free: None }.to_string().contains("space; delete"));
    }

    #[test]
    fn other_errors_keep_their_sizes_to_themselves() {
        let error = StoreError::NotFound { id: "a".to_owned() }.with_sizes(1, None);
        assert_eq!(error.code(), ErrorCode::NotFound);
    }
}
