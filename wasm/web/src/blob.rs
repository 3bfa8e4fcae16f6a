//! Reading a Blob piece by piece. Offsets are f64 in the browser: exact below 2^53 bytes.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

/// The bytes of a Blob.
pub(crate) fn size(blob: &Blob) -> u64 {
    blob.size() as u64
}

/// `start..end` of a Blob; no byte is read yet.
pub(crate) fn slice(blob: &Blob, start: u64, end: u64) -> Result<Blob, JsValue> {
    blob.slice_with_f64_and_f64(start as f64, end as f64)
}

/// A read under way; it goes on in the browser's own process while wasm computes.
pub(crate) struct Read(Promise);

/// Begins to read `start..end` of a Blob.
pub(crate) fn read(blob: &Blob, start: u64, end: u64) -> Result<Read, JsValue> {
    Ok(Read(slice(blob, start, end)?.array_buffer()))
}

impl Read {
    /// Waits for the bytes and copies them into `buffer`, whose memory is kept from one call to the next.
    pub(crate) async fn into(self, buffer: &mut Vec<u8>) -> Result<(), JsValue> {
        let bytes = Uint8Array::new(self.0.await?.unchecked_ref::<js_sys::ArrayBuffer>());
        buffer.clear();
        buffer.resize(bytes.length() as usize, 0);
        bytes.copy_to(buffer);
        Ok(())
    }
}
