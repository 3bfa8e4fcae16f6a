//! A llama small enough for any test: 1 block, 32 wide, random weights, the 256 byte tokens and some letters.

#![allow(clippy::expect_used)] // The file that is patched is the one written here.

use wasm_chord_core::gguf::write::GgufWriter;
use wasm_chord_core::gguf::{Array, GgmlType, Value};

const HIDDEN: usize = 32;
const FFN: usize = 64;
const HEAD_DIM: usize = 8;
const KV_WIDTH: usize = 2 * HEAD_DIM;
const CONTEXT: u32 = 8192;

/// `<unk>`, `<s>`, `</s>`, then `<0x00>` to `<0xFF>`, then a few pieces.
fn vocabulary() -> Vec<(String, i32)> {
    let mut tokens: Vec<(String, i32)> = vec![("<unk>".into(), 2), ("<s>".into(), 3), ("</s>".into(), 3)];
    tokens.extend((0..256).map(|byte| (format!("<0x{byte:02X}>"), 6)));
    tokens.extend(["▁", "a", "b", "c", "▁a", "▁b", "ab"].map(|piece| (piece.to_owned(), 1)));
    tokens
}

/// Writes the model with what `change` adds to it.
pub fn with(architecture: &str, change: impl FnOnce(GgufWriter) -> GgufWriter) -> Vec<u8> {
    let vocabulary = vocabulary();
    let n_vocab = vocabulary.len();
    let (tokens, kinds): (Vec<String>, Vec<i32>) = vocabulary.into_iter().unzip();
    let scores: Vec<f32> = (0..n_vocab).map(|id| -(id as f32)).collect();
    let key = |name: &str| format!("{architecture}.{name}");
    let mut weights = Weights(1);
    let writer = GgufWriter::new()
        .set("general.architecture", Value::String(architecture.to_owned()))
        .set("general.name", Value::String("Tiny".to_owned()))
        .set(&key("context_length"), Value::U32(CONTEXT))
        .set(&key("embedding_length"), Value::U32(HIDDEN as u32))
        .set(&key("block_count"), Value::U32(1))
        .set(&key("feed_forward_length"), Value::U32(FFN as u32))
        .set(&key("attention.head_count"), Value::U32((HIDDEN / HEAD_DIM) as u32))
        .set(&key("attention.head_count_kv"), Value::U32((KV_WIDTH / HEAD_DIM) as u32))
        .set(&key("attention.layer_norm_rms_epsilon"), Value::F32(1e-5))
        .set("tokenizer.ggml.model", Value::String("llama".to_owned()))
        .set("tokenizer.ggml.tokens", Value::Array(Array::String(tokens)))
        .set("tokenizer.ggml.scores", Value::Array(Array::F32(scores)))
        .set("tokenizer.ggml.token_type", Value::Array(Array::I32(kinds)))
        .set("tokenizer.ggml.bos_token_id", Value::U32(1))
        .set("tokenizer.ggml.eos_token_id", Value::U32(2));
    // With the rows of the control tokens at zero, one of the others is always likelier: no answer ends by chance.
    let mut output = weights.take(HIDDEN * n_vocab);
    output[..3 * HIDDEN * 4].fill(0);
    let writer = writer
        .tensor("token_embd.weight", GgmlType::F32, &[HIDDEN, n_vocab], weights.take(HIDDEN * n_vocab))
        .tensor("blk.0.attn_norm.weight", GgmlType::F32, &[HIDDEN], ones(HIDDEN))
        .tensor("blk.0.attn_q.weight", GgmlType::F32, &[HIDDEN, HIDDEN], weights.take(HIDDEN * HIDDEN))
        .tensor("blk.0.attn_k.weight", GgmlType::F32, &[HIDDEN, KV_WIDTH], weights.take(HIDDEN * KV_WIDTH))
        .tensor("blk.0.attn_v.weight", GgmlType::F32, &[HIDDEN, KV_WIDTH], weights.take(HIDDEN * KV_WIDTH))
        .tensor("blk.0.attn_output.weight", GgmlType::F32, &[HIDDEN, HIDDEN], weights.take(HIDDEN * HIDDEN))
        .tensor("blk.0.ffn_norm.weight", GgmlType::F32, &[HIDDEN], ones(HIDDEN))
        .tensor("blk.0.ffn_gate.weight", GgmlType::F32, &[HIDDEN, FFN], weights.take(HIDDEN * FFN))
        .tensor("blk.0.ffn_up.weight", GgmlType::F32, &[HIDDEN, FFN], weights.take(HIDDEN * FFN))
        .tensor("blk.0.ffn_down.weight", GgmlType::F32, &[FFN, HIDDEN], weights.take(HIDDEN * FFN))
        .tensor("output_norm.weight", GgmlType::F32, &[HIDDEN], ones(HIDDEN))
        .tensor("output.weight", GgmlType::F32, &[HIDDEN, n_vocab], output);
    change(writer).to_bytes()
}

/// The model. It has no chat template.
pub fn model() -> Vec<u8> {
    with("llama", |writer| writer)
}

/// The model with a chat template.
pub fn chat_model() -> Vec<u8> {
    let template = "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant:";
    with("llama", |writer| writer.set("tokenizer.chat_template", Value::String(template.to_owned())))
}

/// The number that stands for the type of the tensor `name` replaced by `ty`.
pub fn retyped(name: &str, ty: u32) -> Vec<u8> {
    let mut bytes = model();
    let name_at =
        bytes.windows(name.len()).position(|window| window == name.as_bytes()).expect("a tensor of that name");
    let dims_at = name_at + name.len();
    let n_dims = u32::from_le_bytes(bytes[dims_at..dims_at + 4].try_into().expect("four bytes")) as usize;
    let ty_at = dims_at + 4 + 8 * n_dims;
    bytes[ty_at..ty_at + 4].copy_from_slice(&ty.to_le_bytes());
    bytes
}

/// Numbers between -0.5 and 0.5 that are the same in every run.
struct Weights(u32);

impl Weights {
    fn take(&mut self, n: usize) -> Vec<u8> {
        let mut next = || {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.0 >> 8) as f32 / (1 << 24) as f32 - 0.5
        };
        (0..n).flat_map(|_| next().to_le_bytes()).collect()
    }
}

fn ones(n: usize) -> Vec<u8> {
    (0..n).flat_map(|_| 1f32.to_le_bytes()).collect()
}
