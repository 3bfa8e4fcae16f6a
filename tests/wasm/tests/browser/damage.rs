//! Stored models that lost something: loading says so and nothing else suffers.

use idb::TransactionMode;
use js_sys::Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use wasm_chord_web::CHUNKS;

use crate::page::{Events, blob, database, fresh, import, rejection, text};
use crate::tiny;

/// Replaces chunk 2 of a model, or deletes it.
async fn tamper(test: &str, id: &str, replacement: Option<&[u8]>) {
    let database = database(test).await;
    let transaction = database.transaction(&[CHUNKS], TransactionMode::ReadWrite).unwrap();
    let key = JsValue::from(Array::of2(&id.into(), &2.into()));
    let chunks = transaction.object_store(CHUNKS).unwrap();
    match replacement {
        Some(bytes) => drop(chunks.put(&blob(bytes), Some(&key)).unwrap()),
        None => drop(chunks.delete(key).unwrap()),
    }
    transaction.await.unwrap();
    database.close();
}

#[wasm_bindgen_test]
async fn a_missing_or_short_chunk_is_told() {
    let engine = fresh("damage").await;
    let whole = text(&import(&engine, &tiny::model()).await, "id");
    for (replacement, what) in [(None, "part 3 is missing"), (Some(b"short".as_slice()), "part 3 has the wrong length")]
    {
        let id = text(&import(&engine, &tiny::model()).await, "id");
        tamper("damage", &id, replacement).await;
        let (code, message) = rejection(engine.load(&id, &JsValue::UNDEFINED, Events::new().function())).await;
        assert_eq!(code, "damaged");
        assert!(message.contains(what), "{message}");
        assert!(engine.loaded().is_undefined());
        engine.load(&whole, &JsValue::UNDEFINED, Events::new().function()).await.expect("the other one is whole");
    }
}
