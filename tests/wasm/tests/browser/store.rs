//! The store on disk: what a half-written, left-over or foreign state does, and what a second page sees.

use idb::{Factory, TransactionMode};
use js_sys::{Array, Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;
use wasm_chord_web::{CHUNKS, Engine as RustEngine, EngineConfig, MANIFESTS, SCHEMA_VERSION};

use crate::page::{Events, blob, counts, database, fresh, import, models, number, object, open, rejection, text};
use crate::tiny;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["navigator", "locks"], js_name = request)]
    fn request_lock(name: &str, callback: &Function) -> Promise;
}

/// Puts a chunk into a test's database, as an importer that died would have left it.
async fn put_chunk(test: &str, id: &str, index: u32) {
    let database = database(test).await;
    let transaction = database.transaction(&[CHUNKS], TransactionMode::ReadWrite).unwrap();
    let key = Array::of2(&id.into(), &index.into());
    transaction.object_store(CHUNKS).unwrap().put(&blob(b"half a model"), Some(&key)).unwrap();
    transaction.await.unwrap();
    database.close();
}

#[wasm_bindgen_test]
async fn a_half_written_model_is_never_seen_and_dropped_at_the_next_start() {
    let engine = fresh("half").await;
    let kept = text(&import(&engine, &tiny::model()).await, "id");
    let stored = counts("half").await;
    put_chunk("half", "11111111-dead", 0).await;
    put_chunk("half", "11111111-dead", 1).await;
    put_chunk("half", "99999999-dead", 0).await;
    assert_eq!(models(&engine).await.len(), 1);
    let (code, _) = rejection(engine.load("11111111-dead", &JsValue::UNDEFINED, Events::new().function())).await;
    assert_eq!(code, "not_found");

    let later = open("test half").await;
    assert_eq!(counts("half").await, stored);
    later.load(&kept, &JsValue::UNDEFINED, Events::new().function()).await.expect("the whole model is untouched");
}

#[wasm_bindgen_test]
async fn a_start_leaves_the_chunks_of_an_import_in_another_page_alone() {
    let engine = fresh("lock").await;
    put_chunk("lock", "being-written", 0).await;

    let mut release = None;
    let held = Promise::new(&mut |resolve: Function, _| release = Some(resolve));
    let mut taken = None;
    let granted = Promise::new(&mut |resolve: Function, _| taken = Some(resolve));
    let (taken, hold) = (taken.unwrap(), held.clone());
    let lock = request_lock(
        "chord.import.being-written",
        Closure::once_into_js(move |_: JsValue| {
            taken.call0(&JsValue::UNDEFINED).unwrap();
            hold
        })
        .unchecked_ref(),
    );
    granted.await.unwrap();
    open("test lock").await;
    assert_eq!(counts("lock").await, (0, 1));

    release.unwrap().call0(&JsValue::UNDEFINED).unwrap();
    lock.await.unwrap();
    open("test lock").await;
    assert_eq!(counts("lock").await, (0, 0));
    drop(engine);
}

#[wasm_bindgen_test]
async fn an_import_under_way_survives_the_start_of_a_second_engine() {
    let engine = fresh("start").await;
    let file = blob(&tiny::model());
    let second = std::rc::Rc::new(std::cell::RefCell::new(None));
    let events = Events::and({
        let second = std::rc::Rc::clone(&second);
        move |count, _| {
            if count == 3 {
                *second.borrow_mut() = Some(wasm_bindgen_futures::future_to_promise(async {
                    Ok(JsValue::from(open("test start").await))
                }));
            }
        }
    });
    let record = engine.import_model(&file, "a", events.function()).await.unwrap();
    second.take().expect("three chunks were stored").await.unwrap();
    engine.load(&text(&record, "id"), &JsValue::UNDEFINED, Events::new().function()).await.expect("it is whole");
}

