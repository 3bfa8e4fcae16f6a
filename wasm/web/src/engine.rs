//! The one handle JavaScript sees.

use std::rc::Rc;

use js_sys::{Function, Promise};
use tsify::{Ts, Tsify};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::{Blob, Worker};

use crate::backend::Hardware;
use crate::errors::EngineError;
use crate::import::Source;
use crate::job::{Job, JobKind, JobSlot};
use crate::slot::{Loaded, ModelSlot};
use crate::store::{CHUNK_BYTES, DATABASE, ModelStore};
use crate::types::{EmbedResult, GenerateRequest, GpuInfo, LoadOptions, LoadedModel};
use crate::{embed, generate, import, load};

/// Models in the browser's storage, and one of them loaded.
///
/// Methods may be called at any time, also while another call's promise is pending: `cancel`, `models` and `loaded` are
/// answered at once, and a second import, load or answer is refused with `busy`. Nothing is borrowed across an `await`.
#[wasm_bindgen]
pub struct Engine(pub(crate) Rc<State>);

pub(crate) struct State {
    pub(crate) store: ModelStore,
    hardware: Hardware,
    jobs: JobSlot,
    model: ModelSlot,
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
    /// Opens the store that `config` names. A GPU that is software will do: it is there for tests.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`](crate::StoreError::Unavailable) or [`StoreError::Newer`](crate::StoreError::Newer);
    /// [`EngineError::NoGpu`].
    pub async fn open(config: EngineConfig) -> Result<Engine, EngineError> {
        Self::with_hardware(config, Hardware::open(Vec::new(), true).await?).await
    }

    async fn with_hardware(config: EngineConfig, hardware: Hardware) -> Result<Engine, EngineError> {
        let store = ModelStore::open(&config.database, config.chunk_bytes).await?;
        Ok(Self(Rc::new(State { store, hardware, jobs: JobSlot::default(), model: ModelSlot::default() })))
    }

    /// Begins a job before it returns, so that a `cancel` right after the call finds it, and goes on in `run`.
    pub(crate) fn begin<T, F>(&self, kind: JobKind, run: impl FnOnce(Rc<State>, Job) -> F) -> Promise
    where
        T: Tsify + serde::Serialize,
        F: Future<Output = Result<T, EngineError>> + 'static,
    {
        match self.0.jobs.begin(kind) {
            Ok(job) => {
                let done = run(Rc::clone(&self.0), job);
                future_to_promise(async { Ok(done.await?.into_ts().map_err(EngineError::from)?.into()) })
            }
            Err(error) => Promise::reject(&error.into()),
        }
    }

    /// Begins a load, in the place of the model that is loaded, which is dropped first.
    fn begin_load(
        &self,
        options: Option<Ts<LoadOptions>>,
        load: impl AsyncFnOnce(&State, &Job, &LoadOptions) -> Result<Loaded, EngineError> + 'static,
    ) -> Promise {
        self.begin(JobKind::Load, async move |engine: Rc<State>, job| {
            let options = options.map_or_else(|| Ok(LoadOptions::default()), |options| options.to_rust())?;
            engine.model.clear();
            let loaded = load(&engine, &job, &options).await?;
            let record = loaded.record.clone();
            engine.model.put(loaded);
            Ok(engine.model.record().unwrap_or(record))
        })
    }
}

#[wasm_bindgen]
impl Engine {
    /// Opens the store and drops what broken imports left in it. `helpers` are workers that run the engine's `thread.js`
    /// on this module's memory; they may still be starting. The build for GPUs opens one, and rejects with `no_gpu` where
    /// there is none; one that is software, slower than the CPU, is none unless `softwareGpu` is true.
    pub async fn create(
        helpers: Option<Vec<Worker>>,
        #[wasm_bindgen(js_name = softwareGpu)] software_gpu: Option<bool>,
    ) -> Result<Engine, EngineError> {
        console_error_panic_hook::set_once();
        let hardware = Hardware::open(helpers.unwrap_or_default(), software_gpu.unwrap_or(false)).await?;
        Self::with_hardware(EngineConfig::default(), hardware).await
    }

    /// The GPU that models run on, in the build for GPUs.
    pub fn gpu(&self) -> Result<Option<Ts<GpuInfo>>, EngineError> {
        Ok(self.0.hardware.gpu().map(|gpu| gpu.into_ts()).transpose()?)
    }

    /// The stored models, the oldest first.
    #[wasm_bindgen(unchecked_return_type = "ModelRecord[]")]
    pub async fn models(&self) -> Result<js_sys::Array, EngineError> {
        let records = self.0.store.models().await?;
        records.iter().map(|record| Ok(JsValue::from(record.into_ts()?))).collect()
    }

