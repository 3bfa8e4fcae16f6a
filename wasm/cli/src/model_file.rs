//! Model files, read from front to back in pieces: a file is never in memory whole.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use wasm_chord_core::Backend;
use wasm_chord_core::gguf::{Gguf, GgufParser, Progress};
use wasm_chord_runtime::{LoadOptions, ModelLoader, Session};

use crate::error::{CliError, Result};

/// Bytes read at a time: enough for the disk, little beside any model.
const PIECE: usize = 1 << 20;

/// A file's header, and the file's length in bytes.
pub fn header(path: &Path) -> Result<(Gguf, u64)> {
    let gguf_error = |source| CliError::Gguf { path: path.to_owned(), source };
    let mut parser = GgufParser::new();
    let length = pieces(path, |bytes| {
        let progress = parser.push(bytes).map_err(gguf_error)?;
        Ok(matches!(progress, Progress::NeedMore))
    })?;
    Ok((parser.finish().map_err(gguf_error)?, length))
}

/// Loads a whole model onto `backend`.
pub fn load<B: Backend + 'static>(path: &Path, backend: B, options: LoadOptions) -> Result<Session<B>> {
    let load_error = |source| CliError::Load { path: path.to_owned(), source };
    let mut loader = ModelLoader::new(backend, options);
    pieces(path, |bytes| loader.push(bytes).map(|()| true).map_err(load_error))?;
    loader.finish().map_err(load_error)
}

/// Hands the file to `take` piece by piece until it wants no more; the file's length in bytes.
fn pieces(path: &Path, mut take: impl FnMut(&[u8]) -> Result<bool>) -> Result<u64> {
    let read_error = |source| CliError::Read { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(read_error)?;
    let length = file.metadata().map_err(read_error)?.len();
    let mut buffer = vec![0; PIECE];
    loop {
        let read = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(read_error(error)),
        };
        if !take(buffer.get(..read).unwrap_or_default())? {
            break;
        }
    }
    Ok(length)
}
