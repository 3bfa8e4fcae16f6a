//! The record that makes a model exist.

use serde::{Deserialize, Serialize};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use super::{ChunkLayout, Result, StoreError};
use crate::types::ModelRecord;

/// What is stored of a model beside its chunks: the record that JavaScript sees, and how its file was cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Manifest {
    /// What JavaScript sees. Flattened: the store's key path is `id`.
    #[serde(flatten)]
    pub(crate) record: ModelRecord,
    /// Bytes of every chunk but the last. Kept per model, so that another default leaves stored ones readable.
    pub(crate) chunk_bytes: u64,
}

impl Manifest {
    /// How the model's file was cut.
    pub(crate) fn layout(&self) -> ChunkLayout {
        ChunkLayout::new(self.record.size, self.chunk_bytes)
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
