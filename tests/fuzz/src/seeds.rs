//! Inputs to start from, made here: a few kilobytes each, so that a fuzzer gets far with small changes.

use wasm_chord_core::gguf::write::GgufWriter;
use wasm_chord_core::gguf::{GgmlType, Value};

type Seeds = Vec<(&'static str, Vec<u8>)>;

/// Files for the target `gguf`, each behind the byte that seeds its pieces.
pub fn gguf() -> Seeds {
    let files = [
        ("micro", micro().to_bytes()),
        ("micro-shard", micro().split(2)[0].to_bytes()),
        ("every-type", every_type().to_bytes()),
        ("cut", micro().header()),
        ("chat", micro().set("tokenizer.chat_template", "{{ messages[0].content }}").to_bytes()),
        ("yarn", micro().set("llama.rope.scaling.type", "yarn").set("llama.rope.scaling.factor", 4f32).to_bytes()),
        ("gemma4", gemma4().to_bytes()),
        ("empty", GgufWriter::new().to_bytes()),
    ];
    files.into_iter().map(|(name, file)| (name, [&[7], &file[..]].concat())).collect()
}

/// Tokens of the small models.
const VOCAB: usize = 6;

/// A llama of one block, 4 wide.
fn micro() -> GgufWriter {
    let (hidden, ffn) = (4, 8);
    let writer = GgufWriter::new()
        .set("general.architecture", "llama")
        .set("llama.context_length", 16u32)
        .set("llama.embedding_length", hidden as u32)
        .set("llama.block_count", 1u32)
        .set("llama.feed_forward_length", ffn as u32)
        .set("llama.attention.head_count", 2u32)
        .set("llama.attention.head_count_kv", 1u32)
        .set("llama.attention.layer_norm_rms_epsilon", 1e-5f32)
        .set("llama.rope.freq_base", 10_000f32)
        .set("llama.rope.dimension_count", 2u32);
    let tensors: [(&str, &[usize]); 11] = [
        ("token_embd", &[hidden, VOCAB]),
        ("output_norm", &[hidden]),
        ("blk.0.attn_norm", &[hidden]),
        ("blk.0.attn_q", &[hidden, hidden]),
        ("blk.0.attn_k", &[hidden, hidden / 2]),
        ("blk.0.attn_v", &[hidden, hidden / 2]),
        ("blk.0.attn_output", &[hidden, hidden]),
        ("blk.0.ffn_norm", &[hidden]),
        ("blk.0.ffn_gate", &[hidden, ffn]),
        ("blk.0.ffn_up", &[hidden, ffn]),
        ("blk.0.ffn_down", &[ffn, hidden]),
    ];
    filled(writer, tensors.map(|(name, dims)| (name.to_owned(), dims.to_vec())))
}

/// A Gemma 4 of three blocks, 4 wide: one with a window, one that sees everything, and one that shares that one's keys. Two
/// numbers tell each of them of a token.
fn gemma4() -> GgufWriter {
    let (hidden, ffn, told, layers) = (4, 8, 2, 3);
    let writer = GgufWriter::new()
        .set("general.architecture", "gemma4")
        .set("gemma4.context_length", 16u32)
        .set("gemma4.embedding_length", hidden as u32)
        .set("gemma4.block_count", layers as u32)
        .set("gemma4.feed_forward_length", ffn as u32)
        .set("gemma4.attention.head_count", 1u32)
        .set("gemma4.attention.layer_norm_rms_epsilon", 1e-5f32)
        .set("gemma4.attention.key_length", 4u32)
        .set("gemma4.attention.key_length_swa", 2u32)
        .set("gemma4.attention.sliding_window", 2u32)
        .set("gemma4.attention.sliding_window_pattern", vec![true, false, false])
        .set("gemma4.attention.shared_kv_layers", 1u32)
        .set("gemma4.embedding_length_per_layer_input", told as u32)
        .set("gemma4.final_logit_softcapping", 30f32)
        .set("tokenizer.ggml.suppress_tokens", vec![4i32]);
    let mut tensors: Vec<(String, Vec<usize>)> = vec![
        ("token_embd".to_owned(), vec![hidden, VOCAB]),
        ("output_norm".to_owned(), vec![hidden]),
        ("per_layer_token_embd".to_owned(), vec![layers * told, VOCAB]),
        ("per_layer_model_proj".to_owned(), vec![hidden, layers * told]),
        ("per_layer_proj_norm".to_owned(), vec![told]),
    ];
    for i in 0..layers {
        let head = if i == 0 { 2 } else { 4 };
        let own: &[(&str, &[usize])] = &[("attn_k", &[hidden, head]), ("attn_k_norm", &[head])];
        let all: &[(&str, &[usize])] = &[
            ("attn_norm", &[hidden]),
            ("attn_q", &[hidden, head]),
            ("attn_q_norm", &[head]),
            ("attn_output", &[head, hidden]),
            ("post_attention_norm", &[hidden]),
            ("ffn_norm", &[hidden]),
            ("ffn_gate", &[hidden, ffn]),
            ("ffn_up", &[hidden, ffn]),
            ("ffn_down", &[ffn, hidden]),
            ("post_ffw_norm", &[hidden]),
            ("inp_gate", &[hidden, told]),
            ("proj", &[told, hidden]),
            ("post_norm", &[hidden]),
            ("layer_output_scale", &[1]),
        ];
        let own = own.iter().filter(|_| i < 2);
        tensors.extend(all.iter().chain(own).map(|(name, dims)| (format!("blk.{i}.{name}"), dims.to_vec())));
    }
    filled(writer, tensors)
}

/// `writer` with a small vocabulary and with `tensors`, whose names lack `.weight`.
fn filled(writer: GgufWriter, tensors: impl IntoIterator<Item = (String, Vec<usize>)>) -> GgufWriter {
    let tokens: [&str; VOCAB] = ["<unk>", "<s>", "</s>", "▁a", "b", "<0x0A>"];
    let mut writer = writer
        .set("tokenizer.ggml.model", "llama")
        .set("tokenizer.ggml.tokens", tokens.map(str::to_owned).to_vec())
        .set("tokenizer.ggml.scores", vec![0f32; VOCAB])
        .set("tokenizer.ggml.token_type", vec![2i32, 3, 3, 1, 1, 6])
        .set("tokenizer.ggml.eos_token_id", 2u32);
    for (i, (name, dims)) in tensors.into_iter().enumerate() {
        let count: usize = dims.iter().product();
        let weights = (0..count).flat_map(|w| (((w * 7 + i) % 5) as f32 / 4.0 - 0.5).to_le_bytes()).collect();
        writer = writer.tensor(&format!("{name}.weight"), GgmlType::F32, &dims, weights);
    }
    writer
}

/// A value of every type, and arrays.
fn every_type() -> GgufWriter {
    let values: [Value; 16] = [
        1u8.into(),
        (-1i8).into(),
        2u16.into(),
        (-2i16).into(),
        3u32.into(),
        (-3i32).into(),
        0.5f32.into(),
        true.into(),
        "grüße".into(),
        4u64.into(),
        (-4i64).into(),
        0.25f64.into(),
        vec!["a".to_owned(), String::new()].into(),
        vec![1u16, 2].into(),
        vec![true, false].into(),
        Vec::<f64>::new().into(),
    ];
    let keyed = values.into_iter().zip('a'..);
    let writer = keyed.fold(GgufWriter::new(), |writer, (value, key)| writer.set(&key.to_string(), value));
    writer.set("general.alignment", 32u32).tensor("t", GgmlType::Q8_0, &[32, 2], vec![1; 68])
}

/// Vocabularies and texts for the target `tokenizer`.
pub fn tokenizer() -> Seeds {
    let pieces: &[(u8, &str)] = &[(0, "ab"), (0, "▁a"), (0, "Ġa"), (2, "<s>"), (3, "<x>"), (0, "##b"), (1, "[UNK]")];
    let text = "ab a  ab<s>\n<x> b 12 grüße 日本\u{200D}'s";
    let input = |model: u8, pre: u8, flags: u8, tokens: &[(u8, &str)], merges: &[(u8, u8)]| {
        let mut bytes = vec![model, pre, flags, tokens.len() as u8];
        for (kind, text) in tokens {
            bytes.extend([*kind, text.len() as u8]);
            bytes.extend(text.as_bytes());
        }
        bytes.push(merges.len() as u8);
        bytes.extend(merges.iter().flat_map(|(a, b)| [*a, *b]));
        // Scores for each token, where the vocabulary is complete for its 256 bytes too.
        bytes.extend(vec![1; tokens.len() + if flags & 1 == 1 { 256 } else { 0 }]);
        bytes.extend(text.as_bytes());
        bytes
    };
    let merges = [(b'a', b'b'), (b'1', b'2'), (32, b'a')];
    vec![
        ("spm", input(0, 0, 0b0111, pieces, &[])),
        ("spm-incomplete", input(0, 0, 0b0110, pieces, &[])),
        ("bpe", input(1, 2, 1, &[(0, "ab"), (0, "Ġa"), (0, "12")], &merges)),
        ("bpe-llama", input(1, 3, 1, pieces, &merges)),
        ("bpe-qwen", input(1, 4, 1, &[(0, "ab")], &merges)),
        ("bpe-incomplete", input(1, 1, 0, pieces, &[(0, 1)])),
        ("word-piece", input(2, 0, 0b0011, pieces, &[])),
        ("gemma4", input(3, 0, 0b0001, pieces, &merges)),
    ]
}

/// Templates with what is said, for the target `template`.
pub fn template() -> Seeds {
    let chat_ml = "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\\n' + m.content | trim + '<|im_end|>' }}\
        {% endfor %}{% if add_generation_prompt %}<|im_start|>assistant{% endif %}\0<|im_end|> hello";
    let tools = "{%- if tools %}{{ tools | tojson(indent=4) }}{% endif %}{% macro f(x, y=1) %}{{ x ~ y }}{% endmacro %}\
        {% set ns = namespace(n=0) %}{% for m in messages if m.role != 'system' %}{% set ns.n = ns.n + loop.index0 %}\
        {{ f(m.content.split(' ')[-1]) }}{% endfor %}{{ ns.n }}\0{\"messages\": [{\"role\": \"user\", \"content\": \"a b\"}], \
        \"tools\": [{\"name\": \"f\", \"n\": [1, 2.5, null, true]}]}";
    let odd = "{{ raise_exception('no') if messages | length > 9 else strftime_now('%d %b %Y %H:%M') }}{# note #}\
        {% raw %}{{ x }}{% endraw %}{{ [1, 2, 3][::-1] | join('-') }}{{ range(5) | list }}{{ {'a': 1}.items() | list }}\
        {{ \"x\" * 3 }}{% generation %}y{% endgeneration %}{% if not x is defined and 'a' in 'abc' %}z{% endif %}\0";
    let loops = "{% for a in range(99) %}{% for b in range(99) %}{% for c in range(99) %}{{ a * b * c }}{% endfor %}\
        {% endfor %}{% endfor %}";
    [("chat-ml", chat_ml), ("tools", tools), ("odd", odd), ("loops", loops), ("deep", "{{ ((((((1)))))) }}")]
        .map(|(name, text)| (name, text.as_bytes().to_vec()))
        .to_vec()
}
