//! A model file taken apart, so that tests can change it and write it again.

use wasm_chord_core::gguf::write::GgufWriter;
use wasm_chord_core::gguf::{Gguf, GgufError};

/// A writer that holds all that the file `bytes` holds.
///
/// # Errors
/// The file is not sound.
pub fn writer(bytes: &[u8]) -> Result<GgufWriter, GgufError> {
    let gguf = Gguf::parse(bytes)?;
    let mut writer = GgufWriter::new();
    for (key, value) in gguf.metadata.iter() {
        writer = writer.set(key, value.clone());
    }
    for tensor in &gguf.tensors {
        let begin = (gguf.data_start + tensor.offset) as usize; // Inside `bytes`: parse has seen to it.
        let data = bytes.get(begin..begin + tensor.bytes as usize).unwrap_or_default();
        writer = writer.tensor(&tensor.name, tensor.ty, &tensor.dims, data.to_vec());
    }
    Ok(writer)
}

/// The file `bytes` cut into `count` shards.
///
/// # Errors
/// The file is not sound.
pub fn shards(bytes: &[u8], count: u16) -> Result<Vec<Vec<u8>>, GgufError> {
    Ok(writer(bytes)?.split(count).iter().map(GgufWriter::to_bytes).collect())
}
