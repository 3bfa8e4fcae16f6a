//! A model file taken apart, so that tests can change it and write it again.

use wasm_chord_core::gguf::write::GgufWriter;
use wasm_chord_core::gguf::{Gguf, GgufError, TensorInfo, Value};

/// A writer that holds all that the file `bytes` holds.
///
/// # Errors
/// The file is not sound.
pub fn writer(bytes: &[u8]) -> Result<GgufWriter, GgufError> {
    rewritten(bytes, |_, value| value, |_, data| Some(data))
}

/// The file `bytes` cut into `count` shards.
///
/// # Errors
/// The file is not sound.
pub fn shards(bytes: &[u8], count: u16) -> Result<Vec<Vec<u8>>, GgufError> {
    Ok(writer(bytes)?.split(count).iter().map(GgufWriter::to_bytes).collect())
}

/// A writer that holds what `bytes` holds, each tensor's data as `change` makes it from its name and data; `None` leaves it
/// out.
///
/// # Errors
/// The file is not sound.
pub fn tensors(
    bytes: &[u8],
    mut change: impl FnMut(&str, Vec<u8>) -> Option<Vec<u8>>,
) -> Result<GgufWriter, GgufError> {
    rewritten(bytes, |_, value| value, |tensor, data| change(&tensor.name, data))
}

/// A writer that holds what `bytes` holds, with `value` at the key `key`, which is there.
///
/// # Errors
/// The file is not sound.
pub fn with(bytes: &[u8], key: &str, value: Value) -> Result<GgufWriter, GgufError> {
    rewritten(bytes, |name, old| if name == key { value.clone() } else { old }, |_, data| Some(data))
}

fn rewritten(
    bytes: &[u8],
    mut value_of: impl FnMut(&str, Value) -> Value,
    mut data_of: impl FnMut(&TensorInfo, Vec<u8>) -> Option<Vec<u8>>,
) -> Result<GgufWriter, GgufError> {
    let gguf = Gguf::parse(bytes)?;
    let mut writer = GgufWriter::new();
    for (key, value) in gguf.metadata.iter() {
        writer = writer.set(key, value_of(key, value.clone()));
    }
    for tensor in &gguf.tensors {
        let begin = (gguf.data_start + tensor.offset) as usize; // Inside `bytes`: parse has seen to it.
        let data = bytes.get(begin..begin + tensor.bytes as usize).unwrap_or_default();
        if let Some(data) = data_of(tensor, data.to_vec()) {
            writer = writer.tensor(&tensor.name, tensor.ty, &tensor.dims, data);
        }
    }
    Ok(writer)
}
