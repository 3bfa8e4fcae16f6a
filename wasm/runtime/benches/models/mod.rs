//! What the integration benchmarks read: files and vocabularies made on the spot, so that no machine lacks them.

use wasm_chord_core::gguf::write::GgufWriter;
use wasm_chord_core::gguf::{Array, GgmlType, Value};

/// An ordinary text. Its words are what the vocabularies know, and some they do not.
pub const TEXT: &str = "The old man went down to the water to look for his boat. It was not there, and he could see no \
    other people on the long way home. \"They will come by day,\" said the woman who had been with him, \"or not at all; \
    1,024 of them did so in 2019!\" He made a sound like a call, and then, over and over, some more: each was longer than \
    the first. How many times would they have to write about this thing before the number was known to everybody?\n\n";

/// What a file with one tensor and the least metadata of a llama looks like.
pub fn minimal() -> Vec<u8> {
    let hyperparameters =
        [("context_length", 2048u32), ("embedding_length", 64), ("block_count", 1), ("attention.head_count", 4)];
    let writer = GgufWriter::new().set("general.architecture", "llama").set("general.name", "Minimal");
    let writer =
        hyperparameters.iter().fold(writer, |writer, (key, value)| writer.set(&format!("llama.{key}"), *value));
    writer.tensor("token_embd.weight", GgmlType::F32, &[64, 32], vec![0; 4 * 64 * 32]).to_bytes()
}

const HIDDEN: usize = 128;
const FFN: usize = 256;
const HEAD_DIM: usize = 16;
const KV_WIDTH: usize = 4 * HEAD_DIM;
const LAYERS: usize = 2;

/// Tokens of [`tiny`].
pub const VOCAB: usize = 256;

/// A llama of 256 tokens, 128 wide, with 2 layers of 8 heads (4 for keys and values) and random weights in F32.
pub fn tiny() -> Vec<u8> {
    let mut random = Random(1);
    let writer = GgufWriter::new()
        .set("general.architecture", "llama")
        .set("general.name", "Tiny")
        .set("llama.context_length", 512u32)
        .set("llama.embedding_length", HIDDEN as u32)
        .set("llama.block_count", LAYERS as u32)
        .set("llama.feed_forward_length", FFN as u32)
        .set("llama.attention.head_count", (HIDDEN / HEAD_DIM) as u32)
        .set("llama.attention.head_count_kv", (KV_WIDTH / HEAD_DIM) as u32)
        .set("llama.attention.layer_norm_rms_epsilon", 1e-5f32);
    let writer = vocabulary(writer, "llama", VOCAB);
    let mut matrix = |writer: GgufWriter, name: &str, width: usize, rows: usize| {
        writer.tensor(name, GgmlType::F32, &[width, rows], random.floats(width * rows))
    };
    let norm = |writer: GgufWriter, name: &str| {
        writer.tensor(name, GgmlType::F32, &[HIDDEN], 1f32.to_le_bytes().repeat(HIDDEN))
    };
    let mut writer = matrix(writer, "token_embd.weight", HIDDEN, VOCAB);
    for layer in 0..LAYERS {
        let name = |part: &str| format!("blk.{layer}.{part}.weight");
        writer = norm(norm(writer, &name("attn_norm")), &name("ffn_norm"));
        for (part, width, rows) in [
            ("attn_q", HIDDEN, HIDDEN),
            ("attn_k", HIDDEN, KV_WIDTH),
            ("attn_v", HIDDEN, KV_WIDTH),
            ("attn_output", HIDDEN, HIDDEN),
            ("ffn_gate", HIDDEN, FFN),
            ("ffn_up", HIDDEN, FFN),
            ("ffn_down", FFN, HIDDEN),
        ] {
            writer = matrix(writer, &name(part), width, rows);
        }
    }
    matrix(norm(writer, "output_norm.weight"), "output.weight", HIDDEN, VOCAB).to_bytes()
}

/// A file that is nothing but a vocabulary of kind `model` ("llama" or "gpt2").
pub fn tokenizer(model: &str) -> Vec<u8> {
    vocabulary(GgufWriter::new(), model, usize::MAX).to_bytes()
}

/// Adds a vocabulary: control tokens, the 256 bytes, and all beginnings of the words of [`TEXT`], of which each grows out of
/// the one before it by one letter, as far as `size` reaches.
fn vocabulary(writer: GgufWriter, model: &str, size: usize) -> GgufWriter {
    let space = if model == "llama" { '▁' } else { 'Ġ' };
    let mut tokens: Vec<(String, i32)> = vec![("<unk>".into(), 2), ("<s>".into(), 3), ("</s>".into(), 3)];
    if model == "llama" {
        tokens.extend((0..=255).map(|byte: u8| (format!("<0x{byte:02X}>"), 6)));
    } else {
        tokens.extend(byte_characters().map(|c| (c.to_string(), 1)));
    }
    let mut merges = Vec::new();
    for word in TEXT.split_whitespace() {
        let mut left = space.to_string();
        for c in word.chars().filter(char::is_ascii_alphabetic) {
            let whole = format!("{left}{c}");
            if !tokens.iter().any(|(token, _)| *token == whole) {
                merges.push(format!("{left} {c}"));
                tokens.push((whole.clone(), 1));
            }
            left = whole;
        }
    }
    if model == "llama" {
        tokens.extend([space.to_string()].into_iter().chain(('!'..='~').map(String::from)).map(|text| (text, 1)));
    }
    tokens.truncate(size);
    let scores: Vec<f32> = (0..tokens.len()).map(|id| -(id as f32)).collect();
    let (texts, kinds): (Vec<String>, Vec<i32>) = tokens.into_iter().unzip();
    writer
        .set("tokenizer.ggml.model", model)
        .set("tokenizer.ggml.pre", "gpt-2")
        .set("tokenizer.ggml.tokens", texts)
        .set("tokenizer.ggml.scores", scores)
        .set("tokenizer.ggml.token_type", Value::Array(Array::I32(kinds)))
        .set("tokenizer.ggml.merges", merges)
        .set("tokenizer.ggml.bos_token_id", 1u32)
        .set("tokenizer.ggml.eos_token_id", 2u32)
}

/// GPT-2's alphabet of bytes: those that can be printed stand for themselves, the others for what follows 255 (Radford et
/// al. 2019, `bytes_to_unicode`).
fn byte_characters() -> impl Iterator<Item = char> {
    let mut others = '\u{100}'..;
    (0..=255u8).map(move |byte| match byte {
        b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff => char::from(byte),
        _ => others.next().unwrap_or_default(),
    })
}

/// Numbers that are the same in every run.
pub struct Random(pub u32);

impl Random {
    /// Between -0.5 and 0.5.
    pub fn unit(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1 << 24) as f32 - 0.5
    }

    /// The bytes of `n` of them, small enough for activations to stay near 1.
    fn floats(&mut self, n: usize) -> Vec<u8> {
        (0..n).flat_map(|_| (self.unit() * 0.3).to_le_bytes()).collect()
    }
}
