//! Models that come in piece by piece: kept across interruptions, checked against what was announced, never seen half.

use idb::TransactionMode;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use wasm_chord_goldens::rewrite;
use wasm_chord_web::{CHUNKS, PARTIALS};

use crate::page::{
    Download, Engine, Events, Patch, SMALL_CHUNK, blob, counts, database, downloads, fresh, get, import, models,
    number, object, open, rejection, sha256, text,
};
use crate::tiny;

/// What `beginDownload` takes for files of these lengths, with digests where there are some.
fn request(files: &[(u64, Option<&str>)]) -> JsValue {
    let file = |(i, (size, digest)): (usize, &(u64, Option<&str>))| {
        let digest = digest.map_or_else(String::new, |digest| format!(r#", "digest": "{digest}""#));
        format!(
            r#"{{"url": "https://hub.test/{i}", "name": "part {i}", "size": {size}{digest}, "stored": 0, "whole": false}}"#
        )
    };
    let files: Vec<String> = files.iter().enumerate().map(file).collect();
    object(&format!(r#"{{"name": "from afar", "files": [{}]}}"#, files.join(",")))
}

async fn begin(engine: &Engine, files: &[(u64, Option<&str>)]) -> Download {
    engine.begin_download(&request(files)).await.expect("the download begins").unchecked_into()
}

async fn write(download: &Download, bytes: &[u8]) {
    // As a network gives them: pieces that fit no chunk.
    for piece in bytes.chunks(1500) {
        download.write(&Uint8Array::from(piece)).await.expect("the bytes are taken");
    }
}

/// Bytes that a download's record says are there.
fn stored(record: &JsValue) -> f64 {
    get(record, "files").unchecked_into::<js_sys::Array>().iter().map(|file| number(&file, "stored")).sum()
}

async fn answers(engine: &Engine, id: &str) {
    engine.load(id, &JsValue::UNDEFINED, Events::new().function()).await.expect("the model loads");
    let request = object(r#"{"prompt": "ab", "maxTokens": 2, "temperature": 0}"#);
    let answer = engine.generate(&request, Events::new().function()).await.unwrap();
    assert_eq!(number(&answer, "generatedTokens"), 2.0);
}

#[wasm_bindgen_test]
async fn what_came_in_pieces_is_a_model_with_its_last_byte() {
    let engine = fresh("download").await;
    let bytes = tiny::model();
    let digest = sha256(&bytes).await;
    let download = begin(&engine, &[(bytes.len() as u64, Some(&digest.to_uppercase()))]).await;
    write(&download, &bytes).await;
    assert!(models(&engine).await.is_empty());
    download.finish_file().await.unwrap();
    assert!(models(&engine).await.is_empty());
    let record = download.finish().await.unwrap();
    assert_eq!(text(&record, "name"), "from afar");
    assert_eq!(text(&record, "source"), "https://hub.test/0");
    assert_eq!(get(&record, "digests").unchecked_into::<js_sys::Array>().get(0).as_string(), Some(digest));
    assert_eq!(models(&engine).await.len(), 1);
    assert!(downloads(&engine).await.is_empty());
    assert_eq!(counts("download").await, (1, (bytes.len() as u64).div_ceil(SMALL_CHUNK) as u32));
    answers(&engine, &text(&record, "id")).await;
}

#[wasm_bindgen_test]
async fn a_download_goes_on_after_any_byte_and_any_restart() {
    let bytes = tiny::model();
    let digest = sha256(&bytes).await;
    let chunk = SMALL_CHUNK as usize;
    for cut in [0, 1, chunk - 1, chunk, chunk + 1, 5 * chunk + 63, bytes.len() - 1, bytes.len()] {
        let engine = fresh("resume").await;
        let download = begin(&engine, &[(bytes.len() as u64, Some(&digest))]).await;
        write(&download, &bytes[..cut]).await;
        download.flush().await.unwrap();
        let id = text(&download.record().unwrap(), "id");
        download.free();
        engine.free();

        let engine = open("test resume").await;
        let partials = downloads(&engine).await;
        assert_eq!((partials.len(), stored(&partials[0])), (1, cut as f64));
        let download: Download = engine.resume_download(&id).await.unwrap().unchecked_into();
        assert_eq!(stored(&download.record().unwrap()), cut as f64);
        write(&download, &bytes[cut..]).await;
        download.finish_file().await.unwrap();
        let record = download.finish().await.unwrap();
        answers(&engine, &text(&record, "id")).await;
        download.free();
    }
}

#[wasm_bindgen_test]
async fn a_page_that_dies_loses_no_more_than_the_chunk_that_was_coming_in() {
    let engine = fresh("killed").await;
    let bytes = tiny::model();
    let download = begin(&engine, &[(bytes.len() as u64, None)]).await;
    write(&download, &bytes[..3 * SMALL_CHUNK as usize + 100]).await;
    let id = text(&download.record().unwrap(), "id");
    // Neither flushed nor freed: all that a killed page does is let its lock go.
    let later = open("test killed").await;
    assert_eq!(stored(&downloads(&later).await[0]), (3 * SMALL_CHUNK) as f64);
    let (code, _) = rejection(later.resume_download(&id)).await;
    assert_eq!(code, "in_use");
    let (code, _) = rejection(later.drop_download(&id)).await;
    assert_eq!(code, "in_use");
    download.free();
    let download: Download = later.resume_download(&id).await.unwrap().unchecked_into();
    write(&download, &bytes[3 * SMALL_CHUNK as usize..]).await;
    download.finish_file().await.unwrap();
    download.finish().await.unwrap();
}

#[wasm_bindgen_test]
async fn the_wrong_bytes_are_discarded_and_the_right_ones_taken_after_them() {
    let engine = fresh("digest").await;
    let bytes = tiny::model();
    let digest = sha256(&bytes).await;
    let download = begin(&engine, &[(bytes.len() as u64, Some(&digest))]).await;
    let mut wrong = bytes.clone();
    *wrong.last_mut().unwrap() ^= 1;
    write(&download, &wrong).await;
    let (code, message) = rejection(download.finish_file()).await;
    assert_eq!(code, "wrong_digest");
    assert!(message.contains(&digest) && message.contains("part 0"), "{message}");
    assert_eq!(stored(&download.record().unwrap()), 0.0);
    assert_eq!(counts("digest").await, (0, 0));

    write(&download, &bytes).await;
    download.finish_file().await.unwrap();
    download.finish().await.unwrap();
}

#[wasm_bindgen_test]
async fn a_length_that_was_announced_wrongly_is_an_error_either_way() {
    let engine = fresh("length").await;
    let bytes = tiny::model();
    let download = begin(&engine, &[(bytes.len() as u64, None)]).await;
    write(&download, &bytes[..bytes.len() - 1]).await;
    assert_eq!(rejection(download.finish_file()).await.0, "wrong_length");
    let (code, message) = rejection(download.write(&Uint8Array::from([0_u8, 0].as_slice()))).await;
    assert_eq!(code, "wrong_length", "{message}");
    write(&download, &bytes[bytes.len() - 1..]).await;
    download.finish_file().await.unwrap();
}

#[wasm_bindgen_test]
async fn what_is_no_model_is_refused_with_its_first_bytes() {
    let engine = fresh("html").await;
    let download = begin(&engine, &[(100_000_000, None)]).await;
    let page = Uint8Array::from(b"<!doctype html><title>Sign in</title>".as_slice());
    assert_eq!(rejection(download.write(&page)).await.0, "not_gguf");

    let mut other = tiny::model();
    let at = other.windows(5).position(|window| window == b"llama").unwrap();
    other[at..at + 5].copy_from_slice(b"mamba");
    let download = begin(&engine, &[(100_000_000, None)]).await;
    let (code, message) = rejection(download.write(&Uint8Array::from(other.as_slice()))).await;
    assert_eq!(code, "unsupported_architecture");
    assert!(message.contains("mamba"), "{message}");
}

#[wasm_bindgen_test]
async fn of_a_model_in_several_files_a_bad_one_comes_anew_and_the_others_stay() {
    let engine = fresh("parts").await;
    let parts = rewrite::shards(&tiny::model(), 3).unwrap();
    let mut digests = Vec::new();
    for part in &parts {
        digests.push(sha256(part).await);
    }
    let files: Vec<_> = parts.iter().zip(&digests).map(|(part, d)| (part.len() as u64, Some(d.as_str()))).collect();
    let download = begin(&engine, &files).await;
    write(&download, &parts[0]).await;
    download.finish_file().await.unwrap();
    let mut wrong = parts[1].clone();
    *wrong.last_mut().unwrap() ^= 1;
    write(&download, &wrong).await;
    assert_eq!(rejection(download.finish_file()).await.0, "wrong_digest");
    assert_eq!(stored(&download.record().unwrap()), parts[0].len() as f64);
    assert_eq!(rejection(download.finish()).await.0, "bad_request");
    for part in &parts[1..] {
        write(&download, part).await;
        download.finish_file().await.unwrap();
    }
    let record = download.finish().await.unwrap();
    answers(&engine, &text(&record, "id")).await;
}

#[wasm_bindgen_test]
async fn a_full_disk_ends_the_write_and_keeps_what_is_there() {
    let engine = fresh("full").await;
    let bytes = tiny::model();
    let download = begin(&engine, &[(bytes.len() as u64, None)]).await;
    write(&download, &bytes[..2 * SMALL_CHUNK as usize]).await;
    let prototype = get(&get(&js_sys::global(), "IDBObjectStore"), "prototype");
    let full = js_sys::Function::new_no_args("throw new DOMException('the disk is full', 'QuotaExceededError')");
    let patch = Patch::new(&prototype, "put", &full);
    let more = &bytes[2 * SMALL_CHUNK as usize..4 * SMALL_CHUNK as usize];
    let (code, _) = rejection(download.write(&Uint8Array::from(more))).await;
    assert_eq!(code, "quota");
    drop(patch);
    let id = text(&download.record().unwrap(), "id");
    download.free();
    let download: Download = engine.resume_download(&id).await.unwrap().unchecked_into();
    assert_eq!(stored(&download.record().unwrap()), (2 * SMALL_CHUNK) as f64);
    write(&download, &bytes[2 * SMALL_CHUNK as usize..]).await;
    download.finish_file().await.unwrap();
    download.finish().await.unwrap();
}

#[wasm_bindgen_test]
async fn there_is_no_download_without_the_space_for_it() {
    let engine = fresh("space").await;
    let (code, message) = rejection(engine.begin_download(&request(&[(1 << 50, None)]))).await;
    assert_eq!(code, "quota", "{message}");
    assert!(downloads(&engine).await.is_empty());
}

#[wasm_bindgen_test]
async fn what_is_stored_already_is_not_downloaded() {
    let engine = fresh("again").await;
    let bytes = tiny::model();
    import(&engine, &bytes).await;
    let digest = sha256(&bytes).await;
    let (code, message) = rejection(engine.begin_download(&request(&[(bytes.len() as u64, Some(&digest))]))).await;
    assert_eq!(code, "already_stored");
    assert!(message.contains("tiny.gguf"), "{message}");
    assert!(downloads(&engine).await.is_empty());
}

#[wasm_bindgen_test]
async fn a_download_that_is_dropped_leaves_nothing() {
    let engine = fresh("drop").await;
    let bytes = tiny::model();
    let download = begin(&engine, &[(bytes.len() as u64, None)]).await;
    write(&download, &bytes).await;
    let id = text(&download.record().unwrap(), "id");
    download.free();
    engine.drop_download(&id).await.unwrap();
    assert!(downloads(&engine).await.is_empty());
    assert_eq!(counts("drop").await, (0, 0));
    assert_eq!(rejection(engine.resume_download(&id)).await.0, "not_found");
}

#[wasm_bindgen_test]
async fn chunks_that_a_record_tells_of_in_vain_come_anew() {
    let engine = fresh("lost").await;
    let bytes = tiny::model();
    let download = begin(&engine, &[(bytes.len() as u64, None)]).await;
    write(&download, &bytes[..SMALL_CHUNK as usize + 10]).await;
    download.flush().await.unwrap();
    let id = text(&download.record().unwrap(), "id");
    download.free();
    // The last chunk gets another length than the record says.
    let database = database("lost").await;
    let transaction = database.transaction(&[CHUNKS, PARTIALS], TransactionMode::ReadWrite).unwrap();
    let key = js_sys::Array::of2(&id.as_str().into(), &1.into());
    transaction.object_store(CHUNKS).unwrap().put(&blob(b"?"), Some(&key)).unwrap();
    transaction.await.unwrap();
    database.close();
    let download: Download = engine.resume_download(&id).await.unwrap().unchecked_into();
    assert_eq!(stored(&download.record().unwrap()), 0.0);
    write(&download, &bytes).await;
    download.finish_file().await.unwrap();
    let record = download.finish().await.unwrap();
    answers(&engine, &text(&record, "id")).await;
}
