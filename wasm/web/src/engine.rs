//! The one handle JavaScript sees.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Promise};
use tsify::{Ts, Tsify};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use wasm_chord_cpu::pool::Governor;
use wasm_chord_runtime::{Embedder, Session};
use web_sys::{Blob, Worker};

use crate::backend::WebBackend;
use crate::errors::EngineError;
use crate::helpers::Helpers;
use crate::import::Source;
use crate::job::{Job, JobKind, JobSlot};
use crate::store::{CHUNK_BYTES, DATABASE, ModelStore};
use crate::types::{EmbedResult, GenerateRequest, LoadOptions, LoadedModel};
use crate::{embed, generate, import, load};

/// Models in the browser's storage, and one of them loaded.
///
/// Methods may be called at any time, also while another call's promise is pending: `cancel`, `models` and `loaded` are
/// answered at once, and a second import, load or answer is refused with `busy`. Nothing is borrowed across an `await`.
#[wasm_bindgen]
pub struct Engine(pub(crate) Rc<State>);

pub(crate) struct State {
    pub(crate) store: ModelStore,
    helpers: Helpers,
    jobs: JobSlot,
    model: RefCell<Option<Loaded>>,
}

/// The model in memory.
pub(crate) struct Loaded {
    pub(crate) model: Runnable,
    pub(crate) record: LoadedModel,
}

impl Loaded {
    /// What is known of it. The number of threads is today's: they come when they have started.
    fn record(&self) -> LoadedModel {
        let backend = match &self.model {
            Runnable::Generator(session, _) => session.backend(),
            Runnable::Embedder(embedder, _) => embedder.backend(),
        };
        LoadedModel {
            threads: u32::try_from(backend.inner().pool().threads()).unwrap_or(u32::MAX),
            ..self.record.clone()
        }
    }
}

/// What a model can do, and all it needs for that.
pub(crate) enum Runnable {
    /// Writes; the governor says with how many threads.
    Generator(Box<Session<WebBackend>>, Governor),
    /// Turns texts into vectors; the governor as above.
    Embedder(Box<Embedder<WebBackend>>, Governor),
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
        Self::with_helpers(config, Helpers::default()).await
    }

    async fn with_helpers(config: EngineConfig, helpers: Helpers) -> Result<Engine, EngineError> {
        let store = ModelStore::open(&config.database, config.chunk_bytes).await?;
        Ok(Self(Rc::new(State { store, helpers, jobs: JobSlot::default(), model: RefCell::new(None) })))
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
            engine.model.replace(None);
            let loaded = load(&engine, &job, &options).await?;
            let record = loaded.record();
            engine.model.replace(Some(loaded));
            Ok(record)
        })
    }

    fn loaded_id(&self) -> Option<String> {
        self.0.model.borrow().as_ref().map(|loaded| loaded.record.id.clone())
    }
}

#[wasm_bindgen]
impl Engine {
    /// Opens the store and drops what broken imports left in it. `helpers` are workers that run the engine's `thread.js`
    /// on this module's memory; they may still be starting.
    pub async fn create(helpers: Option<Vec<Worker>>) -> Result<Engine, EngineError> {
        console_error_panic_hook::set_once();
        Self::with_helpers(EngineConfig::default(), Helpers::new(helpers.unwrap_or_default())).await
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
        let loaded = self.loaded_id().is_some_and(|loaded| loaded == id);
        match self.0.jobs.running() {
            Some(kind @ JobKind::Load) => return Err(EngineError::Busy(kind)),
            Some(kind @ (JobKind::Generate | JobKind::Embed)) if loaded => return Err(EngineError::Busy(kind)),
            _ => {}
        }
        if loaded {
            self.0.model.replace(None);
        }
        Ok(self.0.store.delete(&id).await?)
    }

    /// Loads a stored model in the place of the one that is loaded, which is dropped first: there may be memory for one.
    #[wasm_bindgen(unchecked_return_type = "Promise<LoadedModel>")]
    pub fn load(
        &self,
        id: String,
        #[wasm_bindgen(unchecked_param_type = "LoadOptions | undefined")] options: Option<Ts<LoadOptions>>,
        #[wasm_bindgen(js_name = onProgress, unchecked_param_type = "(progress: ByteProgress) => void")]
        on_progress: Function,
    ) -> Promise {
        self.begin_load(options, async move |engine, job, options| {
            load::run(&engine.store, engine.helpers.pool(), job, &id, options, &on_progress).await
        })
    }

    /// Loads a model in one file that is not stored, as [`load`](Self::load) does. `loaded` calls it by `name`.
    #[wasm_bindgen(js_name = loadFile, unchecked_return_type = "Promise<LoadedModel>")]
    pub fn load_file(
        &self,
        file: Blob,
        name: String,
        #[wasm_bindgen(unchecked_param_type = "LoadOptions | undefined")] options: Option<Ts<LoadOptions>>,
        #[wasm_bindgen(js_name = onProgress, unchecked_param_type = "(progress: ByteProgress) => void")]
        on_progress: Function,
    ) -> Promise {
        self.begin_load(options, async move |engine, job, options| {
            load::run_file(engine.helpers.pool(), job, Source::new(file, name), options, &on_progress).await
        })
    }

    /// Drops the loaded model and its memory. An answer under way ends as cancelled, and so do vectors.
    pub fn unload(&self) {
        if matches!(self.0.jobs.running(), Some(JobKind::Generate | JobKind::Embed)) {
            self.0.jobs.cancel();
        }
        self.0.model.replace(None);
    }

    /// The model that is loaded.
    pub fn loaded(&self) -> Result<Option<Ts<LoadedModel>>, EngineError> {
        let model = self.0.model.borrow();
        Ok(model.as_ref().map(|loaded| loaded.record().into_ts()).transpose()?)
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
