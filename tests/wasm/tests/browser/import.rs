//! Importing: what gets in, what is refused with which words, and that nothing else changes either way.

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Blob, File, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetFileOptions};
use web_sys::{FileSystemWritableFileStream, WorkerGlobalScope};

use crate::page::{
    Engine, Events, Patch, SMALL_CHUNK, blob, counts, fresh, get, import, models, number, object, rejection, text,
};
use crate::tiny;

#[wasm_bindgen_test]
async fn an_imported_model_is_listed_with_what_its_header_says() {
    let engine = fresh("import").await;
    assert!(models(&engine).await.is_empty());

    let bytes = tiny::model();
    let events = Events::new();
    let before = js_sys::Date::now();
    let record = engine.import_model(&blob(&bytes), "tiny.gguf", events.function()).await.unwrap();

    assert_eq!(text(&record, "name"), "tiny.gguf");
    assert_eq!(number(&record, "size"), bytes.len() as f64);
    assert!(number(&record, "addedAt") >= before);
    let info = get(&record, "info");
    assert_eq!(text(&info, "name"), "Tiny");
    assert_eq!(text(&info, "architecture"), "llama");
    assert_eq!(text(&info, "quantization"), "F32");
    assert_eq!((number(&info, "contextLength"), number(&info, "layers")), (8192.0, 1.0));
    assert_eq!(get(&info, "hasChatTemplate"), JsValue::FALSE);

    let progress: Vec<f64> = events.seen().iter().map(|event| number(event, "bytes")).collect();
    assert_eq!(progress.first(), Some(&0.0));
    assert_eq!(progress.last(), Some(&(bytes.len() as f64)));
    assert!(progress.is_sorted(), "{progress:?}");
    assert_eq!(counts("import").await, (1, (bytes.len() as u64).div_ceil(SMALL_CHUNK) as u32));

    let listed = models(&engine).await;
    assert_eq!(listed.len(), 1);
    assert_eq!(js_sys::JSON::stringify(&listed[0]).unwrap(), js_sys::JSON::stringify(&record).unwrap());
}

#[wasm_bindgen_test]
async fn models_are_listed_oldest_first_and_a_blank_name_is_the_files_own() {
    let engine = fresh("names").await;
    let mut file = tiny::model();
    for name in ["second thoughts", "a", "   "] {
        file.push(0); // bytes behind the tensors: another file, the same model
        engine.import_model(&blob(&file), name, Events::new().function()).await.unwrap();
    }
    let names: Vec<String> = models(&engine).await.iter().map(|model| text(model, "name")).collect();
    assert_eq!(names, ["second thoughts", "a", "Tiny"]);
}

/// Imports `file`, expects `code`, and that the one model stored before is all that is stored after.
async fn refused(test: &str, file: &[u8], code: &str) -> String {
    let engine = fresh(test).await;
    let kept = text(&import(&engine, &tiny::model()).await, "id");
    let stored = counts(test).await;
    let (got, message) = rejection(engine.import_model(&blob(file), "new.gguf", Events::new().function())).await;
    assert_eq!(got, code, "{message}");
    assert_eq!(counts(test).await, stored);
    let listed = models(&engine).await;
    assert_eq!(listed.len(), 1);
    assert_eq!(text(&listed[0], "id"), kept);
    engine.load(&kept, &JsValue::UNDEFINED, Events::new().function()).await.expect("the old model still loads");
    message
}

#[wasm_bindgen_test]
async fn a_file_that_is_not_gguf_is_refused() {
    let message = refused("not gguf", b"<!doctype html><title>404</title>", "not_gguf").await;
    assert!(message.contains("GGUF"), "{message}");
}

#[wasm_bindgen_test]
async fn an_empty_file_is_refused() {
    refused("empty", b"", "truncated").await;
}

#[wasm_bindgen_test]
async fn a_file_cut_off_in_its_header_is_refused() {
    let bytes = tiny::model();
    refused("cut header", &bytes[..1000], "truncated").await;
}

#[wasm_bindgen_test]
async fn a_file_cut_off_in_its_tensors_is_refused_with_the_missing_bytes() {
    let bytes = tiny::model();
    let message = refused("cut data", &bytes[..bytes.len() - 777], "truncated").await;
    assert!(message.contains("777"), "{message}");
}

#[wasm_bindgen_test]
async fn an_unknown_architecture_is_refused_by_name() {
    let message = refused("architecture", &tiny::with("gpt9", |w| w), "unsupported_architecture").await;
    assert!(message.contains("gpt9"), "{message}");
}

