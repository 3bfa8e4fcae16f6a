//! The metadata of generated models, under the keys llama.cpp reads.

use wasm_chord_core::gguf::Value;

use super::shape::Shape;
use super::vocab::{self, Token};
use crate::args::WeightType;

/// All entries, in file order.
pub fn metadata(shape: &Shape, vocab: &[Token], ty: WeightType) -> Vec<(&'static str, Value)> {
    let count = |n: usize| Value::U32(u32::try_from(n).unwrap_or(u32::MAX));
    let texts: Vec<String> = vocab.iter().map(|token| token.text.clone()).collect();
    let scores: Vec<f32> = vocab.iter().map(|token| token.score).collect();
    let kinds: Vec<i32> = vocab.iter().map(|token| token.kind as i32).collect();
    let entries = [
        ("general.architecture", "llama".into()),
        ("general.name", shape.name.into()),
        ("general.description", shape.description.into()),
        ("general.file_type", file_type(ty).into()),
        ("llama.vocab_size", count(vocab.len())),
        ("llama.context_length", count(shape.context)),
        ("llama.embedding_length", count(shape.hidden)),
        ("llama.block_count", count(shape.layers)),
        ("llama.feed_forward_length", count(shape.ffn)),
        ("llama.attention.head_count", count(shape.heads)),
        ("llama.attention.head_count_kv", count(shape.kv_heads)),
        ("llama.attention.key_length", count(shape.head_dim)),
        ("llama.attention.value_length", count(shape.head_dim)),
        ("llama.attention.layer_norm_rms_epsilon", shape.eps.into()),
        ("llama.rope.dimension_count", count(shape.head_dim)),
        ("llama.rope.freq_base", shape.rope_base.into()),
        ("tokenizer.ggml.model", "llama".into()),
        ("tokenizer.ggml.pre", "default".into()),
        ("tokenizer.ggml.tokens", texts.into()),
        ("tokenizer.ggml.scores", scores.into()),
        ("tokenizer.ggml.token_type", kinds.into()),
        ("tokenizer.ggml.bos_token_id", vocab::BOS.into()),
        ("tokenizer.ggml.eos_token_id", vocab::MESSAGE_END.into()),
        ("tokenizer.ggml.unknown_token_id", vocab::UNK.into()),
        ("tokenizer.ggml.add_bos_token", true.into()),
        ("tokenizer.ggml.add_eos_token", false.into()),
        // The paragraph's first word has no space before it.
        ("tokenizer.ggml.add_space_prefix", false.into()),
        ("tokenizer.chat_template", vocab::CHAT_TEMPLATE.into()),
    ];
    entries.into()
}

/// `general.file_type`: llama.cpp's number for "mostly this type".
fn file_type(ty: WeightType) -> u32 {
    match ty {
        WeightType::F32 => 0,
        WeightType::F16 => 1,
        WeightType::Q4_0 => 2,
        WeightType::Q8_0 => 7,
        WeightType::BF16 => 32,
    }
}
