//! The metadata of generated models, under the keys llama.cpp reads.

use wasm_chord_core::gguf::Value;
use wasm_chord_core::tokenizer::TokenKind;

use super::shape::Shape;
use super::vocab::{self, Token, Vocabulary};
use crate::args::WeightType;

/// All entries, in file order.
pub fn metadata(shape: &Shape, vocab: Vocabulary, ty: WeightType) -> Vec<(String, Value)> {
    let own = |key: &str, value: Value| (format!("{}.{key}", shape.architecture), value);
    let any = |key: &str, value: Value| (key.to_owned(), value);
    let count = |n: usize| Value::U32(u32::try_from(n).unwrap_or(u32::MAX));
    let Vocabulary { model, pre, tokens, merges, bos, eos, add_bos, chat_template } = vocab;
    let kinds: Vec<i32> = tokens.iter().map(|token| token.kind.id()).collect();
    let scores: Vec<f32> = tokens.iter().map(|token| token.score).collect();
    let unknown = tokens.iter().any(|token| token.kind == TokenKind::Unknown);
    let texts: Vec<String> = tokens.into_iter().map(|Token { text, .. }| text).collect();
    let mut entries = vec![
        any("general.architecture", shape.architecture.into()),
        any("general.name", shape.name.into()),
        any("general.description", shape.description.into()),
        any("general.file_type", file_type(ty).into()),
        any("general.quantization_version", Value::U32(2)),
        own("vocab_size", count(texts.len())),
        own("context_length", count(shape.context)),
        own("embedding_length", count(shape.hidden)),
        own("block_count", count(shape.layers)),
        own("feed_forward_length", count(shape.ffn)),
        own("attention.head_count", count(shape.heads)),
        own("attention.head_count_kv", count(shape.kv_heads)),
        own("attention.key_length", count(shape.head_dim)),
        own("attention.value_length", count(shape.head_dim)),
        own("attention.layer_norm_rms_epsilon", shape.eps.into()),
        own("rope.dimension_count", count(shape.head_dim)),
        own("rope.freq_base", shape.rope_base.into()),
        any("tokenizer.ggml.model", model.into()),
        any("tokenizer.ggml.pre", pre.into()),
        any("tokenizer.ggml.tokens", texts.into()),
        any("tokenizer.ggml.token_type", kinds.into()),
        any("tokenizer.ggml.bos_token_id", bos.into()),
        any("tokenizer.ggml.eos_token_id", eos.into()),
        any("tokenizer.ggml.add_bos_token", add_bos.into()),
        any("tokenizer.ggml.add_eos_token", false.into()),
        any("tokenizer.chat_template", chat_template.into()),
    ];
    if merges.is_empty() {
        entries.push(any("tokenizer.ggml.scores", scores.into()));
        // The demo's first word has no space before it.
        entries.push(any("tokenizer.ggml.add_space_prefix", false.into()));
    } else {
        entries.push(any("tokenizer.ggml.merges", merges.into()));
    }
    if unknown {
        entries.push(any("tokenizer.ggml.unknown_token_id", vocab::UNK.into()));
    }
    entries
}

/// `general.file_type`: llama.cpp's number for "mostly this type".
fn file_type(ty: WeightType) -> u32 {
    match ty {
        WeightType::F32 => 0,
        WeightType::F16 => 1,
        WeightType::Q4_0 => 2,
        WeightType::Q4_1 => 3,
        WeightType::Q8_0 => 7,
        WeightType::Q5_0 => 8,
        WeightType::Q5_1 => 9,
        WeightType::Q4_K_M => 15,
        WeightType::Q5_K_M => 17,
        WeightType::Q6_K => 18,
        WeightType::BF16 => 32,
    }
}
