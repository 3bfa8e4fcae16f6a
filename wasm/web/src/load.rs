//! A model from the store into memory, a few MiB at a time: never more of the file than that is in JavaScript's hands.

use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_chord_cpu::CpuBackend;
use wasm_chord_runtime::{LoadOptions as RuntimeOptions, ModelLoader};
use web_sys::Blob;

use crate::blob;
use crate::engine::Loaded;
use crate::errors::{EngineError, describe};
use crate::events::emit_progress;
use crate::job::Job;
use crate::platform;
use crate::store::{ModelStore, StoreError, pieces};
use crate::types::{LoadOptions, LoadedModel};

/// Bytes read at once: long enough to read fast, short enough to cancel between two.
const PIECE: u64 = 4 << 20;

/// Streams the model `id` into a new session.
pub(crate) async fn run(
    store: &ModelStore,
    job: &Job,
    id: &str,
    options: &LoadOptions,
    on_progress: &Function,
) -> Result<Loaded, EngineError> {
    let started = platform::now();
    let manifest = store.manifest(id).await?;
    let layout = manifest.layout();
    emit_progress(on_progress, 0, layout.size())?;

    let context = options.context.map(|context| context as usize);
    let mut loader = ModelLoader::new(CpuBackend::new(), RuntimeOptions { context });
    let mut buffer = Vec::new();
    for index in 0..layout.count() {
        let chunk = store.chunk(&manifest, index).await?;
        let begin = layout.range(index).start;
        let mut read_ahead = ReadAhead::new(&chunk)?;
        while let Some(end) = read_ahead.next(&mut buffer).await? {
            job.check()?;
            loader.push(&buffer)?;
            emit_progress(on_progress, begin + end, layout.size())?;
        }
    }
    drop(buffer);
    let session = loader.finish()?;
    job.check()?;

    let record = LoadedModel {
        id: manifest.record.id,
        info: manifest.record.info,
        context: u32::try_from(session.context()).unwrap_or(u32::MAX),
        backend: session.backend_name().to_owned(),
        build: BUILD.to_owned(),
        threads: 1,
        load_ms: platform::now() - started,
    };
    Ok(Loaded { session, record })
}

/// Which build of the module this is.
const BUILD: &str = if cfg!(target_feature = "atomics") {
    "threads"
} else if cfg!(target_feature = "simd128") {
    "simd"
} else {
    "scalar"
};

/// Reads a chunk piece by piece; the next piece is on its way while the last one is worked on.
struct ReadAhead<'a> {
    chunk: &'a Blob,
    pieces: Box<dyn Iterator<Item = std::ops::Range<u64>>>,
    next: Option<(u64, blob::Read)>,
}

impl<'a> ReadAhead<'a> {
    fn new(chunk: &'a Blob) -> Result<Self, EngineError> {
        let pieces = Box::new(pieces(blob::size(chunk), PIECE));
        let mut this = Self { chunk, pieces, next: None };
        this.begin_next()?;
        Ok(this)
    }

    /// Fills `buffer` with the next piece and says where in the chunk it ends; `None` after the last one.
    async fn next(&mut self, buffer: &mut Vec<u8>) -> Result<Option<u64>, EngineError> {
        let Some((end, read)) = self.next.take() else { return Ok(None) };
        self.begin_next()?;
        read.into(buffer).await.map_err(|error| unreadable(&error))?;
        Ok(Some(end))
    }

    fn begin_next(&mut self) -> Result<(), EngineError> {
        if let Some(piece) = self.pieces.next() {
            let read = blob::read(self.chunk, piece.start, piece.end).map_err(|error| unreadable(&error))?;
            self.next = Some((piece.end, read));
        }
        Ok(())
    }
}

fn unreadable(error: &JsValue) -> EngineError {
    StoreError::Damaged { what: describe(error) }.into()
}