#[wasm_bindgen_test]
async fn an_unknown_tensor_type_is_refused_by_name() {
    let message = refused("type", &tiny::retyped("blk.0.ffn_up.weight", 19), "unsupported_type").await;
    assert!(message.contains("IQ1_S") && message.contains("blk.0.ffn_up.weight"), "{message}");
}

#[wasm_bindgen_test]
async fn a_cancelled_import_leaves_nothing() {
    let engine = fresh("cancel import").await;
    import(&engine, &tiny::chat_model()).await;
    let stored = counts("cancel import").await;
    let events = Events::and({
        let engine = engine.clone();
        move |_, event| {
            if number(event, "bytes") >= 3.0 * SMALL_CHUNK as f64 {
                engine.cancel();
            }
        }
    });
    let (code, _) = rejection(engine.import_model(&blob(&tiny::model()), "b", events.function())).await;
    assert_eq!(code, "cancelled");
    assert_eq!(events.seen().len(), 4, "it ends at the next chunk");
    assert_eq!(counts("cancel import").await, stored);
    assert_eq!(models(&engine).await.len(), 1);
    import(&engine, &tiny::model()).await; // A cancel that is done with does not linger.
}

#[wasm_bindgen_test]
async fn a_callback_that_throws_ends_the_import() {
    let engine = fresh("throw").await;
    let throw = Function::new_no_args("throw new TypeError('no room on this page')");
    let (_, message) = {
        let error = engine.import_model(&blob(&tiny::model()), "a", &throw).await.unwrap_err();
        (get(&error, "code"), text(&error, "message"))
    };
    assert_eq!(message, "no room on this page");
    assert_eq!(counts("throw").await, (0, 0));
    import(&engine, &tiny::model()).await;
}

#[wasm_bindgen_test]
async fn a_full_disk_is_told_before_anything_is_written() {
    let engine = fresh("no space").await;
    let storage: JsValue = js_sys::global().unchecked_into::<WorkerGlobalScope>().navigator().storage().into();
    let estimate = Function::new_no_args("return Promise.resolve({quota: 5 * 1048576, usage: 5 * 1048576 - 1024})");
    let patch = Patch::new(&storage, "estimate", &estimate);
    let events = Events::new();
    let (code, message) = rejection(engine.import_model(&blob(&tiny::model()), "a", events.function())).await;
    drop(patch);
    assert_eq!(code, "quota");
    assert!(message.contains("MiB left"), "{message}");
    assert_eq!(events.seen().len(), 1, "only the zero at the start");
    assert_eq!(counts("no space").await, (0, 0));
}

#[wasm_bindgen_test]
async fn a_disk_that_fills_up_meanwhile_leaves_what_was_there() {
    let engine = fresh("quota").await;
    import(&engine, &tiny::model()).await;
    let stored = counts("quota").await;

    let prototype = get(&get(&js_sys::global(), "IDBObjectStore"), "prototype");
    let put = Function::new_with_args(
        "value, key",
        "if (key && key[1] === 2) throw new DOMException('the disk is full', 'QuotaExceededError');
         return this.add(value, key);",
    );
    let patch = Patch::new(&prototype, "put", &put);
    let (code, message) = rejection(engine.import_model(&blob(&tiny::model()), "b", Events::new().function())).await;
    drop(patch);
    assert_eq!(code, "quota");
    assert!(message.contains("MiB"), "{message}");
    assert_eq!(counts("quota").await, stored);
    assert_eq!(models(&engine).await.len(), 1);
}

#[wasm_bindgen_test]
async fn a_transaction_aborted_for_want_of_space_is_a_quota_error_too() {
    let engine = fresh("abort").await;
    let prototype = get(&get(&js_sys::global(), "IDBTransaction"), "prototype");
    let error = Function::new_no_args("return new DOMException('the disk is full', 'QuotaExceededError')");
    // Chromium reports a full disk as an abort at commit, with no failed request: so does this.
    let abort = Function::new_with_args(
        "value, key",
        "const request = this.add(value, key); this.transaction.abort(); return request;",
    );
    let put = Patch::new(&get(&get(&js_sys::global(), "IDBObjectStore"), "prototype"), "put", &abort);
    let getter = object("{\"configurable\": true}");
    Reflect::set(&getter, &"get".into(), &error).unwrap();
    let original = Reflect::get_own_property_descriptor::<JsValue>(prototype.unchecked_ref(), &"error".into()).unwrap();
    Reflect::define_property::<JsValue>(prototype.unchecked_ref(), &"error".into(), getter.unchecked_ref()).unwrap();
    let (code, message) = rejection(engine.import_model(&blob(&tiny::model()), "b", Events::new().function())).await;
    Reflect::define_property::<JsValue>(prototype.unchecked_ref(), &"error".into(), original.unchecked_ref()).unwrap();
    drop(put);
    assert_eq!(code, "quota", "{message}");
    assert_eq!(counts("abort").await, (0, 0));
}

