//! A model that comes in over the network. Whoever fetches hands the bytes over as they come; here they are looked at, hashed
//! and stored. Which server is asked, and how often, is none of this crate's business.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Uint8Array;
use tsify::{Ts, Tsify};
use wasm_bindgen::prelude::*;
use wasm_chord_core::gguf::{GgufParser, Progress};
use wasm_chord_runtime::check;

use crate::engine::{Engine, State};
use crate::errors::EngineError;
use crate::import::{Source, read_headers};
use crate::job::{JobKind, JobSlot};
use crate::platform;
use crate::store::{Incoming, StoreError, is_digest};
use crate::types::{ModelRecord, NewDownload, PartialRecord};

#[wasm_bindgen]
impl Engine {
    /// The downloads that are not whole, the oldest first.
    #[wasm_bindgen(unchecked_return_type = "PartialRecord[]")]
    pub async fn downloads(&self) -> Result<js_sys::Array, EngineError> {
        let records = self.0.store.partials().await?;
        records.iter().map(|record| Ok(JsValue::from(record.into_ts()?))).collect()
    }

    /// Begins a download of files whose lengths are known. Several may be under way at once, beside any other call.
    ///
    /// Rejects with `already_stored` when the files' digests are those of a stored model, and with `quota` when there is not
    /// enough space.
    #[wasm_bindgen(js_name = beginDownload)]
    pub async fn begin_download(&self, download: Ts<NewDownload>) -> Result<Download, EngineError> {
        let NewDownload { name, mut files } = download.to_rust()?;
        if files.is_empty() {
            return Err(EngineError::BadRequest("a download has at least one file".to_owned()));
        }
        for file in &mut files {
            if file.digest.as_deref().is_some_and(|digest| !is_digest(digest)) {
                return Err(EngineError::BadRequest(format!("the digest of '{}' is no SHA-256 in hex", file.name)));
            }
            file.digest = file.digest.as_deref().map(str::to_ascii_lowercase);
            (file.stored, file.whole) = (0, false);
        }
        let announced: Option<Vec<String>> = files.iter().map(|file| file.digest.clone()).collect();
        if let Some(ModelRecord { name, .. }) = self.0.store.find(&announced.unwrap_or_default()).await? {
            return Err(StoreError::AlreadyStored { name }.into());
        }
        let size = files.iter().fold(0_u64, |sum, file| sum.saturating_add(file.size));
        room_for(size).await?;
        let incoming = self.0.store.begin_download(platform::new_id()?, name, files).await?;
        Ok(Download::new(&self.0, incoming))
    }

    /// Takes a download up where it was left. Rejects with `in_use` while another page has it.
    #[wasm_bindgen(js_name = resumeDownload)]
    pub async fn resume_download(&self, id: String) -> Result<Download, EngineError> {
        let incoming = self.0.store.resume_download(&id).await?;
        let left = incoming.record().files.iter().map(|file| file.size.saturating_sub(file.stored)).sum();
        room_for(left).await?;
        Ok(Download::new(&self.0, incoming))
    }

    /// Drops a download and what has come of it.
    #[wasm_bindgen(js_name = dropDownload)]
    pub async fn drop_download(&self, id: String) -> Result<(), EngineError> {
        Ok(self.0.store.drop_partial(&id).await?)
    }
}

async fn room_for(size: u64) -> Result<(), EngineError> {
    match platform::free_space().await {
        Some(free) if free < size => Err(StoreError::Quota { needed: Some(size), free: Some(free) }.into()),
        _ => Ok(()),
    }
}

/// A download under way: one call at a time. While this handle lives, no other page can have the download; `free` it when
/// it is paused.
#[wasm_bindgen]
pub struct Download {
    engine: Rc<State>,
    // Taken while a call is under way.
    inner: Rc<RefCell<Option<Inner>>>,
}

struct Inner {
    incoming: Incoming,
    header: Option<GgufParser>,
}

impl Download {
    fn new(engine: &Rc<State>, incoming: Incoming) -> Self {
        let header = watch(&incoming);
        Self { engine: Rc::clone(engine), inner: Rc::new(RefCell::new(Some(Inner { incoming, header }))) }
    }

    /// Has `body` work on what is inside; nothing is borrowed across an `await`.
    async fn with<T>(
        &self,
        body: impl AsyncFnOnce(&State, &mut Inner) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let taken = self.inner.borrow_mut().take();
        let mut inner = taken.ok_or(EngineError::Busy(JobKind::Import))?;
        let result = body(&self.engine, &mut inner).await;
        self.inner.replace(Some(inner));
        result
    }
}

