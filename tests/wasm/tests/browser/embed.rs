//! Vectors of texts, through the handle.

use js_sys::{Array, Function};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use wasm_chord_cpu::CpuBackend;
use wasm_chord_goldens::{load_embedder, tiny};

use crate::fixtures;
use crate::page::{blob, fresh, get, import_and_load, rejection};

const MODEL: &str = "arch/bert-f32.gguf";

fn vectors(result: &JsValue) -> Vec<Vec<f32>> {
    let rows: Array = get(result, "embeddings").unchecked_into();
    rows.iter().map(|row| Array::from(&row).iter().map(|x| x.as_f64().unwrap() as f32).collect()).collect()
}

#[wasm_bindgen_test]
async fn texts_become_vectors() {
    let Some(bytes) = fixtures::file("vectors", MODEL) else { return };
    let engine = fresh("embed").await;
    import_and_load(&engine, bytes).await;
    let long = "a ".repeat(2000);
    let texts = ["", "ab", &long];
    let result = engine.embed(texts.map(str::to_owned).to_vec()).await.unwrap();
    let vectors = vectors(&result);
    let mut direct = load_embedder(CpuBackend::new(), bytes).unwrap();
    for (text, vector) in texts.iter().zip(&vectors) {
        assert_eq!(&direct.embed(text, true).unwrap().vector, vector);
        let length = vector.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
        assert!((length - 1.0).abs() < 1e-6, "{length}");
    }
    let truncated: Vec<f64> = Array::from(&get(&result, "truncated")).iter().map(|i| i.as_f64().unwrap()).collect();
    assert_eq!(truncated, [2.0]);
    assert_ne!(vectors[0], vectors[1]);

    // It cannot answer, and says so.
    let answer = engine.generate(&crate::page::object(r#"{"prompt": "a"}"#), &Function::new_no_args(""));
    assert_eq!(rejection(answer).await.0, "wrong_kind");
}

#[wasm_bindgen_test]
async fn a_model_that_writes_gives_no_vectors() {
    let engine = fresh("embed-writer").await;
    assert_eq!(rejection(engine.embed(vec!["a".to_owned()])).await.0, "not_loaded");
    import_and_load(&engine, &tiny::model()).await;
    assert_eq!(rejection(engine.embed(vec!["a".to_owned()])).await.0, "wrong_kind");
}

#[wasm_bindgen_test]
async fn a_model_is_loaded_from_a_file_that_is_not_stored() {
    let Some(bytes) = fixtures::file("vectors", MODEL) else { return };
    let engine = fresh("embed-file").await;
    let ignore = Function::new_no_args("");
    let cut = engine.load_file(&blob(&bytes[..bytes.len() - 1]), "cut", &JsValue::UNDEFINED, &ignore);
    assert_eq!(rejection(cut).await.0, "truncated");
    let record = engine.load_file(&blob(bytes), "built-in", &JsValue::UNDEFINED, &ignore).await.unwrap();
    assert_eq!(get(&record, "id"), "built-in");
    assert_eq!(Array::from(&engine.models().await.unwrap()).length(), 0);

    let seen = Array::new();
    let push = Function::new_with_args("seen", "return (done) => seen.push(done)").call1(&JsValue::UNDEFINED, &seen);
    let push: Function = push.unwrap().unchecked_into();
    let result = engine.embed_with(vec!["ab".to_owned(), "c".to_owned()], &push).await.unwrap();
    let mut direct = load_embedder(CpuBackend::new(), bytes).unwrap();
    assert_eq!(vectors(&result)[1], direct.embed("c", true).unwrap().vector);
    assert_eq!(js_sys::JSON::stringify(&seen).unwrap(), "[1,2]");
}
