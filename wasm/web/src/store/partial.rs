//! A model that is coming in over the network: its chunks as they come, and a record that says how far it is.
//!
//! Each chunk is written in one transaction with the record, so the record never tells of bytes that are not there. The
//! record is in the way of nobody: models are listed by their manifests, and this one gets its own with its last byte.

use idb::TransactionMode;
use js_sys::{Array, Uint8Array};
use serde::{Deserialize, Serialize};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

use super::digest::Hasher;
use super::import::lock_name;
use super::transaction::committed;
use super::{CHUNKS, Chunk, ChunkLayout, MANIFESTS, Manifest, ModelStore, PARTIALS, Result, StoreError, chunk_key};
use crate::blob;
use crate::platform::{self, Lock};
use crate::types::{ModelRecord, PartialFile, PartialRecord};

/// What is stored of a download beside its chunks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Partial {
    /// What JavaScript sees. Flattened: the store's key path is `id`.
    #[serde(flatten)]
    pub(crate) record: PartialRecord,
    /// Bytes of every chunk but a file's last.
    chunk_bytes: u64,
    /// The state of the digest of the file that is coming in, behind its `stored` bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hash_state: Option<String>,
}

impl Partial {
    /// How the files are cut.
    pub(crate) fn layout(&self) -> ChunkLayout {
        ChunkLayout::new(self.record.files.iter().map(|file| file.size).collect(), self.chunk_bytes)
    }

    /// The first file that is not whole and checked.
    fn current(&self) -> usize {
        self.record.files.iter().take_while(|file| file.whole).count()
    }

    /// Reads a stored record; `None` when it is not one.
    pub(super) fn from_js(value: &JsValue) -> Option<Self> {
        serde_wasm_bindgen::from_value(value.clone()).ok()
    }

    fn to_js(&self) -> Result<JsValue> {
        self.serialize(&Serializer::new().serialize_maps_as_objects(true))
            .map_err(|error| StoreError::Failed { reason: error.to_string() })
    }
}

/// A download that is being written. Dropping it loses what [`Incoming::flush`] was not called for, and lets go of the lock.
pub(crate) struct Incoming {
    partial: Partial,
    /// The file that is coming in; as many as there are when all are whole.
    file: usize,
    hasher: Hasher,
    /// What has come of the current chunk.
    buffer: Vec<u8>,
    /// Where in the file the buffer begins.
    buffer_start: u64,
    _lock: Lock,
}

impl ModelStore {
    /// Downloads that are not whole, the oldest first.
    pub(crate) async fn partials(&self) -> Result<Vec<PartialRecord>> {
        let transaction = self.database.transaction(&[PARTIALS], TransactionMode::ReadOnly)?;
        let partials = transaction.object_store(PARTIALS)?.get_all(None, None)?.await?;
        let mut records: Vec<_> = partials.iter().filter_map(Partial::from_js).map(|partial| partial.record).collect();
        records.sort_by(|a, b| a.added_at.total_cmp(&b.added_at));
        Ok(records)
    }

    /// Begins a download of files of known lengths.
    pub(crate) async fn begin_download(&self, id: String, name: String, files: Vec<PartialFile>) -> Result<Incoming> {
        let record = PartialRecord { id, name, added_at: platform::wall_clock(), files };
        let partial = Partial { record, chunk_bytes: self.chunk_bytes, hash_state: None };
        let transaction = self.database.transaction(&[PARTIALS], TransactionMode::ReadWrite)?;
        transaction.object_store(PARTIALS)?.put(&partial.to_js()?, None)?;
        committed(transaction).await?;
        Incoming::open(self, partial).await
    }

    /// Takes a download up where its last chunk ended.
    pub(crate) async fn resume_download(&self, id: &str) -> Result<Incoming> {
        let transaction = self.database.transaction(&[PARTIALS], TransactionMode::ReadOnly)?;
        let found = transaction.object_store(PARTIALS)?.get(JsValue::from_str(id))?.await?;
        let found = found.ok_or_else(|| StoreError::NotFound { id: id.to_owned() })?;
        let partial = Partial::from_js(&found)
            .ok_or_else(|| StoreError::Damaged { what: "the download's record cannot be read".to_owned() })?;
        Incoming::open(self, partial).await
    }

