//! A model's files into the store: their headers are read and judged before a byte is written.

use js_sys::{Array, Function};
use wasm_bindgen::{JsCast, JsValue};
use wasm_chord_core::gguf::{Gguf, GgufParser, Progress, Shard, ShardError, ShardSet, Shards};
use wasm_chord_runtime::{Error as RuntimeError, ModelInfo, check};
use web_sys::{Blob, File};

use crate::blob;
use crate::errors::{EngineError, describe};
use crate::events::emit_progress;
use crate::job::Job;
use crate::platform;
use crate::store::{Hasher, Import, ModelStore, pieces};
use crate::types::ModelRecord;

/// Bytes of the header that are read at once. Vocabularies make headers of a few MiB.
const HEADER_PIECE: u64 = 1 << 20;

/// Bytes that are read and hashed at once.
const HASH_PIECE: u64 = 4 << 20;

/// A file the page has handed over, or one that was downloaded.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    blob: Blob,
    /// What messages call it.
    name: String,
    size: u64,
}

impl Source {
    /// A file under the name that messages call it.
    pub(crate) fn new(blob: Blob, name: String) -> Self {
        Self { size: blob::size(&blob), blob, name }
    }

    pub(crate) fn blob(&self) -> &Blob {
        &self.blob
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Its bytes.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// It went away, or changed, while it was read.
    pub(crate) fn unreadable(&self, error: &JsValue) -> EngineError {
        EngineError::FileUnreadable { name: self.name.clone(), reason: describe(error) }
    }
}

/// The files in a `Blob` or an array of them. One that has no name of its own is called after the `model`.
pub(crate) fn sources(files: &JsValue, model: &str) -> Result<Vec<Source>, EngineError> {
    let files = if Array::is_array(files) { files.clone().unchecked_into() } else { Array::of1(files) };
    let source = |(i, file): (usize, JsValue)| {
        let Some(blob) = file.dyn_ref::<Blob>() else {
            return Err(EngineError::BadRequest("a model is a Blob or an array of Blobs".to_owned()));
        };
        let name = match file.dyn_ref::<File>() {
            Some(file) => file.name(),
            None if files.length() == 1 => model.to_owned(),
            None => format!("file {}", i + 1),
        };
        Ok(Source::new(blob.clone(), name))
    };
    files.iter().enumerate().map(source).collect()
}

/// Checks the files of a model, given in any order, and stores them.
pub(crate) async fn run(
    store: &ModelStore,
    job: &Job,
    sources: Vec<Source>,
    name: &str,
    on_progress: &Function,
) -> Result<ModelRecord, EngineError> {
    let size = sources.iter().map(|source| source.size).sum();
    emit_progress(on_progress, 0, size)?;
    let (info, sources) = read_headers(job, sources).await?;

    let free = platform::free_space().await;
    if free.is_some_and(|free| free < size) {
        return Err(crate::StoreError::Quota { needed: Some(size), free }.into());
    }
    job.check()?;

    let name = if name.trim().is_empty() { info.name.clone() } else { name.trim().to_owned() };
    let id = platform::new_id()?;
    let (added_at, info) = (platform::wall_clock(), info.into());
    let mut record = ModelRecord { id, name, size, added_at, info, digests: Vec::new(), source: None };
    let import = store.begin_import(record.id.clone(), sources.iter().map(|source| source.size).collect()).await?;
    match write(&import, job, &sources, &mut record, on_progress).await {
        Ok(()) => Ok(record),
        Err(error) => {
            import.discard().await;
            Err(match error {
                EngineError::Store(error) => error.with_sizes(size, free).into(),
                error => error,
            })
        }
    }
}

/// Reads the headers and judges everything that can be judged from them: that there is a graph for the model, and that the
/// files are all there and long enough for its tensors. (Every backend runs every type that the parser knows.) Gives the files in the order in which they are loaded.
pub(crate) async fn read_headers(job: &Job, sources: Vec<Source>) -> Result<(ModelInfo, Vec<Source>), EngineError> {
    let shards = match sources.as_slice() {
        [source] => {
            let mut set = ShardSet::new();
            set.add(&source.name, parse_header(job, source).await?)?;
            set.finish()?
        }
        sources => parse_headers(job, sources).await?,
    };
    let info = check(shards.model())?;
    let sources: Vec<Source> = shards.files().iter().filter_map(|shard| sources.get(shard.file).cloned()).collect();
    for (no, (Shard { name, .. }, missing)) in (0..).zip(missing_bytes(&shards, &sources)) {
        match shards.files().len() {
            _ if missing == 0 => {}
            1 => return Err(RuntimeError::Truncated { missing }.into()),
            count => {
                let (name, count) = (name.clone(), count as u32);
                return Err(ShardError::CutShort { no, count, name, missing }.into());
            }
        }
    }
    Ok((info, sources))
}

fn missing_bytes<'a>(shards: &'a Shards, sources: &'a [Source]) -> impl Iterator<Item = (&'a Shard, u64)> {
    shards.files().iter().zip(sources).map(|(shard, source)| (shard, shard.missing_bytes(source.size)))
}

