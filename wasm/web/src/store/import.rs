//! Writing a model: chunks first, manifest last.

use idb::TransactionMode;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

use super::transaction::committed;
use super::{CHUNKS, ChunkLayout, MANIFESTS, Manifest, ModelStore, Result, StoreError, chunk_key};
use crate::platform::Lock;
use crate::types::ModelRecord;

/// A model that is being written. Until [`Import::commit`] nobody sees it; the lock tells other pages to let its chunks be.
pub(crate) struct Import<'a> {
    store: &'a ModelStore,
    id: String,
    layout: ChunkLayout,
    _lock: Option<Lock>,
}

impl<'a> Import<'a> {
    pub(super) async fn begin(store: &'a ModelStore, id: String, layout: ChunkLayout) -> Result<Self> {
        // A new random id: nobody else can hold its lock.
        let lock = Lock::try_take(&lock_name(&id)).await;
        Ok(Self { store, id, layout, _lock: lock })
    }

    /// How the files have to be cut.
    pub(crate) fn layout(&self) -> &ChunkLayout {
        &self.layout
    }

    /// Stores chunk `index`. The browser copies the bytes of a file's slice itself.
    ///
    /// The write is under way when this returns, and done when what it returns is.
    pub(crate) fn put(&self, index: u32, chunk: &Blob) -> Result<impl Future<Output = Result<()>>> {
        let transaction = self.store.database.transaction(&[CHUNKS], TransactionMode::ReadWrite)?;
        transaction.object_store(CHUNKS)?.put(chunk.unchecked_ref::<JsValue>(), Some(&chunk_key(&self.id, index)))?;
        Ok(committed(transaction))
    }

    /// Makes the model visible.
    ///
    /// # Errors
    /// [`StoreError::AlreadyStored`] when another model has the same digests.
    pub(crate) async fn commit(&self, record: &ModelRecord) -> Result<()> {
        if let Some(ModelRecord { name, .. }) = self.store.find(&record.digests).await? {
            return Err(StoreError::AlreadyStored { name });
        }
        let manifest = Manifest::new(record.clone(), &self.layout);
        let transaction = self.store.database.transaction(&[MANIFESTS], TransactionMode::ReadWrite)?;
        transaction.object_store(MANIFESTS)?.put(&manifest.to_js()?, None)?;
        committed(transaction).await
    }

    /// Drops what was written so far. Should that fail as well, the next start drops it.
    pub(crate) async fn discard(self) {
        if let Err(error) = self.store.drop_chunks(&self.id).await {
            web_sys::console::warn_1(&format!("chord: a broken import is removed at the next start: {error}").into());
        }
    }
}

/// The lock that is held while the model `id` is written.
pub(super) fn lock_name(id: &str) -> String {
    format!("chord.import.{id}")
}
