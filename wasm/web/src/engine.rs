//! The one handle JavaScript sees.

use std::cell::RefCell;

use js_sys::Function;
use tsify::{Ts, Tsify};
use wasm_bindgen::prelude::*;
use wasm_chord_cpu::CpuBackend;
use wasm_chord_runtime::Session;
use web_sys::Blob;

use crate::errors::EngineError;
use crate::job::{JobKind, JobSlot};
use crate::store::{CHUNK_BYTES, DATABASE, ModelStore};
use crate::types::{GenerateRequest, GenerateResult, LoadOptions, LoadedModel, ModelRecord};
use crate::{generate, import, load};

/// Models in the browser's storage, and one of them loaded.
///
/// Methods may be called at any time, also while another call's promise is pending: `cancel`, `models` and `loaded` are
/// answered at once, and a second import, load or answer is refused with `busy`. Nothing is borrowed across an `await`.
#[wasm_bindgen]
pub struct Engine {
    pub(crate) store: ModelStore,
    pub(crate) jobs: JobSlot,
    pub(crate) model: RefCell<Option<Loaded>>,
}

/// The model in memory.
pub(crate) struct Loaded {
    pub(crate) session: Session<CpuBackend>,
    pub(crate) record: LoadedModel,
}

/// Where an engine keeps its models, and in what portions; tests use other values than the defaults.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// The database's name.
    pub database: String,
    /// Bytes of a chunk.
    pub chunk_bytes: u64,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self { database: DATABASE.to_owned(), chunk_bytes: CHUNK_BYTES }
    }
}

impl Engine {
    /// Opens the store that `config` names.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`](crate::StoreError::Unavailable) or [`StoreError::Newer`](crate::StoreError::Newer).
    pub async fn open(config: EngineConfig) -> Result<Engine, EngineError> {
        let store = ModelStore::open(&config.database, config.chunk_bytes).await?;
        Ok(Self { store, jobs: JobSlot::default(), model: RefCell::new(None) })
    }
}

#[wasm_bindgen]
impl Engine {
    /// Opens the store and drops what broken imports left in it.
    pub async fn create() -> Result<Engine, EngineError> {
        console_error_panic_hook::set_once();
        Self::open(EngineConfig::default()).await
    }

    /// The stored models, the oldest first.
    #[wasm_bindgen(unchecked_return_type = "ModelRecord[]")]
    pub async fn models(&self) -> Result<js_sys::Array, EngineError> {
        let records = self.store.models().await?;
        records.iter().map(|record| Ok(JsValue::from(record.into_ts()?))).collect()
    }

    /// Checks a GGUF file and stores it. The model is not listed before all of it is stored; a failed or cancelled import
    /// leaves nothing.
    #[wasm_bindgen(js_name = importModel)]
    pub async fn import_model(
        &self,
        file: Blob,
        name: String,
        #[wasm_bindgen(js_name = onProgress, unchecked_param_type = "(progress: ByteProgress) => void")]
        on_progress: Function,
    ) -> Result<Ts<ModelRecord>, EngineError> {
        let job = self.jobs.begin(JobKind::Import)?;
        Ok(import::run(&self.store, &job, &file, &name, &on_progress).await?.into_ts()?)
    }

    /// Deletes a stored model. One that is loaded is unloaded; one that is loading or answering is refused with `busy`.
    #[wasm_bindgen(js_name = deleteModel)]
    pub async fn delete_model(&self, id: String) -> Result<(), EngineError> {
        let loaded = self.loaded_id().is_some_and(|loaded| loaded == id);
        match self.jobs.running() {
            Some(kind @ JobKind::Load) => return Err(EngineError::Busy(kind)),
            Some(kind @ JobKind::Generate) if loaded => return Err(EngineError::Busy(kind)),
            _ => {}
        }
        if loaded {
            self.model.replace(None);
        }
        Ok(self.store.delete(&id).await?)
    }

    /// Loads a stored model in the place of the one that is loaded, which is dropped first: there may be memory for one.
    pub async fn load(
        &self,
        id: String,
        #[wasm_bindgen(unchecked_param_type = "LoadOptions | undefined")] options: Option<Ts<LoadOptions>>,
        #[wasm_bindgen(js_name = onProgress, unchecked_param_type = "(progress: ByteProgress) => void")]
        on_progress: Function,
    ) -> Result<Ts<LoadedModel>, EngineError> {
        let options = options.map_or_else(|| Ok(LoadOptions::default()), |options| options.to_rust())?;
        let job = self.jobs.begin(JobKind::Load)?;
        self.model.replace(None);
        let loaded = load::run(&self.store, &job, &id, &options, &on_progress).await?;
        let record = loaded.record.into_ts()?;
        self.model.replace(Some(loaded));
        Ok(record)
    }

    /// Drops the loaded model and its memory. An answer under way ends as cancelled.
    pub fn unload(&self) {
        if self.jobs.running() == Some(JobKind::Generate) {
            self.jobs.cancel();
        }
        self.model.replace(None);
    }

    /// The model that is loaded.
    pub fn loaded(&self) -> Result<Option<Ts<LoadedModel>>, EngineError> {
        let model = self.model.borrow();
        Ok(model.as_ref().map(|loaded| loaded.record.into_ts()).transpose()?)
    }

    /// Answers. Resolves with what there is when it is cancelled.
    pub async fn generate(
        &self,
        request: Ts<GenerateRequest>,
        #[wasm_bindgen(js_name = onEvent, unchecked_param_type = "(event: GenerateEvent) => void")] on_event: Function,
    ) -> Result<Ts<GenerateResult>, EngineError> {
        let job = self.jobs.begin(JobKind::Generate)?;
        Ok(generate::run(&self.model, &job, request.to_rust()?, &on_event).await?.into_ts()?)
    }

    /// Ends the import, load or answer under way: an answer resolves with what it has, the others reject with `cancelled`.
    pub fn cancel(&self) {
        self.jobs.cancel();
    }

    fn loaded_id(&self) -> Option<String> {
        self.model.borrow().as_ref().map(|loaded| loaded.record.id.clone())
    }
}
