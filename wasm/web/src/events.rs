//! Calling the page back: typed values out, its exceptions in.

use js_sys::Function;
use serde::Serialize;
use tsify::Tsify;
use wasm_bindgen::JsValue;

use crate::errors::EngineError;
use crate::types::ByteProgress;

/// Calls `callback(event)`.
///
/// # Errors
/// [`EngineError::Callback`] with whatever it throws: a page that cannot take its events should hear of it.
pub(crate) fn emit<T: Tsify + Serialize>(callback: &Function, event: &T) -> Result<(), EngineError> {
    let event = JsValue::from(event.into_ts()?);
    callback.call1(&JsValue::UNDEFINED, &event).map_err(EngineError::Callback)?;
    Ok(())
}

/// Calls `callback({bytes, total})`.
pub(crate) fn emit_progress(callback: &Function, bytes: u64, total: u64) -> Result<(), EngineError> {
    emit(callback, &ByteProgress { bytes, total })
}
