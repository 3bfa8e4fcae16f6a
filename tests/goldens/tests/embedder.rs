//! Texts that an encoder reads only the beginning of.

#![allow(clippy::unwrap_used)] // A broken fixture may stop the test where it is.

use wasm_chord_core::Reference;
use wasm_chord_core::tokenizer::EncodeOptions;
use wasm_chord_goldens::{fixtures, load_embedder};

#[test]
fn a_text_that_is_cut_keeps_the_token_it_ends_with() {
    let Some(fixtures) = fixtures() else { return };
    // The file names no EOS: [SEP] is what ends a text.
    let gguf = std::fs::read(fixtures.join("arch/bert-f32.gguf")).unwrap();
    let mut embedder = load_embedder(Reference, &gguf).unwrap();
    let text = "a b ".repeat(embedder.context());
    let all = embedder.tokenizer().encode(&text, EncodeOptions::default());
    let separator = *all.last().unwrap();
    assert_eq!(embedder.tokenizer().token_text(separator), Some("[SEP]"));

    let cut = [&all[..embedder.context() - 1], &[separator]].concat();
    let embedding = embedder.embed(&text, true).unwrap();
    assert!(embedding.truncated);
    assert_eq!(embedding.tokens, embedder.context());
    assert_eq!(embedding.vector, embedder.embed_tokens(&cut, true).unwrap());
}
