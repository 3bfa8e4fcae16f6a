//! Answers: what comes back, in which events, and everything that ends one early.

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

use crate::page::{Engine, Events, fresh, get, import_and_load, models, number, object, rejection, text};
use crate::{fixtures, tiny};

async fn answer(engine: &Engine, request: &str) -> (JsValue, Events) {
    let events = Events::new();
    let result = engine.generate(&object(request), events.function()).await.expect("an answer");
    (result, events)
}

#[wasm_bindgen_test]
async fn an_answer_is_the_sum_of_its_token_events() {
    let engine = fresh("generate").await;
    import_and_load(&engine, &tiny::model()).await;
    let (result, events) = answer(&engine, r#"{"prompt": "ab", "maxTokens": 12, "temperature": 0}"#).await;
    assert_eq!(text(&result, "stopReason"), "length");
    assert_eq!(text(&result, "text"), events.text());
    assert_eq!(number(&result, "generatedTokens"), 12.0);
    let counts: Vec<f64> =
        events.seen().iter().filter(|e| text(e, "type") == "token").map(|e| number(e, "tokens")).collect();
    assert_eq!(counts[..12], (1..=12).map(f64::from).collect::<Vec<_>>());
    for figure in ["prefillTokensPerSecond", "decodeTokensPerSecond", "firstTokenMs"] {
        assert!(number(&result, figure) > 0.0, "{figure}");
    }
    let (again, _) = answer(&engine, r#"{"prompt": "ab", "maxTokens": 12, "temperature": 0}"#).await;
    assert_eq!(text(&again, "text"), text(&result, "text"));
}

#[wasm_bindgen_test]
async fn a_profile_says_where_the_time_went() {
    let engine = fresh("profile").await;
    import_and_load(&engine, &tiny::model()).await;
    let request = |profile: bool| format!(r#"{{"prompt": "ab c", "maxTokens": 4, "profile": {profile}}}"#);
    let (plain, _) = answer(&engine, &request(false)).await;
    assert!(get(&plain, "profile").is_undefined());
    let (timed, _) = answer(&engine, &request(true)).await;
    for (phase, passes) in [("prefill", 1.0), ("decode", 3.0)] {
        let ops = js_sys::Array::from(&get(&get(&timed, "profile"), phase));
        let of = |op: &str| ops.iter().filter(|o| text(o, "op") == op).map(|o| number(&o, "calls")).sum::<f64>();
        assert_eq!(of("logits"), passes, "{phase}");
        assert!(of("attention") >= passes && of("matmul") > of("attention"), "{phase}");
        assert!(ops.iter().all(|op| number(&op, "ms") >= 0.0));
    }
    let (after, _) = answer(&engine, &request(false)).await;
    assert!(get(&after, "profile").is_undefined());
}

#[wasm_bindgen_test]
async fn a_long_prompt_is_read_in_pieces_and_remembered() {
    let engine = fresh("prefill").await;
    import_and_load(&engine, &tiny::model()).await;
    let prompt = "ab c ".repeat(60);
    let (first, events) = answer(&engine, &format!(r#"{{"prompt": "{prompt}", "maxTokens": 1}}"#)).await;
    let pieces: Vec<_> = events.seen().into_iter().filter(|e| text(e, "type") == "prefill").collect();
    assert!(pieces.len() > 1);
    for piece in &pieces {
        assert_eq!(number(piece, "total"), number(&first, "promptTokens"));
        assert!(number(piece, "done") <= number(piece, "total"));
    }
    assert_eq!(number(&first, "cachedTokens"), 0.0);

    let (second, _) = answer(&engine, &format!(r#"{{"prompt": "{prompt}bb", "maxTokens": 1}}"#)).await;
    assert!(number(&second, "cachedTokens") > number(&first, "promptTokens") * 0.9);
}

#[wasm_bindgen_test]
async fn the_seed_decides() {
    let engine = fresh("seed").await;
    import_and_load(&engine, &tiny::model()).await;
    let request = |seed: u32| {
        format!(
            r#"{{"prompt": "a", "maxTokens": 30, "temperature": 1, "topK": 0, "topP": 1, "minP": 0, "seed": {seed}}}"#
        )
    };
    let a = text(&answer(&engine, &request(1)).await.0, "text");
    assert_eq!(a, text(&answer(&engine, &request(1)).await.0, "text"));
    assert_ne!(a, text(&answer(&engine, &request(2)).await.0, "text"));
    // Without one, answers differ from call to call.
    let unseeded = r#"{"prompt": "a", "maxTokens": 30, "temperature": 1, "topK": 0, "topP": 1, "minP": 0}"#;
    assert_ne!(text(&answer(&engine, unseeded).await.0, "text"), text(&answer(&engine, unseeded).await.0, "text"));
}

#[wasm_bindgen_test]
async fn a_stop_text_ends_the_answer_before_it() {
    let engine = fresh("stop").await;
    import_and_load(&engine, &tiny::model()).await;
    let request = |stop: &str| {
        format!(
            r#"{{"prompt": "a", "maxTokens": 200, "temperature": 1, "minP": 0, "topP": 1, "topK": 0, "seed": 5, "stop": [{stop}]}}"#
        )
    };
    let whole = text(&answer(&engine, &request("")).await.0, "text");
    let stop = whole.chars().filter(char::is_ascii_alphanumeric).nth(3).expect("letters in 200 random tokens");
    let (result, events) = answer(&engine, &request(&format!("\"{stop}\""))).await;
    assert_eq!(text(&result, "stopReason"), "stop");
    assert_eq!(text(&result, "text"), whole[..whole.find(stop).expect("it is there")]);
    assert_eq!(text(&result, "text"), events.text());
}

#[wasm_bindgen_test]
async fn a_full_context_ends_the_answer() {
    let engine = fresh("full").await;
    let id = import_and_load(&engine, &tiny::model()).await;
    engine.load(&id, &object(r#"{"context": 20}"#), Events::new().function()).await.unwrap();
    let (result, _) = answer(&engine, r#"{"prompt": "a", "maxTokens": 500, "temperature": 0}"#).await;
    assert_eq!(text(&result, "stopReason"), "context");
    assert!(number(&result, "promptTokens") + number(&result, "generatedTokens") <= 21.0);

    let long = object(&format!(r#"{{"prompt": "{}"}}"#, "a b".repeat(40)));
    let (code, message) = rejection(engine.generate(&long, Events::new().function())).await;
    assert_eq!(code, "context_full", "{message}");
}

#[wasm_bindgen_test]
async fn a_conversation_needs_a_chat_template() {
    let engine = fresh("chat").await;
    let request =
        r#"{"messages": [{"role": "system", "content": "a"}, {"role": "user", "content": "b"}], "maxTokens": 3}"#;
    import_and_load(&engine, &tiny::model()).await;
    let (code, _) = rejection(engine.generate(&object(request), Events::new().function())).await;
    assert_eq!(code, "no_chat_template");

    import_and_load(&engine, &tiny::chat_model()).await;
    let (result, _) = answer(&engine, request).await;
    assert_eq!(number(&result, "generatedTokens"), 3.0);
}

#[wasm_bindgen_test]
async fn requests_that_make_no_sense_are_refused() {
    let engine = fresh("requests").await;
    let (code, _) = rejection(engine.generate(&object(r#"{"prompt": "a"}"#), Events::new().function())).await;
    assert_eq!(code, "not_loaded");
    import_and_load(&engine, &tiny::model()).await;
    for bad in [
        "{}",
        "7",
        "null",
        r#"{"prompt": 7}"#,
        r#"{"prompt": "a", "messages": []}"#,
        r#"{"messages": []}"#,
        r#"{"messages": [{"role": "wizard", "content": "a"}]}"#,
        r#"{"prompt": "a", "maxTokens": -1}"#,
        r#"{"prompt": "a", "maxTokens": 1.5}"#,
        r#"{"prompt": "a", "temperature": "hot"}"#,
        r#"{"prompt": "a", "temperature": -1}"#,
        r#"{"prompt": "a", "topP": 7}"#,
        r#"{"prompt": "a", "stop": "x"}"#,
    ] {
        let (code, message) = rejection(engine.generate(&object(bad), Events::new().function())).await;
        assert_eq!(code, "bad_request", "{bad}: {message}");
    }
    answer(&engine, r#"{"prompt": "a", "maxTokens": 1, "seed": null, "stop": null}"#).await;
}

const ENDLESS: &str = r#"{"prompt": "a", "maxTokens": 100000, "temperature": 0}"#;

#[wasm_bindgen_test]
async fn cancel_takes_effect_within_one_token() {
    let engine = fresh("cancel").await;
    import_and_load(&engine, &tiny::model()).await;
    let events = Events::and({
        let engine = engine.clone();
        move |_, event| {
            if get(event, "tokens").as_f64() == Some(5.0) {
                engine.cancel();
            }
        }
    });
    let result = engine.generate(&object(ENDLESS), events.function()).await.unwrap();
    assert_eq!(text(&result, "stopReason"), "cancelled");
    assert_eq!(number(&result, "generatedTokens"), 5.0);
    assert_eq!(text(&result, "text"), events.text());
    // The next answer is not affected.
    let (next, _) = answer(&engine, r#"{"prompt": "a", "maxTokens": 2, "temperature": 0}"#).await;
    assert_eq!(text(&next, "stopReason"), "length");
}

/// Resolves in a later task, as a message from a page would arrive.
fn later(ms: u32) -> Promise {
    let wait = Function::new_with_args("ms", "return new Promise(resolve => setTimeout(resolve, ms))");
    wait.call1(&JsValue::UNDEFINED, &ms.into()).unwrap().unchecked_into()
}

#[wasm_bindgen_test]
async fn the_engine_listens_while_it_answers() {
    let engine = fresh("listen").await;
    let id = import_and_load(&engine, &tiny::model()).await;
    // Twice the default: room for an answer that outlasts what is asked meanwhile.
    engine.load(&id, &object(r#"{"context": 8192}"#), Events::new().function()).await.unwrap();
    let events = Events::new();
    let pending = engine.generate(&object(ENDLESS), events.function());
    later(20).await.unwrap();

    assert_eq!(models(&engine).await.len(), 1);
    assert_eq!(text(&engine.loaded(), "id"), id);
    let other = Events::new();
    let (code, message) = rejection(engine.generate(&object(ENDLESS), other.function())).await;
    assert_eq!(code, "busy");
    assert!(message.contains("answering"), "{message}");
    assert_eq!(rejection(engine.load(&id, &JsValue::UNDEFINED, other.function())).await.0, "busy");
    assert_eq!(rejection(engine.delete_model(&id)).await.0, "busy");
    assert!(other.seen().is_empty());

    engine.cancel();
    let seen = events.seen().len();
    let result = pending.await.unwrap();
    assert_eq!(text(&result, "stopReason"), "cancelled");
    assert!(events.seen().len() <= seen + 1);
    assert!(seen > 0);
}

#[wasm_bindgen_test]
async fn cancel_before_the_first_token_ends_the_answer_too() {
    let engine = fresh("cancel early").await;
    import_and_load(&engine, &tiny::model()).await;
    let events = Events::new();
    let pending = engine.generate(&object(ENDLESS), events.function());
    engine.cancel();
    let result = pending.await.unwrap();
    assert_eq!(text(&result, "stopReason"), "cancelled");
    assert_eq!(number(&result, "generatedTokens"), 0.0);
    assert!(events.seen().is_empty());
}

#[wasm_bindgen_test]
async fn unloading_ends_the_answer_under_way() {
    let engine = fresh("unload").await;
    import_and_load(&engine, &tiny::model()).await;
    let events = Events::and({
        let engine = engine.clone();
        move |count, _| {
            if count == 3 {
                engine.unload();
            }
        }
    });
    let result = engine.generate(&object(ENDLESS), events.function()).await.unwrap();
    assert_eq!(text(&result, "stopReason"), "cancelled");
    assert!(engine.loaded().is_undefined());
}

#[wasm_bindgen_test]
async fn a_callback_that_throws_ends_the_answer() {
    let engine = fresh("throwing").await;
    import_and_load(&engine, &tiny::model()).await;
    let throw = Function::new_no_args("throw new RangeError('panel closed')");
    let error = engine.generate(&object(ENDLESS), &throw).await.unwrap_err();
    assert_eq!(text(&error, "message"), "panel closed");
    answer(&engine, r#"{"prompt": "a", "maxTokens": 1}"#).await;
}

#[wasm_bindgen_test]
async fn a_real_model_tells_its_story() {
    let path = "models/stories260K/stories260K-f32.gguf";
    let Some(bytes) = fixtures::file("a real story", path) else { return };
    let expected = fixtures::file("a real story", "models/stories260K/karpathy-expected-stdout.txt").unwrap();
    let expected = String::from_utf8_lossy(expected).into_owned();
    let engine = fresh("story").await;
    import_and_load(&engine, bytes).await;
    let (result, _) = answer(&engine, r#"{"prompt": "", "maxTokens": 200, "temperature": 0}"#).await;
    let told = text(&result, "text");
    let shared = told.bytes().zip(expected.bytes()).take_while(|(a, b)| a == b).count();
    // The published text ends where its 200 tokens, BOS included, did.
    assert!(shared + 8 >= expected.trim_end().len(), "told: {told}");
    console_log!(
        "stories260K-f32: prefill {:.0} tok/s, decode {:.0} tok/s, first token {:.1} ms",
        number(&result, "prefillTokensPerSecond"),
        number(&result, "decodeTokensPerSecond"),
        number(&result, "firstTokenMs"),
    );
}
