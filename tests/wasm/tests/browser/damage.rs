//! Damaged files, which are refused or run, and stored models that lost something, where loading says so and nothing else
//! suffers.

use idb::TransactionMode;
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use wasm_chord_goldens::malformed::{self, Outcome};
use wasm_chord_web::CHUNKS;

use crate::page::{Engine, Events, blob, counts, database, fresh, import, object, rejection, text};
use crate::{fixtures, tiny};

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
    let whole = text(&import(&engine, &tiny::chat_model()).await, "id");
    for (replacement, what) in [(None, "part 3 is missing"), (Some(b"short".as_slice()), "part 3 has the wrong length")]
    {
        let id = text(&import(&engine, &tiny::model()).await, "id");
        tamper("damage", &id, replacement).await;
        let (code, message) = rejection(engine.load(&id, &JsValue::UNDEFINED, Events::new().function())).await;
        assert_eq!(code, "damaged");
        assert!(message.contains(what), "{message}");
        assert!(engine.loaded().is_undefined());
        engine.load(&whole, &JsValue::UNDEFINED, Events::new().function()).await.expect("the other one is whole");
        engine.delete_model(&id).await.unwrap();
    }
}

/// What a damaged file came to: the code it was refused with, or whether it ran after it was stored and loaded.
#[derive(Debug)]
enum End {
    Refused(String),
    #[expect(dead_code, reason = "it is read in the message of a test that fails")]
    Failed(String),
    Ran,
}

/// Imports a file, and loads and runs it where it is accepted; nothing of it is left in the store.
async fn end(engine: &Engine, name: &str, bytes: &[u8]) -> End {
    let none = Events::new();
    let record = match engine.import_model(&blob(bytes), name, none.function()).await {
        Ok(record) => record,
        Err(error) => return End::Refused(code(name, &error)),
    };
    let id = text(&record, "id");
    let ran = async {
        engine.load(&id, &object(r#"{"context": 32}"#), none.function()).await?;
        engine.generate(&object(r#"{"prompt": "a", "maxTokens": 2, "temperature": 0}"#), none.function()).await
    };
    let ran = ran.await;
    engine.delete_model(&id).await.unwrap();
    match ran {
        Ok(_) => End::Ran,
        Err(error) => End::Failed(code(name, &error)),
    }
}

/// The code of an error the engine means to give. A trap is none, and would be the end of the whole module.
fn code(name: &str, error: &JsValue) -> String {
    assert!(!error.is_instance_of::<js_sys::WebAssembly::RuntimeError>(), "{name}: {}", text(error, "message"));
    let code = text(error, "code");
    assert_ne!(code, "internal", "{name}: {}", text(error, "message"));
    code
}

#[wasm_bindgen_test]
async fn every_made_case_ends_as_it_does_natively() {
    let engine = fresh("made cases").await;
    let mut failures = Vec::new();
    for case in malformed::cases() {
        let end = end(&engine, &case.name, &case.bytes).await;
        let as_it_should = match (case.outcome, &end) {
            (Outcome::Refused(expected), End::Refused(code)) => expected == code,
            (Outcome::Sound, End::Ran) | (Outcome::Loads, End::Ran | End::Failed(_)) => true,
            _ => false,
        };
        if !as_it_should {
            failures.push(format!("{case:?}: {end:?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(counts("made cases").await, (0, 0));
}

#[wasm_bindgen_test]
async fn every_case_of_the_fixtures_is_refused_or_runs() {
    let test = "damaged fixtures";
    let Some(cases) = fixtures::file(test, "malformed-gguf/cases.json") else { return };
    let Some(base) = fixtures::file(test, "models/stories260K/stories260K-Q4_0.gguf") else { return };
    let engine = fresh(test).await;
    for case in malformed::patched(cases, base).unwrap() {
        let end = end(&engine, &case.name, &case.bytes).await;
        if case.must_be_refused() {
            assert!(matches!(end, End::Refused(_)), "{}: {end:?}", case.name);
        }
        if case.name == "control_unmodified" {
            assert!(matches!(end, End::Ran), "{end:?}");
        }
    }
    assert_eq!(counts(test).await, (0, 0));
}

#[wasm_bindgen_test]
async fn a_header_cut_anywhere_is_truncated() {
    let engine = fresh("cuts").await;
    let bytes = tiny::chat_model();
    // Every byte is tried natively; here some of them, through the store's own reading.
    for len in (0..9000).step_by(97) {
        assert!(matches!(end(&engine, "cut", &bytes[..len]).await, End::Refused(code) if code == "truncated"), "{len}");
    }
}
