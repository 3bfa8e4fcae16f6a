//! Chat templates: whatever a file calls one, with whatever a conversation holds.

use std::sync::OnceLock;

use wasm_chord_core::chat::{ChatTemplate, DateTime, Message, RenderOptions};
use wasm_chord_core::gguf::Metadata;
use wasm_chord_core::tokenizer::Tokenizer;

const NOW: DateTime = DateTime { year: 2026, month: 2, day: 28, hour: 23, minute: 59, second: 60 };

/// Runs one input: a template, a NUL, and a context in JSON or else the words of a message.
///
/// # Panics
/// The same conversation renders differently twice, or tokens are outside the vocabulary.
pub fn run(data: &[u8]) {
    let end = data.iter().position(|&byte| byte == 0).unwrap_or(data.len());
    let (source, said) = (String::from_utf8_lossy(&data[..end]), data.get(end + 1..).unwrap_or_default());
    let Ok(template) = ChatTemplate::new(&source, "<s>", "</s>") else { return };
    let said = String::from_utf8_lossy(said).into_owned();
    let message = |role: &str, content: &str| Message { role: role.to_owned(), content: content.to_owned() };
    let messages =
        [message("system", "Be brief."), message("user", &said), message("assistant", "Yes."), message("user", "")];
    let options = RenderOptions { add_generation_prompt: true, now: Some(NOW), ..RenderOptions::default() };
    let render = || template.render(&messages, &options).map_err(|error| error.to_string());
    assert_eq!(render(), render(), "twice");
    if let Ok(ids) = template.encode_with(tokenizer(), &messages, &options) {
        assert!(ids.iter().all(|&id| (id as usize) < tokenizer().vocab_size()));
    }
    if let Ok(context) = serde_json::from_str(&said) {
        let _ = template.render_context(&context, Some(NOW));
        let _ = template.encode_context(tokenizer(), &context, None);
    }
}

fn tokenizer() -> &'static Tokenizer {
    static TOKENIZER: OnceLock<Tokenizer> = OnceLock::new();
    TOKENIZER.get_or_init(|| {
        let special = ["<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>"];
        let tokens: Vec<String> = special
            .iter()
            .map(|text| (*text).to_owned())
            .chain((0..=255u8).map(|byte| format!("<0x{byte:02X}>")))
            .collect();
        let kinds: Vec<i32> = (0..tokens.len()).map(|id| if id < special.len() { 3 } else { 6 }).collect();
        let mut metadata = Metadata::default();
        let entries = [("model", "llama".into()), ("tokens", tokens.into()), ("token_type", kinds.into())];
        for (name, value) in entries {
            let _ = metadata.insert(format!("tokenizer.ggml.{name}"), value);
        }
        Tokenizer::from_gguf(&metadata).unwrap_or_else(|error| panic!("the vocabulary written here is sound: {error}"))
    })
}
