//! The engine as a page has it: JavaScript objects, called by their JavaScript names.

use std::cell::RefCell;
use std::rc::Rc;

use idb::{Database, Factory, TransactionMode};
use js_sys::{Array, Error, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_chord_web::{CHUNKS, Engine as RustEngine, EngineConfig, MANIFESTS};
use web_sys::Blob;

#[wasm_bindgen]
extern "C" {
    /// The class that `wasm_chord_web` exports, seen from outside.
    #[derive(Clone)]
    pub type Engine;
    #[wasm_bindgen(method)]
    pub fn models(this: &Engine) -> Promise;
    #[wasm_bindgen(method, js_name = importModel)]
    pub fn import_model(this: &Engine, file: &Blob, name: &str, on_progress: &Function) -> Promise;
    #[wasm_bindgen(method, js_name = importModel)]
    pub fn import_files(this: &Engine, files: &Array, name: &str, on_progress: &Function) -> Promise;
    #[wasm_bindgen(method, js_name = deleteModel)]
    pub fn delete_model(this: &Engine, id: &str) -> Promise;
    #[wasm_bindgen(method)]
    pub fn load(this: &Engine, id: &str, options: &JsValue, on_progress: &Function) -> Promise;
    #[wasm_bindgen(method)]
    pub fn unload(this: &Engine);
    #[wasm_bindgen(method)]
    pub fn loaded(this: &Engine) -> JsValue;
    #[wasm_bindgen(method)]
    pub fn generate(this: &Engine, request: &JsValue, on_event: &Function) -> Promise;
    #[wasm_bindgen(method)]
    pub fn embed(this: &Engine, texts: Vec<String>) -> Promise;
    #[wasm_bindgen(method, js_name = embed)]
    pub fn embed_with(this: &Engine, texts: Vec<String>, on_progress: &Function) -> Promise;
    #[wasm_bindgen(method, js_name = loadFile)]
    pub fn load_file(this: &Engine, file: &Blob, name: &str, options: &JsValue, on_progress: &Function) -> Promise;
    #[wasm_bindgen(method, js_name = modelFiles)]
    pub fn model_files(this: &Engine, id: &str) -> Promise;
    #[wasm_bindgen(method, js_name = renameModel)]
    pub fn rename_model(this: &Engine, id: &str, name: &str) -> Promise;
    #[wasm_bindgen(method, js_name = verifyModel)]
    pub fn verify_model(this: &Engine, id: &str, on_progress: &Function) -> Promise;
    #[wasm_bindgen(method)]
    pub fn downloads(this: &Engine) -> Promise;
    #[wasm_bindgen(method, js_name = beginDownload)]
    pub fn begin_download(this: &Engine, download: &JsValue) -> Promise;
    #[wasm_bindgen(method, js_name = resumeDownload)]
    pub fn resume_download(this: &Engine, id: &str) -> Promise;
    #[wasm_bindgen(method, js_name = dropDownload)]
    pub fn drop_download(this: &Engine, id: &str) -> Promise;
    #[wasm_bindgen(method)]
    pub fn cancel(this: &Engine);
    #[wasm_bindgen(method)]
    pub fn free(this: &Engine);

    /// A download under way.
    pub type Download;
    #[wasm_bindgen(method, catch)]
    pub fn record(this: &Download) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method)]
    pub fn write(this: &Download, bytes: &Uint8Array) -> Promise;
    #[wasm_bindgen(method)]
    pub fn flush(this: &Download) -> Promise;
    #[wasm_bindgen(method, js_name = finishFile)]
    pub fn finish_file(this: &Download) -> Promise;
    #[wasm_bindgen(method)]
    pub fn finish(this: &Download) -> Promise;
    #[wasm_bindgen(method, js_name = free)]
    pub fn free(this: &Download);

    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = digest)]
    fn subtle_digest(algorithm: &str, bytes: &Uint8Array) -> Promise;
}

/// Bytes of a chunk in most tests: the tiny model makes about 30 of them.
pub const SMALL_CHUNK: u64 = 4096;

/// An engine on the database `name`.
pub async fn open(name: &str) -> Engine {
    open_with(name, SMALL_CHUNK).await
}

/// An engine on the database `name` that stores in chunks of `chunk_bytes`.
pub async fn open_with(name: &str, chunk_bytes: u64) -> Engine {
    let config = EngineConfig { database: name.to_owned(), chunk_bytes };
    let engine = RustEngine::open(config).await.expect("the store opens");
    JsValue::from(engine).unchecked_into()
}

/// An engine on an empty database of the test's own.
pub async fn fresh(test: &str) -> Engine {
    let name = format!("test {test}");
    Factory::new().unwrap().delete(&name).unwrap().await.unwrap();
    open(&name).await
}

