//! An answer ends at every kind of token that ends one: those the metadata names, and those known by their text.

#![allow(clippy::unwrap_used, clippy::panic)] // A broken model may stop the test where it is.

use wasm_chord_core::Reference;
use wasm_chord_core::gguf::{Array, Gguf, Value};
use wasm_chord_goldens::malformed::RawFile;
use wasm_chord_goldens::{load, tiny};
use wasm_chord_runtime::{GenerateOptions, Prompt, SamplingParams, Step, StopReason};

const PROMPT: &str = "ab";

/// A list of the tiny model's metadata, with the element of `id` replaced.
fn changed(gguf: &Gguf, key: &str, id: usize, text: &str, kind: i32) -> Value {
    match gguf.metadata.get(key) {
        Some(Value::Array(Array::String(tokens))) => {
            let mut tokens = tokens.clone();
            tokens[id] = text.to_owned();
            tokens.into()
        }
        Some(Value::Array(Array::I32(kinds))) => {
            let mut kinds = kinds.clone();
            kinds[id] = kind;
            kinds.into()
        }
        other => panic!("{key} is {other:?}"),
    }
}

/// What the model says greedily, and why it stopped.
fn generate(model: &[u8]) -> (Vec<u32>, String, StopReason) {
    let mut session = load(Reference, model, 128, usize::MAX).unwrap();
    let options = GenerateOptions { max_tokens: 40, sampling: SamplingParams::greedy(), ..GenerateOptions::default() };
    let mut generation = session.start(&Prompt::Text(PROMPT.to_owned()), &options).unwrap();
    let mut text = String::new();
    loop {
        match session.step(&mut generation).unwrap() {
            Step::Prefill { .. } => {}
            Step::Token { text: piece, .. } => text += &piece,
            Step::Done { reason, text: rest } => return (generation.generated().to_vec(), text + &rest, reason),
        }
    }
}

#[test]
fn every_kind_of_end_ends_an_answer() {
    let bytes = tiny::model();
    let gguf = Gguf::parse(&bytes).unwrap();
    let sound = RawFile::of(&bytes).unwrap();
    let (free, _, reason) = generate(&bytes);
    assert_eq!((free.len(), reason), (40, StopReason::MaxTokens));
    // What a token is called changes no logits: the answer is the same up to the token that now ends it.
    let (before, id) = free.iter().enumerate().skip(2).find(|(i, id)| !free[..*i].contains(id)).unwrap();

    let ends = |what: &str, change: &dyn Fn(&mut RawFile)| {
        let mut file = sound.clone();
        change(&mut file);
        let (ids, text, reason) = generate(&file.to_bytes());
        assert_eq!((ids.as_slice(), reason), (&free[..before], StopReason::EndOfText), "{what}");
        assert!(!text.contains('<') && !text.contains('|'), "{what}: {text:?}");
    };
    for role in ["eos", "eot", "eom"] {
        ends(role, &|file| file.set(&format!("tokenizer.ggml.{role}_token_id"), *id));
    }
    let texts = [
        "<|im_end|>",
        "<|eot_id|>",
        "<|eom_id|>",
        "<|end_of_text|>",
        "<|endoftext|>",
        "<|end|>",
        "<|return|>",
        "<|call|>",
        "<end_of_turn>",
        "<turn|>",
        "<|endofturn|>",
        "<end_of_utterance>",
        "<EOT>",
        "<|EOT|>",
        "<｜end▁of▁sentence｜>",
    ];
    for text in texts {
        // Control, and as some converters file them: user-defined or ordinary text.
        for kind in [3, 4, 1] {
            ends(&format!("{text} of kind {kind}"), &|file| {
                for key in ["tokenizer.ggml.tokens", "tokenizer.ggml.token_type"] {
                    file.set(key, changed(&gguf, key, *id as usize, text, kind));
                }
            });
        }
    }
}

#[test]
fn other_control_tokens_end_nothing() {
    let bytes = tiny::model();
    let gguf = Gguf::parse(&bytes).unwrap();
    let (free, _, _) = generate(&bytes);
    for text in ["<|im_start|>", "<|think|>", "im_end"] {
        let mut file = RawFile::of(&bytes).unwrap();
        for key in ["tokenizer.ggml.tokens", "tokenizer.ggml.token_type"] {
            file.set(key, changed(&gguf, key, free[3] as usize, text, 3));
        }
        let (ids, _, reason) = generate(&file.to_bytes());
        assert_eq!((ids, reason), (free.clone(), StopReason::MaxTokens), "{text}");
    }
}
