//! Stored models handed back, renamed, and looked at byte by byte.

use idb::{Factory, TransactionMode};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use wasm_chord_goldens::rewrite;
use wasm_chord_web::{CHUNKS, MANIFESTS};
use web_sys::{Blob, File};

use crate::page::{
    Events, blob, counts, database, downloads, fresh, get, import, models, number, object, open, rejection, sha256,
    text,
};
use crate::tiny;

async fn bytes(blob: &JsValue) -> Vec<u8> {
    let buffer = blob.unchecked_ref::<Blob>().array_buffer().await.unwrap();
    Uint8Array::new(&buffer).to_vec()
}

#[wasm_bindgen_test]
async fn a_model_is_handed_back_byte_by_byte() {
    let engine = fresh("export").await;
    let id = text(&import(&engine, &tiny::model()).await, "id");
    let files: Array = engine.model_files(&id).await.unwrap().unchecked_into();
    assert_eq!(files.length(), 1);
    assert!(bytes(&files.get(0)).await == tiny::model());

    let parts = rewrite::shards(&tiny::model(), 2).unwrap();
    let file = |part: &Vec<u8>| {
        File::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(part.as_slice())), "part.gguf").unwrap()
    };
    let record = engine.import_files(&parts.iter().map(file).collect(), "two", Events::new().function()).await.unwrap();
    let files: Array = engine.model_files(&text(&record, "id")).await.unwrap().unchecked_into();
    assert_eq!(files.length(), 2);
    for (file, part) in files.iter().zip(&parts) {
        assert!(bytes(&file).await == *part);
    }
    assert_eq!(rejection(engine.model_files("nobody")).await.0, "not_found");
}

#[wasm_bindgen_test]
async fn a_model_keeps_its_new_name() {
    let engine = fresh("rename").await;
    let id = text(&import(&engine, &tiny::model()).await, "id");
    assert_eq!(text(&engine.rename_model(&id, "  Ada ").await.unwrap(), "name"), "Ada");
    assert_eq!(text(&models(&engine).await[0], "name"), "Ada");
    assert_eq!(rejection(engine.rename_model(&id, "   ")).await.0, "bad_request");
    assert_eq!(rejection(engine.rename_model("nobody", "Ada")).await.0, "not_found");
}

#[wasm_bindgen_test]
async fn the_same_bytes_are_stored_once() {
    let engine = fresh("twice").await;
    import(&engine, &tiny::model()).await;
    let stored = counts("twice").await;
    let events = Events::new();
    let again = engine.import_model(&blob(&tiny::model()), "another name", events.function());
    let (code, message) = rejection(again).await;
    assert_eq!(code, "already_stored");
    assert!(message.contains("tiny.gguf"), "{message}");
    assert_eq!(counts("twice").await, stored);
}

#[wasm_bindgen_test]
async fn a_look_at_every_byte_finds_the_one_that_changed() {
    let engine = fresh("verify").await;
    let record = import(&engine, &tiny::model()).await;
    let id = text(&record, "id");
    let digest = sha256(&tiny::model()).await;
    assert_eq!(get(&record, "digests").unchecked_into::<Array>().get(0).as_string(), Some(digest));
    let events = Events::new();
    let found = engine.verify_model(&id, events.function()).await.unwrap();
    assert_eq!(get(&found, "intact"), JsValue::TRUE);
    let last = events.seen().pop().unwrap();
    assert_eq!(number(&last, "bytes"), number(&last, "total"));

    let database = database("verify").await;
    let key = Array::of2(&id.as_str().into(), &1.into());
    let transaction = database.transaction(&[CHUNKS], TransactionMode::ReadOnly).unwrap();
    let chunk = transaction.object_store(CHUNKS).unwrap().get(JsValue::from(&key)).unwrap().await.unwrap().unwrap();
    let mut changed = bytes(&chunk).await;
    changed[7] ^= 1;
    let transaction = database.transaction(&[CHUNKS], TransactionMode::ReadWrite).unwrap();
    transaction.object_store(CHUNKS).unwrap().put(&blob(&changed), Some(&key)).unwrap();
    transaction.await.unwrap();
    database.close();
    let found = engine.verify_model(&id, Events::new().function()).await.unwrap();
    assert_eq!(get(&found, "intact"), JsValue::FALSE);
}