    /// Drops a download and what has come of it.
    ///
    /// # Errors
    /// [`StoreError::InUse`] while another page writes it.
    pub(crate) async fn drop_partial(&self, id: &str) -> Result<()> {
        let Some(_lock) = Lock::try_take(&lock_name(id)).await else { return Err(StoreError::InUse) };
        // With the lock in hand nobody makes a model of it any more; one that was made keeps its chunks.
        let transaction = self.database.transaction(&[MANIFESTS], TransactionMode::ReadOnly)?;
        if transaction.object_store(MANIFESTS)?.get_key(JsValue::from_str(id))?.await?.is_some() {
            return Err(StoreError::NotFound { id: id.to_owned() });
        }
        let transaction = self.database.transaction(&[PARTIALS, CHUNKS], TransactionMode::ReadWrite)?;
        let partials = transaction.object_store(PARTIALS)?;
        partials.delete(JsValue::from_str(id))?;
        transaction.object_store(CHUNKS)?.delete(super::chunks_of(id)?)?;
        committed(transaction).await
    }
}

impl Incoming {
    async fn open(store: &ModelStore, partial: Partial) -> Result<Self> {
        let Some(lock) = Lock::try_take(&lock_name(&partial.record.id)).await else { return Err(StoreError::InUse) };
        let file = partial.current();
        let mut this =
            Self { partial, file, hasher: Hasher::default(), buffer: Vec::new(), buffer_start: 0, _lock: lock };
        let stored = this.stored();
        if stored > 0 && !this.take_up(store, stored).await? {
            // The record and the chunks disagree, which no crash explains; the bytes can be had again.
            this.set_back();
        }
        Ok(this)
    }

    /// Restores digest and buffer behind `stored` bytes; false when what is stored does not allow it.
    async fn take_up(&mut self, store: &ModelStore, stored: u64) -> Result<bool> {
        let Some(hasher) = self.partial.hash_state.as_deref().and_then(Hasher::resume) else { return Ok(false) };
        self.hasher = hasher;
        self.buffer_start = stored - stored % self.partial.chunk_bytes.max(1);
        if self.buffer_start == stored {
            return Ok(true);
        }
        // The last chunk was cut short when the download paused: the bytes that are there go back into the buffer.
        let Some(Chunk { index, .. }) = self.chunk() else { return Ok(false) };
        let Some(blob) = store.raw_chunk(&self.partial.record.id, index).await? else { return Ok(false) };
        if blob::size(&blob) != stored - self.buffer_start {
            return Ok(false);
        }
        let read = async { blob::read(&blob, 0, blob::size(&blob))?.into(&mut self.buffer).await };
        Ok(read.await.is_ok())
    }

    /// How far it is, as JavaScript sees it: with the bytes that are not on disk yet.
    pub(crate) fn record(&self) -> PartialRecord {
        let mut record = self.partial.record.clone();
        if let Some(file) = record.files.get_mut(self.file) {
            file.stored = self.buffer_start + self.buffer.len() as u64;
        }
        record
    }

    /// The file that is coming in.
    pub(crate) fn current(&self) -> Option<&PartialFile> {
        self.partial.record.files.get(self.file)
    }

    /// Bytes of the current file, on disk or not.
    pub(crate) fn received(&self) -> u64 {
        self.buffer_start + self.buffer.len() as u64
    }

    fn stored(&self) -> u64 {
        self.current().map_or(0, |file| file.stored)
    }

    /// Notes what the hub calls this version of the current file.
    pub(crate) fn set_etag(&mut self, etag: Option<String>) {
        if let Some(file) = self.partial.record.files.get_mut(self.file) {
            file.etag = etag;
        }
    }

    /// The chunk that the buffer belongs to.
    fn chunk(&self) -> Option<Chunk> {
        let layout = self.partial.layout();
        layout.chunks().find(|chunk| chunk.file == self.file && chunk.range.start == self.buffer_start)
    }

    /// More bytes of the current file; they are on disk when their chunk is full, or after [`Self::flush`].
    ///
    /// # Errors
    /// [`StoreError::TooLong`] when there are more than the file has. After any error the bytes up to the last full chunk
    /// are kept.
    pub(crate) async fn write(&mut self, store: &ModelStore, mut bytes: &[u8]) -> Result<()> {
        let size = self.current().map_or(0, |file| file.size);
        if self.received() + bytes.len() as u64 > size {
            return Err(StoreError::TooLong { size });
        }
        while !bytes.is_empty() {
            let chunk_end = (self.buffer_start + self.partial.chunk_bytes).min(size);
            let room = usize::try_from(chunk_end - self.received()).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.buffer.extend_from_slice(now);
            self.hasher.update(now);
            bytes = later;
            if self.received() == chunk_end {
                self.put(store).await?;
                self.buffer_start = chunk_end;
                self.buffer.clear();
            }
        }
        Ok(())
    }

