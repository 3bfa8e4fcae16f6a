//! The models this browser keeps: IndexedDB, one record a model and its files in chunks.
//!
//! A model exists when its manifest does. Chunks are written first, each in its own transaction, and the manifest last:
//! a half-written model has none, so nobody sees it, and its chunks are dropped at the next start. The importer holds a
//! lock while it writes, so that another page's start leaves them alone. A download that is not whole has a record of its own,
//! and keeps its chunks until it is resumed or dropped.
//!
//! Every transaction makes all its requests before the first `await`. IndexedDB commits a transaction as soon as the event
//! loop turns with no request open, and where an awaiting task goes on is up to the executor.

mod chunks;
mod digest;
mod error;
mod import;
mod manifest;
mod partial;
mod schema;
mod transaction;

use idb::{Database, KeyRange, Query, TransactionMode};
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

use crate::blob;
use crate::platform::Lock;
use crate::types::ModelRecord;
use transaction::committed;

pub(crate) use chunks::{CHUNK_BYTES, Chunk, ChunkLayout, pieces};
pub(crate) use digest::{Hasher, is_digest};
pub use error::StoreError;
pub(crate) use import::Import;
pub(crate) use manifest::Manifest;
pub(crate) use partial::Incoming;
pub use schema::{CHUNKS, DATABASE, MANIFESTS, PARTIALS, SCHEMA_VERSION};

/// A result of the store.
pub(crate) type Result<T, E = StoreError> = std::result::Result<T, E>;

/// An open connection to the store.
pub(crate) struct ModelStore {
    database: Database,
    chunk_bytes: u64,
}

impl ModelStore {
    /// Opens (or makes) the store called `name`, brings its schema up to date and drops what a broken import left.
    pub(crate) async fn open(name: &str, chunk_bytes: u64) -> Result<Self> {
        let store = Self { database: schema::open(name).await?, chunk_bytes };
        // A clean-up that fails costs disk space; refusing to start would cost the models.
        if let Err(error) = store.drop_orphans().await {
            web_sys::console::warn_1(&format!("chord: left-over chunks were not removed: {error}").into());
        }
        Ok(store)
    }

    /// All whole models, the oldest first.
    pub(crate) async fn models(&self) -> Result<Vec<ModelRecord>> {
        let transaction = self.database.transaction(&[MANIFESTS], TransactionMode::ReadOnly)?;
        let manifests = transaction.object_store(MANIFESTS)?.get_all(None, None)?.await?;
        // One that cannot be read must not hide the others. It can still be deleted.
        let mut records: Vec<_> = manifests.iter().filter_map(Manifest::from_js).map(|m| m.record).collect();
        records.sort_by(|a, b| a.added_at.total_cmp(&b.added_at));
        Ok(records)
    }

    /// The manifest of one model.
    pub(crate) async fn manifest(&self, id: &str) -> Result<Manifest> {
        let transaction = self.database.transaction(&[MANIFESTS], TransactionMode::ReadOnly)?;
        let found = transaction.object_store(MANIFESTS)?.get(JsValue::from_str(id))?.await?;
        let found = found.ok_or_else(|| StoreError::NotFound { id: id.to_owned() })?;
        Manifest::from_js(&found).ok_or_else(|| StoreError::Damaged { what: "its record cannot be read".to_owned() })
    }

    /// A chunk of a model.
    pub(crate) async fn chunk(&self, manifest: &Manifest, chunk: &Chunk) -> Result<Blob> {
        let Chunk { index, range, .. } = chunk;
        let damaged = |what: &str| StoreError::Damaged { what: format!("part {} {what}", index + 1) };
        let blob = self.raw_chunk(&manifest.record.id, *index).await?.ok_or_else(|| damaged("is missing"))?;
        if blob::size(&blob) == range.end - range.start { Ok(blob) } else { Err(damaged("has the wrong length")) }
    }

    /// What is stored under a chunk's key, however long it is.
    async fn raw_chunk(&self, id: &str, index: u32) -> Result<Option<Blob>> {
        let transaction = self.database.transaction(&[CHUNKS], TransactionMode::ReadOnly)?;
        let found = transaction.object_store(CHUNKS)?.get(chunk_key(id, index))?.await?;
        Ok(found.and_then(|value| value.dyn_into().ok()))
    }

    /// A model's files, each as one Blob: references to the chunks, so that no byte is read.
    pub(crate) async fn files(&self, id: &str, layout: &ChunkLayout) -> Result<Vec<Blob>> {
        let parts: Vec<Array> = layout.files().iter().map(|_| Array::new()).collect();
        for Chunk { index, file, range } in layout.chunks() {
            let found = self.raw_chunk(id, index).await?.filter(|blob| blob::size(blob) == range.end - range.start);
            let blob = found.ok_or_else(|| StoreError::Damaged { what: format!("part {} is missing", index + 1) })?;
            parts[file].push(&blob);
        }
        let whole = |parts: &Array| Blob::new_with_blob_sequence(parts);
        let files: std::result::Result<_, JsValue> = parts.iter().map(whole).collect();
        files.map_err(|error| StoreError::Failed { reason: crate::errors::describe(&error) })
    }

