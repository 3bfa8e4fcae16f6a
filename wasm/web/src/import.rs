//! A file into the store: its header is read and judged before a byte is written.

use js_sys::Function;
use wasm_chord_core::backend::{Backend, BackendError};
use wasm_chord_core::gguf::{Gguf, GgufParser, Progress};
use wasm_chord_cpu::CpuBackend;
use wasm_chord_runtime::{Error as RuntimeError, ModelInfo, check};
use web_sys::Blob;

use crate::blob;
use crate::errors::{EngineError, describe};
use crate::events::emit_progress;
use crate::job::Job;
use crate::platform;
use crate::store::{Import, ModelStore, pieces};
use crate::types::ModelRecord;

/// Bytes of the header that are read at once. Vocabularies make headers of a few MiB.
const HEADER_PIECE: u64 = 1 << 20;

/// Checks `file` and stores it.
pub(crate) async fn run(
    store: &ModelStore,
    job: &Job,
    file: &Blob,
    name: &str,
    on_progress: &Function,
) -> Result<ModelRecord, EngineError> {
    let size = blob::size(file);
    emit_progress(on_progress, 0, size)?;
    let info = read_header(job, file, name, size).await?;

    let free = platform::free_space().await;
    if free.is_some_and(|free| free < size) {
        return Err(crate::StoreError::Quota { needed: Some(size), free }.into());
    }
    job.check()?;

    let name = if name.trim().is_empty() { info.name.clone() } else { name.trim().to_owned() };
    let id = platform::new_id()?;
    let record = ModelRecord { id, name, size, added_at: platform::wall_clock(), info: info.into() };
    let import = store.begin_import(record.id.clone(), size).await?;
    match write(&import, job, file, &record, on_progress).await {
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

/// Reads the header and judges everything that can be judged from it: that this build can run the model, and that the
/// file is long enough for its tensors.
async fn read_header(job: &Job, file: &Blob, name: &str, size: u64) -> Result<ModelInfo, EngineError> {
    let gguf = parse_header(job, file, name, size).await?;
    let info = check(&gguf)?;
    let backend = CpuBackend::new();
    if let Some(tensor) = gguf.tensors.iter().find(|tensor| !backend.supports(tensor.ty)) {
        let (tensor, ty) = (tensor.name.clone(), tensor.ty);
        return Err(RuntimeError::from(BackendError::UnsupportedType { tensor, ty, backend: backend.name() }).into());
    }
    match gguf.data_start.saturating_add(gguf.data_bytes()).saturating_sub(size) {
        0 => Ok(info),
        missing => Err(RuntimeError::Truncated { missing }.into()),
    }
}

async fn parse_header(job: &Job, file: &Blob, name: &str, size: u64) -> Result<Gguf, EngineError> {
    let mut parser = GgufParser::new();
    let mut buffer = Vec::new();
    for piece in pieces(size, HEADER_PIECE) {
        let read = async { blob::read(file, piece.start, piece.end)?.into(&mut buffer).await };
        read.await.map_err(|error| EngineError::FileUnreadable { name: name.to_owned(), reason: describe(&error) })?;
        job.check()?;
        if let Progress::Done { .. } = parser.push(&buffer)? {
            break;
        }
    }
    Ok(parser.finish()?)
}

/// Stores every chunk, then the record. A slice of a file is only a reference to it; IndexedDB copies the bytes behind it
/// as it commits, so none of them passes through wasm or JavaScript.
async fn write(
    import: &Import<'_>,
    job: &Job,
    file: &Blob,
    record: &ModelRecord,
    on_progress: &Function,
) -> Result<(), EngineError> {
    let layout = import.layout();
    for index in 0..layout.count() {
        let range = layout.range(index);
        let unreadable = |error| EngineError::FileUnreadable { name: record.name.clone(), reason: describe(&error) };
        let chunk = blob::slice(file, range.start, range.end).map_err(unreadable)?;
        if let Err(error) = import.put(index, &chunk).await {
            // A file that went away fails the write with an error about the disk: a look at the file tells which it was.
            let look = async { blob::read(&chunk, 0, 1)?.into(&mut Vec::new()).await };
            look.await.map_err(unreadable)?;
            return Err(error.into());
        }
        emit_progress(on_progress, range.end, layout.size())?;
        job.check()?;
    }
    Ok(import.commit(record).await?)
}
