//! Calls that do not wait: their async siblings, finished at the first look.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use wasm_chord_core::backend::BackendError;

use crate::error::Result;

/// What `future` comes to without waiting. Every backend that can block does so inside of it, and is through at once.
///
/// # Errors
/// What `future` fails with; [`BackendError::WouldBlock`] when it has to be awaited.
pub(crate) fn at_once<T>(backend: &'static str, future: impl Future<Output = Result<T>>) -> Result<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => Err(BackendError::WouldBlock { backend }.into()),
    }
}
