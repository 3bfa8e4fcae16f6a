//! Model files, read from front to back in pieces: a file is never in memory whole.
//!
//! Of a model in several files any one is named; the others lie beside it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use wasm_chord_core::Backend;
use wasm_chord_core::gguf::{Gguf, GgufParser, Progress, ShardName, ShardSet, Shards, Split};
use wasm_chord_runtime::{Embedder, LoadOptions, ModelLoader, Session};

use crate::error::{CliError, Result};

/// Bytes read at a time: enough for the disk, little beside any model.
const PIECE: usize = 1 << 20;

/// A model on disk with its headers read.
pub struct ModelFiles {
    /// The headers, put together.
    pub shards: Shards,
    /// Where the model's files are, in the order of [`Shards::files`], and their lengths in bytes.
    pub files: Vec<(PathBuf, u64)>,
}

/// Finds a model's files, given any of them, and reads their headers.
pub fn open(path: &Path) -> Result<ModelFiles> {
    let (header, length) = header(path)?;
    let shard_error = |source| CliError::Shards { path: path.to_owned(), source };
    let gguf_error = |source| CliError::Gguf { path: path.to_owned(), source };
    let Some(split) = Split::of(&header.metadata).map_err(gguf_error)? else {
        let shards = Shards::single(header).map_err(shard_error)?;
        return Ok(ModelFiles { shards, files: vec![(path.to_owned(), length)] });
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let own = ShardName::parse(&name).filter(|own| (own.no, own.count) == (split.no, split.count));
    let Some(own) = own else {
        let (no, count) = (split.no + 1, split.count);
        return Err(CliError::ShardName { path: path.to_owned(), no, count });
    };

    let mut set = ShardSet::new();
    let mut files = vec![(path.to_owned(), length)];
    set.add(&name, header).map_err(shard_error)?;
    for no in (0..split.count).filter(|&no| no != split.no) {
        let sibling = path.with_file_name(own.with_no(no).to_string());
        let (header, length) = self::header(&sibling).map_err(|error| match error {
            CliError::Read { path: missing, source } if source.kind() == io::ErrorKind::NotFound => {
                CliError::MissingShard { path: missing, given: name.to_string(), no: no + 1, count: split.count }
            }
            error => error,
        })?;
        let name = sibling.file_name().unwrap_or_default().to_string_lossy().into_owned();
        set.add(&name, header).map_err(shard_error)?;
        files.push((sibling, length));
    }
    let shards = set.finish().map_err(shard_error)?;
    let files = shards.files().iter().filter_map(|shard| files.get(shard.file).cloned()).collect();
    Ok(ModelFiles { shards, files })
}

/// Loads a whole model that writes onto `backend`.
pub fn load<B: Backend + 'static>(path: &Path, backend: B, options: LoadOptions) -> Result<Session<B>> {
    let loaded = pushed(path, backend, options)?.finish();
    loaded.map_err(|source| CliError::Load { path: path.to_owned(), source })
}

/// Loads a whole embedding model onto `backend`.
pub fn load_embedder<B: Backend + 'static>(path: &Path, backend: B) -> Result<Embedder<B>> {
    let loaded = pushed(path, backend, LoadOptions::default())?.finish_embedder();
    loaded.map_err(|source| CliError::Load { path: path.to_owned(), source })
}

/// A loader that has been given all of a model's files.
fn pushed<B: Backend + 'static>(path: &Path, backend: B, options: LoadOptions) -> Result<ModelLoader<B>> {
    let load_error = |source| CliError::Load { path: path.to_owned(), source };
    let ModelFiles { shards, files } = open(path)?;
    let mut loader = ModelLoader::of_shards(backend, options, shards).map_err(load_error)?;
    for (i, (path, _)) in files.iter().enumerate() {
        if i > 0 {
            loader.next_file().map_err(load_error)?;
        }
        pieces(path, |bytes| loader.push(bytes).map(|()| true).map_err(load_error))?;
    }
    Ok(loader)
}

/// A file's header, and the file's length in bytes.
fn header(path: &Path) -> Result<(Gguf, u64)> {
    let gguf_error = |source| CliError::Gguf { path: path.to_owned(), source };
    let mut parser = GgufParser::new();
    let length = pieces(path, |bytes| {
        let progress = parser.push(bytes).map_err(gguf_error)?;
        Ok(matches!(progress, Progress::NeedMore))
    })?;
    Ok((parser.finish().map_err(gguf_error)?, length))
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
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(read_error(error)),
        };
        if !take(buffer.get(..read).unwrap_or_default())? {
            break;
        }
    }
    Ok(length)
}