/// The database of a test, to look into or to break.
pub async fn database(test: &str) -> Database {
    Factory::new().unwrap().open(&format!("test {test}"), None).unwrap().await.unwrap()
}

/// How many manifests and chunks a test's database holds.
pub async fn counts(test: &str) -> (u32, u32) {
    let database = database(test).await;
    let transaction = database.transaction(&[MANIFESTS, CHUNKS], TransactionMode::ReadOnly).unwrap();
    let manifests = transaction.object_store(MANIFESTS).unwrap().count(None).unwrap().into_future();
    let chunks = transaction.object_store(CHUNKS).unwrap().count(None).unwrap().into_future();
    let counts = (manifests.await.unwrap(), chunks.await.unwrap());
    database.close();
    counts
}

/// A Blob that holds `bytes`.
pub fn blob(bytes: &[u8]) -> Blob {
    Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes))).unwrap()
}

/// A callback that keeps what it is called with.
pub struct Events {
    seen: Rc<RefCell<Vec<JsValue>>>,
    callback: Closure<dyn FnMut(JsValue)>,
}

impl Events {
    pub fn new() -> Self {
        Self::and(|_, _| {})
    }

    /// Also calls `f` with how many events there were and the event.
    pub fn and(mut f: impl FnMut(usize, &JsValue) + 'static) -> Self {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let callback = Closure::new({
            let seen = Rc::clone(&seen);
            move |event: JsValue| {
                seen.borrow_mut().push(event.clone());
                let count = seen.borrow().len();
                f(count, &event);
            }
        });
        Self { seen, callback }
    }

    pub fn function(&self) -> &Function {
        self.callback.as_ref().unchecked_ref()
    }

    pub fn seen(&self) -> Vec<JsValue> {
        self.seen.borrow().clone()
    }

    /// The texts of all token events.
    pub fn text(&self) -> String {
        self.seen().iter().filter(|e| text(e, "type") == "token").map(|e| text(e, "text")).collect()
    }
}

/// Imports `bytes` and gives the record.
pub async fn import(engine: &Engine, bytes: &[u8]) -> JsValue {
    engine.import_model(&blob(bytes), "tiny.gguf", Events::new().function()).await.expect("the import succeeds")
}

/// Imports and loads `bytes`; the model's id.
pub async fn import_and_load(engine: &Engine, bytes: &[u8]) -> String {
    let id = text(&import(engine, bytes).await, "id");
    engine.load(&id, &JsValue::UNDEFINED, Events::new().function()).await.expect("the model loads");
    id
}

/// The stored models.
pub async fn models(engine: &Engine) -> Vec<JsValue> {
    engine.models().await.expect("the models are listed").unchecked_into::<Array>().to_vec()
}

/// The downloads that are not whole.
pub async fn downloads(engine: &Engine) -> Vec<JsValue> {
    engine.downloads().await.expect("the downloads are listed").unchecked_into::<Array>().to_vec()
}

/// The browser's own SHA-256, in hex.
pub async fn sha256(bytes: &[u8]) -> String {
    let digest = Uint8Array::new(&subtle_digest("SHA-256", &Uint8Array::from(bytes)).await.unwrap());
    digest.to_vec().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A JavaScript object from JSON.
pub fn object(json: &str) -> JsValue {
    js_sys::JSON::parse(json).expect("JSON")
}

/// A property.
pub fn get(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// A property that is a string.
pub fn text(value: &JsValue, name: &str) -> String {
    get(value, name).as_string().unwrap_or_else(|| panic!("{name} is no string in {}", show(value)))
}

/// A property that is a number.
pub fn number(value: &JsValue, name: &str) -> f64 {
    get(value, name).as_f64().unwrap_or_else(|| panic!("{name} is no number in {}", show(value)))
}

/// What a promise rejects with: its code and message.
pub async fn rejection(promise: Promise) -> (String, String) {
    match promise.await {
        Ok(value) => panic!("expected a rejection, got {}", show(&value)),
        Err(error) => {
            assert!(error.is_instance_of::<Error>(), "rejected with something that is no Error: {}", show(&error));
            (text(&error, "code"), text(&error, "message"))
        }
    }
}

fn show(value: &JsValue) -> String {
    js_sys::JSON::stringify(value).map_or_else(|_| format!("{value:?}"), String::from)
}

/// Replaces `object[name]` until it is dropped.
pub struct Patch {
    object: Object,
    name: &'static str,
    original: JsValue,
}

impl Patch {
    pub fn new(object: &JsValue, name: &'static str, replacement: &JsValue) -> Self {
        let original = get(object, name);
        Reflect::set(object, &name.into(), replacement).unwrap();
        Self { object: object.clone().unchecked_into(), name, original }
    }
}

impl Drop for Patch {
    fn drop(&mut self) {
        Reflect::set(&self.object, &self.name.into(), &self.original).unwrap();
    }
}
