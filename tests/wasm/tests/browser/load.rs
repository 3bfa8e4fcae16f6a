//! Loading: streamed in order, cancellable, one model at a time.

use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::page::{Events, fresh, get, import, import_and_load, number, object, open_with, rejection, text};
use crate::{fixtures, tiny};

#[wasm_bindgen_test]
async fn a_loaded_model_says_what_runs_it() {
    let engine = fresh("load").await;
    assert!(engine.loaded().is_undefined());
    let bytes = tiny::model();
    let id = text(&import(&engine, &bytes).await, "id");
    let events = Events::new();
    let loaded = engine.load(&id, &JsValue::UNDEFINED, events.function()).await.unwrap();

    assert_eq!(text(&loaded, "id"), id);
    assert_eq!(text(&get(&loaded, "info"), "name"), "Tiny");
    let build = if cfg!(target_feature = "atomics") { "threads" } else { "simd" };
    assert_eq!((text(&loaded, "backend").as_str(), text(&loaded, "build").as_str()), ("cpu", build));
    assert_eq!((number(&loaded, "context"), number(&loaded, "threads")), (4096.0, 1.0));
    assert!(number(&loaded, "loadMs") > 0.0);
    assert_eq!(text(&engine.loaded(), "id"), id);

    let progress: Vec<f64> = events.seen().iter().map(|event| number(event, "bytes")).collect();
    assert_eq!((progress.first(), progress.last()), (Some(&0.0), Some(&(bytes.len() as f64))));
    assert!(progress.is_sorted(), "{progress:?}");

    engine.unload();
    assert!(engine.loaded().is_undefined());
}

#[wasm_bindgen_test]
async fn the_context_can_be_chosen() {
    let engine = fresh("context").await;
    let id = text(&import(&engine, &tiny::model()).await, "id");
    let loaded = engine.load(&id, &object(r#"{"context": 99}"#), Events::new().function()).await.unwrap();
    assert_eq!(number(&loaded, "context"), 99.0);
    for bad in [r#"{"context": 0}"#, r#"{"context": -3}"#, r#"{"context": 1.5}"#, r#"{"context": "many"}"#] {
        let (code, message) = rejection(engine.load(&id, &object(bad), Events::new().function())).await;
        assert_eq!(code, "bad_request", "{bad}: {message}");
    }
}

#[wasm_bindgen_test]
async fn how_a_file_is_cut_does_not_matter() {
    let mut answers = Vec::new();
    for chunk_bytes in [777, 65_536, 64 << 20] {
        let engine = open_with("test cuts", chunk_bytes).await;
        let id = import_and_load(&engine, &tiny::model()).await;
        let request = object(r#"{"prompt": "ab c", "maxTokens": 8, "temperature": 0}"#);
        let answer = engine.generate(&request, Events::new().function()).await.unwrap();
        answers.push(text(&answer, "text"));
        engine.delete_model(&id).await.unwrap(); // the same bytes are stored once
    }
    assert!(answers.iter().all(|answer| *answer == answers[0] && !answer.is_empty()), "{answers:?}");
}

#[wasm_bindgen_test]
async fn a_cancelled_load_leaves_no_model_loaded() {
    let engine = fresh("cancel load").await;
    let id = import_and_load(&engine, &tiny::model()).await;
    let events = Events::and({
        let engine = engine.clone();
        move |count, _| {
            if count == 4 {
                engine.cancel();
            }
        }
    });
    let (code, _) = rejection(engine.load(&id, &JsValue::UNDEFINED, events.function())).await;
    assert_eq!(code, "cancelled");
    assert_eq!(events.seen().len(), 4);
    assert!(engine.loaded().is_undefined());
    engine.load(&id, &JsValue::UNDEFINED, Events::new().function()).await.expect("it can be loaded again");
}

#[wasm_bindgen_test]
async fn a_second_load_and_a_deletion_wait_their_turn() {
    let engine = fresh("busy load").await;
    let id = text(&import(&engine, &tiny::model()).await, "id");
    let events = Events::new();
    let pending = engine.load(&id, &JsValue::UNDEFINED, events.function());
    let (code, message) = rejection(engine.load(&id, &JsValue::UNDEFINED, events.function())).await;
    assert_eq!(code, "busy");
    assert!(message.contains("loading"), "{message}");
    pending.await.unwrap();

    let pending = engine.load(&id, &JsValue::UNDEFINED, events.function());
    let (code, _) = rejection(engine.delete_model(&id)).await;
    assert_eq!(code, "busy");
    pending.await.unwrap();
}

#[wasm_bindgen_test]
async fn loading_again_and_again_takes_no_more_memory() {
    let Some(bytes) = fixtures::file("memory", "models/stories260K/stories260K-f32.gguf") else { return };
    let engine = open_with("test memory", 64 << 20).await;
    let id = import_and_load(&engine, bytes).await;
    let memory = || wasm_bindgen::memory().unchecked_into::<js_sys::WebAssembly::Memory>().buffer();
    let size = || number(&memory(), "byteLength");
    for _ in 0..3 {
        engine.load(&id, &JsValue::UNDEFINED, Events::new().function()).await.unwrap();
    }
    let before = size();
    for _ in 0..12 {
        engine.load(&id, &JsValue::UNDEFINED, Events::new().function()).await.unwrap();
    }
    // Twelve leaked models would be 12 MiB.
    assert!(size() - before < 3e6, "{before} → {}", size());
}
