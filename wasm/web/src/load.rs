//! A model from the store, or from a file that is not stored, into memory, a few MiB at a time: never more of the file than that is in JavaScript's hands.

use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_chord_core::gguf::{GgufParser, Progress, ShardSet, Shards};
use wasm_chord_runtime::{LoadOptions as RuntimeOptions, ModelLoader};
use web_sys::Blob;

use crate::backend::{BUILD, Hardware, Pace, WebBackend};
use crate::blob;
use crate::errors::{EngineError, describe};
use crate::events::emit;
use crate::import::{self, Source};
use crate::job::Job;
use crate::platform;
use crate::slot::{Loaded, Runnable};
use crate::store::{Manifest, ModelStore, StoreError, pieces};
use crate::types::{KernelProgress, LoadOptions, LoadProgress, LoadedModel, ModelInfo, ModelKind};

/// Bytes of a header that are read at once.
const HEADER_PIECE: u64 = 1 << 20;

/// Bytes read at once: long enough to read fast, short enough to cancel between two.
const PIECE: u64 = 4 << 20;

/// Streams the stored model `id` into memory.
pub(crate) async fn run(
    store: &ModelStore,
    hardware: &Hardware,
    job: &Job,
    id: &str,
    options: &LoadOptions,
    on_progress: &Function,
) -> Result<Loaded, EngineError> {
    let started = platform::now();
    let manifest = store.manifest(id).await?;
    let layout = manifest.layout();
    let tell = Telling { on_progress, total: layout.size() };
    tell.bytes(0)?;

    let backend = hardware.backend(manifest.record.info.kind).await?;
    let options = runtime_options(options);
    let mut loader = match layout.files() {
        [_] => ModelLoader::new(backend, options),
        _ => ModelLoader::of_shards(backend, options, read_headers(store, job, &manifest).await?)?,
    };
    let mut buffer = Vec::new();
    let (mut file, mut before) = (0, 0);
    for chunk in layout.chunks() {
        if chunk.file > file {
            file = chunk.file;
            loader.next_file()?;
        }
        let blob = store.chunk(&manifest, &chunk).await?;
        let mut read_ahead = ReadAhead::new(&blob).map_err(|error| unreadable(&error))?;
        while let Some(end) = read_ahead.next(&mut buffer).await.map_err(|error| unreadable(&error))? {
            job.check()?;
            loader.push(&buffer)?;
            tell.bytes(before + end)?;
        }
        before += blob::size(&blob);
    }
    drop(buffer);
    finish(loader, job, manifest.record.id, manifest.record.info, started, &tell).await
}

/// Streams a model that is not stored, in one file, into memory. Its `id` is the file's name.
pub(crate) async fn run_file(
    hardware: &Hardware,
    job: &Job,
    file: Source,
    options: &LoadOptions,
    on_progress: &Function,
) -> Result<Loaded, EngineError> {
    let started = platform::now();
    let tell = Telling { on_progress, total: file.size() };
    tell.bytes(0)?;
    let (info, _) = import::read_headers(job, vec![file.clone()]).await?;
    let info = ModelInfo::from(info);
    let mut loader = ModelLoader::new(hardware.backend(info.kind).await?, runtime_options(options));
    let mut buffer = Vec::new();
    let mut read_ahead = ReadAhead::new(file.blob()).map_err(|error| file.unreadable(&error))?;
    while let Some(end) = read_ahead.next(&mut buffer).await.map_err(|error| file.unreadable(&error))? {
        job.check()?;
        loader.push(&buffer)?;
        tell.bytes(end)?;
    }
    drop(buffer);
    finish(loader, job, file.name().to_owned(), info, started, &tell).await
}

/// Whom to tell how far a load has come.
struct Telling<'a> {
    on_progress: &'a Function,
    total: u64,
}

impl Telling<'_> {
    fn bytes(&self, bytes: u64) -> Result<(), EngineError> {
        emit(self.on_progress, &LoadProgress { bytes, total: self.total, kernels: None })
    }

    fn kernels(&self, kernels: KernelProgress) -> Result<(), EngineError> {
        emit(self.on_progress, &LoadProgress { bytes: self.total, total: self.total, kernels: Some(kernels) })
    }
}