/// A database as version 1 wrote it, with one model in it.
async fn version_1(test: &str, model: &[u8]) {
    let name = format!("test {test}");
    Factory::new().unwrap().delete(&name).unwrap().await.unwrap();
    let mut request = Factory::new().unwrap().open(&name, Some(1)).unwrap();
    request.on_upgrade_needed(|event| {
        use idb::DatabaseEvent;
        let database = event.database().unwrap();
        let mut by_id = idb::ObjectStoreParams::new();
        by_id.key_path(Some(idb::KeyPath::new_single("id")));
        database.create_object_store(MANIFESTS, by_id).unwrap();
        database.create_object_store(CHUNKS, idb::ObjectStoreParams::new()).unwrap();
    });
    let database = request.await.unwrap();
    let transaction = database.transaction(&[MANIFESTS, CHUNKS], TransactionMode::ReadWrite).unwrap();
    // Field by field what version 0.1.0 stored.
    let manifest = object(&format!(
        r#"{{"id": "old", "name": "from before", "size": {}, "addedAt": 1700000000000, "chunkBytes": 65536, "info": {{
            "name": "Tiny", "kind": "generator", "architecture": "llama", "parameters": 1, "weightBytes": 1,
            "quantization": "F32", "contextLength": 8192, "vocabSize": 266, "layers": 1, "hasChatTemplate": false}}}}"#,
        model.len()
    ));
    transaction.object_store(MANIFESTS).unwrap().put(&manifest, None).unwrap();
    for (i, chunk) in (0_u32..).zip(model.chunks(65536)) {
        let key = Array::of2(&"old".into(), &i.into());
        transaction.object_store(CHUNKS).unwrap().put(&blob(chunk), Some(&key)).unwrap();
    }
    transaction.await.unwrap();
    database.close();
}

#[wasm_bindgen_test]
async fn a_model_that_version_1_stored_is_there_loads_and_gets_its_digest() {
    version_1("migration", &tiny::model()).await;
    let engine = open("test migration").await;
    let listed = models(&engine).await;
    assert_eq!((listed.len(), text(&listed[0], "name")), (1, "from before".to_owned()));
    assert_eq!(get(&listed[0], "digests").unchecked_into::<Array>().length(), 0);
    assert!(downloads(&engine).await.is_empty());
    engine.load("old", &JsValue::UNDEFINED, Events::new().function()).await.expect("the model loads");

    let found = engine.verify_model("old", Events::new().function()).await.unwrap();
    assert!(get(&found, "intact").is_undefined());
    let digest = sha256(&tiny::model()).await;
    let digests = get(&models(&engine).await[0], "digests").unchecked_into::<Array>();
    assert_eq!(digests.get(0).as_string(), Some(digest));
    engine.rename_model("old", "still here").await.unwrap();
    engine.delete_model("old").await.unwrap();
    assert_eq!(counts("migration").await, (0, 0));
}

#[wasm_bindgen_test]
async fn where_there_is_no_storage_the_start_says_so() {
    let name = "test refused";
    let factory = get(&js_sys::global(), "IDBFactory");
    let refuse = js_sys::Function::new_no_args("throw new DOMException('blocked', 'SecurityError')");
    let patch = crate::page::Patch::new(&get(&factory, "prototype"), "open", &refuse);
    let config = wasm_chord_web::EngineConfig { database: name.to_owned(), ..Default::default() };
    let error = JsValue::from(wasm_chord_web::Engine::open(config).await.err().expect("it is refused"));
    drop(patch);
    assert_eq!(text(&error, "code"), "store_unavailable");
    assert!(text(&error, "message").contains("private windows"), "{}", text(&error, "message"));
}