/// As [`parse_header`], of all files, with errors that name the one they are about.
async fn parse_headers(job: &Job, sources: &[Source]) -> Result<Shards, EngineError> {
    let mut set = ShardSet::new();
    for source in sources {
        let header = parse_header(job, source).await.map_err(|error| match error {
            EngineError::Runtime(RuntimeError::Gguf(error)) => {
                ShardError::Header { name: source.name.clone(), source: Box::new(error) }.into()
            }
            error => error,
        })?;
        set.add(&source.name, header)?;
    }
    Ok(set.finish()?)
}

async fn parse_header(job: &Job, source: &Source) -> Result<Gguf, EngineError> {
    let mut parser = GgufParser::new();
    let mut buffer = Vec::new();
    for piece in pieces(source.size, HEADER_PIECE) {
        let read = async { blob::read(&source.blob, piece.start, piece.end)?.into(&mut buffer).await };
        read.await.map_err(|error| source.unreadable(&error))?;
        job.check()?;
        if let Progress::Done { .. } = parser.push(&buffer)? {
            break;
        }
    }
    Ok(parser.finish()?)
}

/// Stores every chunk, then the record. A slice of a file is only a reference to it; IndexedDB copies the bytes behind it as
/// it commits. Meanwhile they are read once more for their digest, a few MiB at a time.
async fn write(
    import: &Import<'_>,
    job: &Job,
    sources: &[Source],
    record: &mut ModelRecord,
    on_progress: &Function,
) -> Result<(), EngineError> {
    let layout = import.layout();
    let mut hashers = vec![Hasher::default(); sources.len()];
    let mut buffer = Vec::new();
    let mut stored = 0;
    for chunk in layout.chunks() {
        // There is one for each file of the layout.
        let Some((source, hasher)) = sources.get(chunk.file).zip(hashers.get_mut(chunk.file)) else { break };
        let slice = blob::slice(&source.blob, chunk.range.start, chunk.range.end);
        let slice = slice.map_err(|error| source.unreadable(&error))?;
        let written = import.put(chunk.index, &slice)?;
        let hashed = hash(&slice, hasher, &mut buffer).await;
        if let Err(error) = written.await {
            // A file that went away fails the write with an error about the disk: a look at the file tells which it was.
            let look = async { blob::read(&slice, 0, 1)?.into(&mut Vec::new()).await };
            look.await.map_err(|error| source.unreadable(&error))?;
            return Err(error.into());
        }
        hashed.map_err(|error| source.unreadable(&error))?;
        stored += chunk.range.end - chunk.range.start;
        emit_progress(on_progress, stored, layout.size())?;
        job.check()?;
    }
    record.digests = hashers.into_iter().map(Hasher::finish).collect();
    Ok(import.commit(record).await?)
}

/// Adds a Blob's bytes to a digest, the next piece on its way while one is hashed.
pub(crate) async fn hash(blob: &Blob, hasher: &mut Hasher, buffer: &mut Vec<u8>) -> Result<(), JsValue> {
    let mut ahead = None;
    for piece in pieces(blob::size(blob), HASH_PIECE) {
        let next = blob::read(blob, piece.start, piece.end)?;
        if let Some(read) = ahead.replace(next) {
            read.into(buffer).await?;
            hasher.update(buffer);
        }
    }
    if let Some(read) = ahead {
        read.into(buffer).await?;
        hasher.update(buffer);
    }
    Ok(())
}
