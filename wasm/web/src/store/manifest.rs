//! The record that makes a model exist.

use serde::{Deserialize, Serialize};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use super::{ChunkLayout, Result, StoreError};
use crate::types::ModelRecord;

/// What is stored of a model beside its chunks: the record that JavaScript sees, and how its files were cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Manifest {
    /// What JavaScript sees. Flattened: the store's key path is `id`.
    #[serde(flatten)]
    pub(crate) record: ModelRecord,
    /// The lengths of the model's files, in the order they are read; missing for a model in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) files: Option<Vec<u64>>,
    /// Bytes of every chunk but a file's last. Kept per model, so that another default leaves stored ones readable.
    pub(crate) chunk_bytes: u64,
}

impl Manifest {
    /// The manifest of a model whose files are cut as `layout` says.
    pub(super) fn new(record: ModelRecord, layout: &ChunkLayout) -> Self {
        let files = layout.files();
        Self {
            record,
            files: if let [_] = files { None } else { Some(files.to_vec()) },
            chunk_bytes: layout.chunk_bytes(),
        }
    }

    /// How the model's files were cut.
    pub(crate) fn layout(&self) -> ChunkLayout {
        let files = self.files.clone().unwrap_or_else(|| vec![self.record.size]);
        ChunkLayout::new(files, self.chunk_bytes)
    }

    /// Reads a stored record; `None` when it is not one.
    pub(super) fn from_js(value: &JsValue) -> Option<Self> {
        serde_wasm_bindgen::from_value(value.clone()).ok()
    }

    /// The record as it is stored.
    pub(super) fn to_js(&self) -> Result<JsValue> {
        // A flattened struct is a map to serde, and a Map has no `id` for the key path.
        self.serialize(&Serializer::new().serialize_maps_as_objects(true))
            .map_err(|error| StoreError::Failed { reason: error.to_string() })
    }
}