    /// Checks a GGUF file, or all files of a model that comes in several, in any order, and stores it. The model is not
    /// listed before all of it is stored; a failed or cancelled import leaves nothing.
    #[wasm_bindgen(js_name = importModel, unchecked_return_type = "Promise<ModelRecord>")]
    pub fn import_model(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Blob | Blob[]")] files: JsValue,
        name: String,
        #[wasm_bindgen(js_name = onProgress, unchecked_param_type = "(progress: ByteProgress) => void")]
        on_progress: Function,
    ) -> Promise {
        self.begin(JobKind::Import, async move |engine: Rc<State>, job| {
            let sources = import::sources(&files, &name)?;
            import::run(&engine.store, &job, sources, &name, &on_progress).await
        })
    }

    /// Deletes a stored model. One that is loaded is unloaded; one that is loading or answering is refused with `busy`.
    #[wasm_bindgen(js_name = deleteModel)]
    pub async fn delete_model(&self, id: String) -> Result<(), EngineError> {
        let loaded = self.0.model.record().is_some_and(|loaded| loaded.id == id);
        match self.0.jobs.running() {
            Some(kind @ JobKind::Load) => return Err(EngineError::Busy(kind)),
            Some(kind @ (JobKind::Generate | JobKind::Embed)) if loaded => return Err(EngineError::Busy(kind)),
            _ => {}
        }
        if loaded {
            self.0.model.clear();
        }
        Ok(self.0.store.delete(&id).await?)
    }

    /// Loads a stored model in the place of the one that is loaded, which is dropped first: there may be memory for one.
    #[wasm_bindgen(unchecked_return_type = "Promise<LoadedModel>")]
    pub fn load(
        &self,
        id: String,
        #[wasm_bindgen(unchecked_param_type = "LoadOptions | undefined")] options: Option<Ts<LoadOptions>>,
        #[wasm_bindgen(js_name = onProgress, unchecked_param_type = "(progress: LoadProgress) => void")]
        on_progress: Function,
    ) -> Promise {
        self.begin_load(options, async move |engine, job, options| {
            load::run(&engine.store, &engine.hardware, job, &id, options, &on_progress).await
        })
    }

    /// Loads a model in one file that is not stored, as [`load`](Self::load) does. `loaded` calls it by `name`.
    #[wasm_bindgen(js_name = loadFile, unchecked_return_type = "Promise<LoadedModel>")]
    pub fn load_file(
        &self,
        file: Blob,
        name: String,
        #[wasm_bindgen(unchecked_param_type = "LoadOptions | undefined")] options: Option<Ts<LoadOptions>>,
        #[wasm_bindgen(js_name = onProgress, unchecked_param_type = "(progress: LoadProgress) => void")]
        on_progress: Function,
    ) -> Promise {
        self.begin_load(options, async move |engine, job, options| {
            load::run_file(&engine.hardware, job, Source::new(file, name), options, &on_progress).await
        })
    }

    /// Drops the loaded model and its memory. An answer under way ends as cancelled, and so do vectors.
    pub fn unload(&self) {
        if matches!(self.0.jobs.running(), Some(JobKind::Generate | JobKind::Embed)) {
            self.0.jobs.cancel();
        }
        self.0.model.clear();
    }

    /// The model that is loaded.
    pub fn loaded(&self) -> Result<Option<Ts<LoadedModel>>, EngineError> {
        Ok(self.0.model.record().map(|loaded| loaded.into_ts()).transpose()?)
    }

    /// Answers. Resolves with what there is when it is cancelled.
    #[wasm_bindgen(unchecked_return_type = "Promise<GenerateResult>")]
    pub fn generate(
        &self,
        request: Ts<GenerateRequest>,
        #[wasm_bindgen(js_name = onEvent, unchecked_param_type = "(event: GenerateEvent) => void")] on_event: Function,
    ) -> Promise {
        self.begin(JobKind::Generate, async move |engine: Rc<State>, job| {
            generate::run(&engine.model, &job, request.to_rust()?, &on_event).await
        })
    }

    /// The vectors of texts, each of length 1, by the loaded embedding model. A text may be empty. `onProgress` is told how
    /// many are done after each.
    #[wasm_bindgen(unchecked_return_type = "Promise<EmbedResult>")]
    pub fn embed(
        &self,
        texts: Vec<String>,
        #[wasm_bindgen(js_name = onProgress, unchecked_param_type = "((done: number) => void) | undefined")]
        on_progress: Option<Function>,
    ) -> Promise {
        self.begin(JobKind::Embed, async move |engine: Rc<State>, job| -> Result<EmbedResult, EngineError> {
            embed::run(&engine.model, &job, texts, on_progress.as_ref()).await
        })
    }

    /// Ends the import, load or answer under way: an answer resolves with what it has, the others reject with `cancelled`.
    pub fn cancel(&self) {
        self.0.jobs.cancel();
    }
}