#[wasm_bindgen_test]
async fn a_second_import_is_refused_while_one_is_under_way() {
    let engine = fresh("busy import").await;
    let (first, second) = (blob(&tiny::model()), blob(&tiny::model()));
    let events = Events::new();
    let pending = engine.import_model(&first, "a", events.function());
    let (code, message) = rejection(engine.import_model(&second, "b", events.function())).await;
    assert_eq!(code, "busy");
    assert!(message.contains("importing"), "{message}");
    pending.await.unwrap();
    assert_eq!(models(&engine).await.len(), 1);
}

/// A file on a real disk: `bytes` in the origin's private file system.
async fn on_disk(name: &str, bytes: &[u8]) -> (FileSystemDirectoryHandle, FileSystemFileHandle, File) {
    let storage = js_sys::global().unchecked_into::<WorkerGlobalScope>().navigator().storage();
    let folder: FileSystemDirectoryHandle = storage.get_directory().await.unwrap().unchecked_into();
    let options = FileSystemGetFileOptions::new();
    options.set_create(true);
    let handle = folder.get_file_handle_with_options(name, &options).await.unwrap();
    let handle: FileSystemFileHandle = handle.unchecked_into();
    write(&handle, bytes).await;
    let file: File = handle.get_file().await.unwrap().unchecked_into();
    (folder, handle, file)
}

async fn write(handle: &FileSystemFileHandle, bytes: &[u8]) {
    let stream: FileSystemWritableFileStream = handle.create_writable().await.unwrap().unchecked_into();
    let written: Promise = stream.write_with_blob(&blob(bytes)).unwrap();
    written.await.unwrap();
    stream.close().await.unwrap();
}

#[wasm_bindgen_test]
async fn a_model_outlives_the_file_it_came_from() {
    let engine: Engine = fresh("outlive").await;
    let (folder, _, file) = on_disk("outlive.gguf", &tiny::model()).await;
    let record = engine.import_model(file.unchecked_ref::<Blob>(), "a", Events::new().function()).await.unwrap();
    folder.remove_entry("outlive.gguf").await.unwrap();
    assert!(Blob::array_buffer(&file).await.is_err(), "the file is gone");
    let id = text(&record, "id");
    engine.load(&id, &JsValue::UNDEFINED, Events::new().function()).await.expect("the chunks are copies");
}

#[wasm_bindgen_test]
async fn a_file_that_changes_during_its_import_is_refused() {
    let engine = fresh("changed").await;
    let (folder, handle, file) = on_disk("changed.gguf", &tiny::model()).await;
    write(&handle, &tiny::chat_model()).await;
    let (code, message) =
        rejection(engine.import_model(file.unchecked_ref(), "a.gguf", Events::new().function())).await;
    assert_eq!(code, "file_unreadable", "{message}");
    assert!(message.contains("changed.gguf"), "{message}");
    assert_eq!(counts("changed").await, (0, 0));
    folder.remove_entry("changed.gguf").await.unwrap();
}

#[wasm_bindgen_test]
async fn a_file_that_goes_away_between_two_chunks_is_refused() {
    let engine = fresh("vanished").await;
    let (folder, _, file) = on_disk("vanished.gguf", &tiny::model()).await;
    let gone = std::rc::Rc::new(std::cell::RefCell::new(None));
    let events = Events::and({
        let (folder, gone) = (folder.clone(), std::rc::Rc::clone(&gone));
        move |count, _| {
            if count == 2 {
                *gone.borrow_mut() = Some(folder.remove_entry("vanished.gguf"));
            }
        }
    });
    let outcome = engine.import_model(file.unchecked_ref(), "a.gguf", events.function()).await;
    gone.take().expect("the callback ran").await.unwrap();
    // The removal races with the chunks; either all of them were copied before it, or the import says what happened.
    match outcome {
        Ok(_) => assert_eq!(models(&engine).await.len(), 1),
        Err(error) => {
            assert_eq!(text(&error, "code"), "file_unreadable", "{}", text(&error, "message"));
            assert_eq!(counts("vanished").await, (0, 0));
        }
    }
}