#[wasm_bindgen]
impl Download {
    /// How far it is, counting bytes that are not on disk yet.
    pub fn record(&self) -> Result<Ts<PartialRecord>, EngineError> {
        let inner = self.inner.borrow();
        let inner = inner.as_ref().ok_or(EngineError::Busy(JobKind::Import))?;
        Ok(inner.incoming.record().into_ts()?)
    }

    /// Notes what the server calls the version of the current file that it is about to send.
    #[wasm_bindgen(js_name = setEtag)]
    pub fn set_etag(&self, etag: Option<String>) {
        if let Some(inner) = self.inner.borrow_mut().as_mut() {
            inner.incoming.set_etag(etag);
        }
    }

    /// More bytes of the current file. As soon as its header is whole it is judged: a file that is no model, or one that this
    /// build cannot run, is refused before the rest of it has come.
    pub async fn write(&self, bytes: Uint8Array) -> Result<(), EngineError> {
        self.with(async |engine, inner| {
            let bytes = bytes.to_vec();
            inner.look_at_header(&bytes)?;
            Ok(inner.incoming.write(&engine.store, &bytes).await?)
        })
        .await
    }

    /// Puts on disk what has come.
    pub async fn flush(&self) -> Result<(), EngineError> {
        self.with(async |engine, inner| Ok(inner.incoming.flush(&engine.store).await?)).await
    }

    /// Ends the current file, checks its length and digest, and goes on to the next. Rejects with `wrong_length` when
    /// bytes are missing, and with `wrong_digest` when it is not what was announced; then it begins anew.
    #[wasm_bindgen(js_name = finishFile)]
    pub async fn finish_file(&self) -> Result<(), EngineError> {
        self.with(async |engine, inner| {
            let ended = inner.incoming.finish_file(&engine.store).await;
            inner.header = watch(&inner.incoming);
            Ok(ended?)
        })
        .await
    }

    /// Discards what has come of the current file.
    #[wasm_bindgen(js_name = restartFile)]
    pub async fn restart_file(&self) -> Result<(), EngineError> {
        self.with(async |engine, inner| {
            inner.incoming.restart_file(&engine.store).await?;
            inner.header = watch(&inner.incoming);
            Ok(())
        })
        .await
    }

    /// Makes a model of what has come, when every file is whole.
    pub async fn finish(&self) -> Result<Ts<ModelRecord>, EngineError> {
        let record = self.with(async |engine, inner| finish(engine, &inner.incoming).await).await?;
        Ok(record.into_ts()?)
    }
}

/// A look at the header of a file that begins now.
fn watch(incoming: &Incoming) -> Option<GgufParser> {
    (incoming.received() == 0).then(GgufParser::new)
}

impl Inner {
    fn look_at_header(&mut self, bytes: &[u8]) -> Result<(), EngineError> {
        let Some(parser) = self.header.as_mut() else { return Ok(()) };
        let Progress::Done { .. } = parser.push(bytes)? else { return Ok(()) };
        let Some(parser) = self.header.take() else { return Ok(()) };
        // A part of a model lacks tensors; all of them are judged together at the end.
        if let [_] = self.incoming.record().files.as_slice() {
            check(&parser.finish()?)?;
        }
        Ok(())
    }
}

async fn finish(engine: &State, incoming: &Incoming) -> Result<ModelRecord, EngineError> {
    if !incoming.is_whole() {
        return Err(EngineError::BadRequest("the download is not whole".to_owned()));
    }
    let PartialRecord { id, name, files, .. } = incoming.record();
    let blobs = incoming.files(&engine.store).await?;
    let sources: Vec<Source> =
        blobs.into_iter().zip(&files).map(|(blob, file)| Source::new(blob, file.name.clone())).collect();
    let names = |sources: &[Source]| sources.iter().map(|source| source.name().to_owned()).collect::<Vec<_>>();
    let before = names(&sources);
    let job = JobSlot::default().begin(JobKind::Import)?; // nobody cancels it: a header is read in no time
    let (info, sources) = read_headers(&job, sources).await?;
    if names(&sources) != before {
        return Err(EngineError::BadRequest(
            "the files of the model came in another order than they are read".to_owned(),
        ));
    }
    let record = ModelRecord {
        id,
        name: if name.trim().is_empty() { info.name.clone() } else { name.trim().to_owned() },
        size: files.iter().map(|file| file.size).sum(),
        added_at: platform::wall_clock(),
        info: info.into(),
        digests: files.iter().filter_map(|file| file.digest.clone()).collect(),
        source: files.first().map(|file| file.url.clone()),
    };
    if let Some(ModelRecord { name, .. }) = engine.store.find(&record.digests).await? {
        return Err(StoreError::AlreadyStored { name }.into());
    }
    incoming.commit(&engine.store, &record).await?;
    Ok(record)
}