    /// The stored model whose files have these digests.
    pub(crate) async fn find(&self, digests: &[String]) -> Result<Option<ModelRecord>> {
        let same = |record: &ModelRecord| !digests.is_empty() && record.digests == digests;
        Ok(self.models().await?.into_iter().find(same))
    }

    /// Changes a model's record.
    pub(crate) async fn change(&self, id: &str, change: impl FnOnce(&mut ModelRecord)) -> Result<ModelRecord> {
        let mut manifest = self.manifest(id).await?;
        change(&mut manifest.record);
        let transaction = self.database.transaction(&[MANIFESTS], TransactionMode::ReadWrite)?;
        let manifests = transaction.object_store(MANIFESTS)?;
        manifests.put(&manifest.to_js()?, None)?;
        committed(transaction).await?;
        Ok(manifest.record)
    }

    /// Begins to store files of these lengths under a new id.
    pub(crate) async fn begin_import(&self, id: String, files: Vec<u64>) -> Result<Import<'_>> {
        Import::begin(self, id, ChunkLayout::new(files, self.chunk_bytes)).await
    }

    /// Deletes a model, record and chunks at once.
    pub(crate) async fn delete(&self, id: &str) -> Result<()> {
        let transaction = self.database.transaction(&[MANIFESTS, CHUNKS], TransactionMode::ReadWrite)?;
        let manifests = transaction.object_store(MANIFESTS)?;
        let known = manifests.get_key(JsValue::from_str(id))?;
        manifests.delete(JsValue::from_str(id))?;
        transaction.object_store(CHUNKS)?.delete(chunks_of(id)?)?;
        let (known, committed) = (known.into_future(), committed(transaction));
        committed.await?;
        if known.await?.is_none() { Err(StoreError::NotFound { id: id.to_owned() }) } else { Ok(()) }
    }

    /// Drops chunks that belong to no model, to no download and to no import under way in any page.
    async fn drop_orphans(&self) -> Result<()> {
        let transaction = self.database.transaction(&[MANIFESTS, PARTIALS, CHUNKS], TransactionMode::ReadOnly)?;
        let manifests = transaction.object_store(MANIFESTS)?.get_all_keys(None, None)?.into_future();
        let partials = transaction.object_store(PARTIALS)?.get_all_keys(None, None)?.into_future();
        let chunks = transaction.object_store(CHUNKS)?.get_all_keys(None, None)?.into_future();
        let (manifests, partials, chunks) = (manifests.await?, partials.await?, chunks.await?);

        let known: Vec<String> = manifests.iter().chain(&partials).filter_map(JsValue::as_string).collect();
        let mut orphans: Vec<String> = chunks.iter().filter_map(model_of).filter(|id| !known.contains(id)).collect();
        orphans.dedup(); // Keys come sorted.
        for id in orphans {
            let Some(_lock) = Lock::try_take(&import::lock_name(&id)).await else { continue };
            // With the lock in hand nobody imports it any more: it got its manifest meanwhile, or never will.
            match self.manifest(&id).await {
                Err(StoreError::NotFound { .. }) => self.drop_chunks(&id).await?,
                Ok(_) | Err(StoreError::Damaged { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn drop_chunk(&self, id: &str, index: u32) -> Result<()> {
        let transaction = self.database.transaction(&[CHUNKS], TransactionMode::ReadWrite)?;
        transaction.object_store(CHUNKS)?.delete(Query::from(chunk_key(id, index)))?;
        committed(transaction).await
    }

    async fn drop_chunks(&self, id: &str) -> Result<()> {
        let transaction = self.database.transaction(&[CHUNKS], TransactionMode::ReadWrite)?;
        transaction.object_store(CHUNKS)?.delete(chunks_of(id)?)?;
        committed(transaction).await
    }
}

impl Drop for ModelStore {
    fn drop(&mut self) {
        // A connection that stays open would block a later version's upgrade.
        self.database.close();
    }
}

/// `[id, index]`
fn chunk_key(id: &str, index: u32) -> JsValue {
    Array::of2(&JsValue::from_str(id), &JsValue::from(index)).into()
}

/// Every `[id, index]` of one id: arrays sort element by element, a shorter one first, and an array after any number.
fn chunks_of(id: &str) -> Result<Query> {
    let id = JsValue::from_str(id);
    let range = KeyRange::bound(&Array::of1(&id), &Array::of2(&id, &Array::new()), None, None)?;
    Ok(range.into())
}

/// The id in a chunk's key.
fn model_of(key: &JsValue) -> Option<String> {
    key.dyn_ref::<Array>()?.get(0).as_string()
}