    /// Puts what has come of the current chunk on disk.
    pub(crate) async fn flush(&mut self, store: &ModelStore) -> Result<()> {
        if self.buffer.is_empty() { Ok(()) } else { self.put(store).await }
    }

    async fn put(&mut self, store: &ModelStore) -> Result<()> {
        let Some(chunk) = self.chunk() else { return Ok(()) };
        let received = self.received();
        let bytes = Uint8Array::from(self.buffer.as_slice()); // a copy: Blobs are not made of shared memory
        let blob = Blob::new_with_u8_array_sequence(&Array::of1(&bytes)).map_err(|error| failed(&error))?;
        let before = self.partial.clone();
        if let Some(file) = self.partial.record.files.get_mut(self.file) {
            file.stored = received;
        }
        self.partial.hash_state = Some(self.hasher.state());
        let written = self.write_record(store, Some((chunk.index, blob))).await;
        if written.is_err() {
            self.partial = before;
        }
        written
    }

    /// The record, and a chunk with it, in one transaction.
    async fn write_record(&self, store: &ModelStore, chunk: Option<(u32, Blob)>) -> Result<()> {
        let transaction = store.database.transaction(&[PARTIALS, CHUNKS], TransactionMode::ReadWrite)?;
        if let Some((index, blob)) = &chunk {
            let key = chunk_key(&self.partial.record.id, *index);
            transaction.object_store(CHUNKS)?.put(blob.unchecked_ref::<JsValue>(), Some(&key))?;
        }
        transaction.object_store(PARTIALS)?.put(&self.partial.to_js()?, None)?;
        committed(transaction).await
    }

    /// Ends the current file: compares its length and its digest with what was announced, and goes on to the next.
    ///
    /// # Errors
    /// [`StoreError::TooShort`], after which more can be written; [`StoreError::WrongDigest`], after which the file begins
    /// anew, while the others are kept.
    pub(crate) async fn finish_file(&mut self, store: &ModelStore) -> Result<()> {
        let received = self.received();
        let Some(file) = self.partial.record.files.get_mut(self.file) else { return Ok(()) };
        if received < file.size {
            return Err(StoreError::TooShort { size: file.size, received });
        }
        let digest = self.hasher.clone().finish();
        if let Some(expected) = file.digest.as_deref().filter(|expected| !expected.eq_ignore_ascii_case(&digest)) {
            let error = StoreError::WrongDigest { name: file.name.clone(), expected: expected.to_owned(), digest };
            self.restart_file(store).await?;
            return Err(error);
        }
        file.digest = Some(digest);
        file.whole = true;
        self.partial.hash_state = None;
        self.write_record(store, None).await?;
        self.file += 1;
        self.hasher = Hasher::default();
        (self.buffer_start, self.buffer) = (0, Vec::new());
        Ok(())
    }

    /// Discards what has come of the current file.
    pub(crate) async fn restart_file(&mut self, store: &ModelStore) -> Result<()> {
        self.set_back();
        self.write_record(store, None).await?;
        let layout = self.partial.layout();
        for chunk in layout.chunks().filter(|chunk| chunk.file == self.file) {
            store.drop_chunk(&self.partial.record.id, chunk.index).await?;
        }
        Ok(())
    }

    fn set_back(&mut self) {
        if let Some(file) = self.partial.record.files.get_mut(self.file) {
            (file.stored, file.etag) = (0, None);
        }
        self.partial.hash_state = None;
        self.hasher = Hasher::default();
        (self.buffer_start, self.buffer) = (0, Vec::new());
    }

    /// Whether every file is whole and checked.
    pub(crate) fn is_whole(&self) -> bool {
        self.file == self.partial.record.files.len()
    }

    /// The files as Blobs: references to what is stored.
    pub(crate) async fn files(&self, store: &ModelStore) -> Result<Vec<Blob>> {
        store.files(&self.partial.record.id, &self.partial.layout()).await
    }

    /// Makes a model of it: the manifest comes and the record goes in one transaction.
    pub(crate) async fn commit(&self, store: &ModelStore, record: &ModelRecord) -> Result<()> {
        let manifest = Manifest::new(record.clone(), &self.partial.layout());
        let transaction = store.database.transaction(&[PARTIALS, MANIFESTS], TransactionMode::ReadWrite)?;
        transaction.object_store(MANIFESTS)?.put(&manifest.to_js()?, None)?;
        transaction.object_store(PARTIALS)?.delete(JsValue::from_str(&self.partial.record.id))?;
        committed(transaction).await
    }
}

fn failed(error: &JsValue) -> StoreError {
    StoreError::Failed { reason: crate::errors::describe(error) }
}
