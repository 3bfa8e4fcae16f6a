//! Models in several files: stored, loaded and deleted as one, or refused with nothing stored.

use js_sys::Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use wasm_chord_goldens::rewrite;
use web_sys::File;

use crate::page::{
    Engine, Events, SMALL_CHUNK, counts, fresh, get, import, import_and_load, models, number, object, rejection, text,
};
use crate::tiny;

fn file(name: &str, bytes: &[u8]) -> JsValue {
    File::new_with_u8_array_sequence(&Array::of1(&js_sys::Uint8Array::from(bytes)), name).unwrap().into()
}

/// The tiny model cut into `count` shards.
fn shards(count: u16) -> Vec<JsValue> {
    let name = |no: usize| format!("tiny-{:05}-of-{count:05}.gguf", no + 1);
    let shards = rewrite::shards(&tiny::model(), count).unwrap();
    shards.iter().enumerate().map(|(no, bytes)| file(&name(no), bytes)).collect()
}

fn array(files: &[&JsValue]) -> Array {
    files.iter().copied().cloned().collect()
}

async fn greedy(engine: &Engine) -> String {
    let request = object(r#"{"prompt": "ab", "maxTokens": 12, "temperature": 0}"#);
    text(&engine.generate(&request, Events::new().function()).await.unwrap(), "text")
}

#[wasm_bindgen_test]
async fn shards_in_any_order_are_one_model() {
    let engine = fresh("shards").await;
    import_and_load(&engine, &tiny::model()).await;
    let expected = greedy(&engine).await;
    let before = counts("shards").await;

    let parts = shards(3);
    let size: f64 = parts.iter().map(|part| number(part, "size")).sum();
    let events = Events::new();
    let files = array(&[&parts[2], &parts[0], &parts[1]]);
    let record = engine.import_files(&files, "three", events.function()).await.unwrap();
    assert_eq!((text(&record, "name").as_str(), number(&record, "size")), ("three", size));
    assert_eq!(text(&get(&record, "info"), "name"), "Tiny");
    let progress: Vec<f64> = events.seen().iter().map(|event| number(event, "bytes")).collect();
    assert_eq!((progress.first(), progress.last()), (Some(&0.0), Some(&size)));
    assert!(progress.is_sorted(), "{progress:?}");
    let chunks: f64 = parts.iter().map(|part| (number(part, "size") / SMALL_CHUNK as f64).ceil()).sum();
    let stored = counts("shards").await;
    assert_eq!(
        (stored.0, f64::from(stored.1)),
        (before.0 + 1, f64::from(before.1) + chunks),
        "no chunk spans two files"
    );

    let id = text(&record, "id");
    let events = Events::new();
    engine.load(&id, &JsValue::UNDEFINED, events.function()).await.unwrap();
    let progress: Vec<f64> = events.seen().iter().map(|event| number(event, "bytes")).collect();
    assert_eq!(progress.last(), Some(&size));
    assert!(progress.is_sorted(), "{progress:?}");
    assert_eq!(greedy(&engine).await, expected);

    engine.delete_model(&id).await.unwrap();
    assert_eq!(counts("shards").await, before);
}

/// Expects `files` to be refused as `code`, and the store to stay as it was.
async fn refused(engine: &Engine, files: &Array, code: &str) -> String {
    let before = counts("shard sets").await;
    let (got, message) = rejection(engine.import_files(files, "new", Events::new().function())).await;
    assert_eq!(got, code, "{message}");
    assert_eq!(counts("shard sets").await, before);
    message
}

#[wasm_bindgen_test]
async fn sets_that_are_not_one_model_are_refused_by_name() {
    let engine = fresh("shard sets").await;
    import(&engine, &tiny::model()).await;
    let parts = shards(3);
    let [a, b, c] = [&parts[0], &parts[1], &parts[2]];

    let message = refused(&engine, &array(&[a, c]), "split_model").await;
    assert!(message.contains("part 2 of 3") && message.contains("tiny-00002-of-00003.gguf"), "{message}");
    let message = refused(&engine, &array(&[b]), "split_model").await;
    assert!(message.contains("part 1 of 3") && message.contains("tiny-00001-of-00003.gguf"), "{message}");
    let message = refused(&engine, &array(&[a, b, c, c]), "split_model").await;
    assert!(message.contains("both part 3 of 3"), "{message}");
    let message = refused(&engine, &array(&[a, b, c, &shards(2)[0]]), "split_model").await;
    assert!(message.contains("one of 3 parts") && message.contains("tiny-00001-of-00002.gguf"), "{message}");
    let whole = file("whole.gguf", &tiny::model());
    let message = refused(&engine, &array(&[a, b, c, &whole]), "split_model").await;
    assert!(message.contains("'whole.gguf' is a whole model"), "{message}");
    let message = refused(&engine, &array(&[&whole, &whole]), "split_model").await;
    assert!(message.contains("'whole.gguf' is a whole model"), "{message}");

    let bytes = rewrite::shards(&tiny::model(), 3).unwrap();
    let short = file("tiny-00002-of-00003.gguf", &bytes[1][..bytes[1].len() - 777]);
    let message = refused(&engine, &array(&[a, &short, c]), "split_model").await;
    assert!(message.contains("tiny-00002-of-00003.gguf") && message.contains("cut short"), "{message}");
    let other = file("tiny-00003-of-00003.gguf", b"<!doctype html>");
    let message = refused(&engine, &array(&[a, b, &other]), "split_model").await;
    assert!(message.contains("'tiny-00003-of-00003.gguf': not a GGUF file"), "{message}");

    refused(&engine, &Array::new(), "split_model").await;
    refused(&engine, &Array::of1(&7.into()), "bad_request").await;
    assert_eq!(models(&engine).await.len(), 1);
}