fn runtime_options(options: &LoadOptions) -> RuntimeOptions {
    RuntimeOptions { context: options.context.map(|context| context as usize) }
}

/// The model, all of which has arrived.
async fn finish(
    loader: ModelLoader<WebBackend>,
    job: &Job,
    id: String,
    info: ModelInfo,
    started: f64,
    tell: &Telling<'_>,
) -> Result<Loaded, EngineError> {
    let model = match info.kind {
        ModelKind::Generator => {
            let mut session = Box::new(loader.finish()?);
            let pace = Pace::warm_up(&mut session, |kernels| job.check().and_then(|()| tell.kernels(kernels))).await?;
            Runnable::Generator(session, pace)
        }
        ModelKind::Embedder => Runnable::Embedder(Box::new(loader.finish_embedder()?), Pace::of_texts()),
    };
    let (context, backend) = match &model {
        Runnable::Generator(session, _) => (session.context(), session.backend_name()),
        Runnable::Embedder(embedder, _) => (embedder.context(), embedder.backend_name()),
    };
    job.check()?;

    let record = LoadedModel {
        id,
        info,
        context: u32::try_from(context).unwrap_or(u32::MAX),
        backend: backend.to_owned(),
        build: BUILD.to_owned(),
        threads: 1,
        load_ms: platform::now() - started,
    };
    Ok(Loaded { model, record })
}

/// The headers of a model in several files. Of each chunk no more is read than the header needs.
async fn read_headers(store: &ModelStore, job: &Job, manifest: &Manifest) -> Result<Shards, EngineError> {
    let layout = manifest.layout();
    let mut set = ShardSet::new();
    let mut buffer = Vec::new();
    let mut parser = Some(GgufParser::new());
    for chunk in layout.chunks() {
        if chunk.range.start == 0 {
            parser = Some(GgufParser::new());
        }
        let Some(mut parsing) = parser.take() else { continue }; // This file's header is whole.
        let blob = store.chunk(manifest, &chunk).await?;
        let mut whole = false;
        for piece in pieces(blob::size(&blob), HEADER_PIECE) {
            let read = async { blob::read(&blob, piece.start, piece.end)?.into(&mut buffer).await };
            read.await.map_err(|error| unreadable(&error))?;
            job.check()?;
            whole = matches!(parsing.push(&buffer)?, Progress::Done { .. });
            if whole {
                break;
            }
        }
        if whole || chunk.range.end == layout.files()[chunk.file] {
            set.add("", parsing.finish()?)?;
        } else {
            parser = Some(parsing);
        }
    }
    Ok(set.finish()?)
}

/// Reads a chunk piece by piece; the next piece is on its way while the last one is worked on.
struct ReadAhead<'a> {
    chunk: &'a Blob,
    pieces: Box<dyn Iterator<Item = std::ops::Range<u64>>>,
    next: Option<(u64, blob::Read)>,
}

impl<'a> ReadAhead<'a> {
    fn new(chunk: &'a Blob) -> Result<Self, JsValue> {
        let pieces = Box::new(pieces(blob::size(chunk), PIECE));
        let mut this = Self { chunk, pieces, next: None };
        this.begin_next()?;
        Ok(this)
    }

    /// Fills `buffer` with the next piece and says where in the chunk it ends; `None` after the last one.
    async fn next(&mut self, buffer: &mut Vec<u8>) -> Result<Option<u64>, JsValue> {
        let Some((end, read)) = self.next.take() else { return Ok(None) };
        self.begin_next()?;
        read.into(buffer).await?;
        Ok(Some(end))
    }

    fn begin_next(&mut self) -> Result<(), JsValue> {
        if let Some(piece) = self.pieces.next() {
            self.next = Some((piece.end, blob::read(self.chunk, piece.start, piece.end)?));
        }
        Ok(())
    }
}

fn unreadable(error: &JsValue) -> EngineError {
    StoreError::Damaged { what: describe(error) }.into()
}