#[wasm_bindgen_test]
async fn two_engines_share_one_store() {
    let (a, b) = (fresh("two").await, open("test two").await);
    let id = text(&import(&a, &tiny::model()).await, "id");
    assert_eq!(text(&models(&b).await[0], "id"), id);
    b.load(&id, &JsValue::UNDEFINED, Events::new().function()).await.unwrap();

    a.delete_model(&id).await.unwrap();
    assert!(models(&b).await.is_empty());
    // What b has in memory goes on working; to load it again is another matter.
    let request = object(r#"{"prompt": "a", "maxTokens": 2, "temperature": 0}"#);
    let answer = b.generate(&request, Events::new().function()).await.unwrap();
    assert_eq!(number(&answer, "generatedTokens"), 2.0);
    let (code, message) = rejection(b.load(&id, &JsValue::UNDEFINED, Events::new().function())).await;
    assert_eq!(code, "not_found", "{message}");
}

#[wasm_bindgen_test]
async fn a_model_is_there_after_a_restart() {
    let engine = fresh("restart").await;
    let record = import(&engine, &tiny::model()).await;
    engine.free();
    let engine = open("test restart").await;
    assert_eq!(text(&models(&engine).await[0], "id"), text(&record, "id"));
}

#[wasm_bindgen_test]
async fn deleting_drops_the_record_and_every_chunk() {
    let engine = fresh("delete").await;
    let id = text(&import(&engine, &tiny::model()).await, "id");
    let kept = text(&import(&engine, &tiny::chat_model()).await, "id");
    let (_, both) = counts("delete").await;
    engine.delete_model(&id).await.unwrap();
    let (manifests, chunks) = counts("delete").await;
    assert_eq!((manifests, chunks), (1, both / 2));
    assert_eq!(text(&models(&engine).await[0], "id"), kept);
    let (code, _) = rejection(engine.delete_model(&id)).await;
    assert_eq!(code, "not_found");
}

#[wasm_bindgen_test]
async fn deleting_the_loaded_model_unloads_it() {
    let engine = fresh("delete loaded").await;
    let id = crate::page::import_and_load(&engine, &tiny::model()).await;
    engine.delete_model(&id).await.unwrap();
    assert!(engine.loaded().is_undefined());
}

#[wasm_bindgen_test]
async fn a_store_of_a_newer_version_is_left_alone() {
    let name = "test newer";
    Factory::new().unwrap().delete(name).unwrap().await.unwrap();
    let newer = Factory::new().unwrap().open(name, Some(SCHEMA_VERSION + 1)).unwrap().await.unwrap();
    newer.close();
    let config = EngineConfig { database: name.to_owned(), ..EngineConfig::default() };
    let error = JsValue::from(RustEngine::open(config).await.err().expect("it is refused"));
    assert_eq!(text(&error, "code"), "store_newer");
}

#[wasm_bindgen_test]
async fn an_engine_makes_way_for_a_newer_version() {
    let engine = fresh("upgrade").await;
    import(&engine, &tiny::model()).await;
    let newer = Factory::new().unwrap().open("test upgrade", Some(SCHEMA_VERSION + 1)).unwrap().await.unwrap();
    let (code, message) = rejection(engine.models()).await;
    assert_eq!(code, "store_newer", "{message}");
    newer.close();
}

#[wasm_bindgen_test]
async fn a_record_that_cannot_be_read_hides_no_other() {
    let engine = fresh("foreign").await;
    let id = text(&import(&engine, &tiny::model()).await, "id");
    let database = database("foreign").await;
    let transaction = database.transaction(&[MANIFESTS], TransactionMode::ReadWrite).unwrap();
    transaction.object_store(MANIFESTS).unwrap().put(&object(r#"{"id": "foreign"}"#), None).unwrap();
    transaction.await.unwrap();
    database.close();

    let engine = open("test foreign").await;
    let listed = models(&engine).await;
    assert_eq!(listed.len(), 1);
    assert_eq!(text(&listed[0], "id"), id);
    let (code, _) = rejection(engine.load("foreign", &JsValue::UNDEFINED, Events::new().function())).await;
    assert_eq!(code, "damaged");
    engine.delete_model("foreign").await.unwrap();
}
