//! Tokenizers: a vocabulary that a fuzzer makes up, and a text through it and back.

use wasm_chord_core::gguf::{Metadata, Value};
use wasm_chord_core::tokenizer::{EncodeOptions, Tokenizer};

use crate::input::Input;

/// Kinds of tokenizer, as `tokenizer.ggml.model` names them.
const MODELS: [&str; 5] = ["llama", "gpt2", "bert", "gemma4", "other"];

/// Ways to cut text before merging, as `tokenizer.ggml.pre` names them; each family of rules once.
const PRES: [&str; 12] = [
    "",
    "default",
    "gpt-2",
    "llama-bpe",
    "qwen2",
    "deepseek-llm",
    "starcoder",
    "tekken",
    "smollm",
    "gpt-4o",
    "bloom",
    "other",
];

/// Kinds of token: normal, unknown, control, user-defined, unused, byte.
const KINDS: [i32; 6] = [1, 2, 3, 4, 5, 6];

/// A vocabulary as the input describes it.
struct Vocabulary {
    model: &'static str,
    tokens: Vec<String>,
    metadata: Metadata,
    /// Every text can be written in its tokens, and be read back from them.
    lossless: bool,
}

/// Runs one input: a vocabulary, then a text.
///
/// # Panics
/// An id is outside the vocabulary, encoding is not repeatable, or a lossless vocabulary loses something.
pub fn run(data: &[u8]) {
    let mut input = Input(data);
    let vocabulary = vocabulary(&mut input);
    let text = input.rest();
    let Ok(tokenizer) = Tokenizer::from_gguf(&vocabulary.metadata) else { return };
    assert_eq!(tokenizer.vocab_size(), vocabulary.tokens.len());
    for parse_special in [false, true] {
        for add_bos in [None, Some(false), Some(true)] {
            let options = EncodeOptions { add_bos, parse_special };
            let ids = tokenizer.encode(&text, options);
            assert_eq!(tokenizer.encode(&text, options), ids, "twice");
            for &id in &ids {
                assert!((id as usize) < tokenizer.vocab_size(), "{id} is outside the vocabulary");
                assert!(tokenizer.token_text(id).is_some() && tokenizer.token_kind(id).is_some());
                tokenizer.is_eog(id);
            }
            let mut stream = tokenizer.stream_after(&ids);
            ids.iter().for_each(|&id| drop(stream.push(&tokenizer, id)));
            stream.finish();
            let decoded = tokenizer.decode(&ids);
            if vocabulary.lossless && !parse_special && add_bos == Some(false) {
                assert_eq!(decoded, text, "as {}, {ids:?}", vocabulary.model);
            }
        }
    }
    // A text in the middle of which there are words that are not to be trusted.
    let cut = (0..=text.len() / 2).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let ids = tokenizer.encode_chat(&text, std::slice::from_ref(&(cut..text.len())));
    assert!(ids.iter().all(|&id| (id as usize) < tokenizer.vocab_size()));
}

fn vocabulary(input: &mut Input<'_>) -> Vocabulary {
    let model = input.pick(&MODELS);
    let pre = input.pick(&PRES);
    let flags = input.byte();
    let flag = |bit: u8| flags & 1 << bit != 0;
    let (mut tokens, mut kinds) = (Vec::new(), Vec::new());
    let complete = flag(0);
    if complete {
        tokens.extend(
            (0..=255u8).map(|byte| if model == "llama" { format!("<0x{byte:02X}>") } else { byte_char(byte).into() }),
        );
        kinds.resize(256, if model == "llama" { 6 } else { 1 });
    }
    for _ in 0..input.byte() {
        kinds.push(input.pick(&KINDS));
        tokens.push(input.text());
    }
    let merges: Vec<String> = (0..input.byte())
        .filter_map(|_| {
            let mut token = || tokens.get(usize::from(input.byte()) % tokens.len().max(1));
            Some(format!("{} {}", token()?, token()?))
        })
        .collect();

    let mut metadata = Metadata::default();
    let mut set = |name: &str, value: Value| {
        // Keys are different: nothing is there twice.
        let _ = metadata.insert(format!("tokenizer.ggml.{name}"), value);
    };
    set("model", model.into());
    set("pre", pre.into());
    set("scores", (0..tokens.len()).map(|_| f32::from(input.byte() as i8)).collect::<Vec<_>>().into());
    set("tokens", tokens.clone().into());
    set("token_type", kinds.clone().into());
    set("merges", merges.into());
    for (bit, name) in ["bos_token_id", "eos_token_id", "unknown_token_id", "eot_token_id"].into_iter().enumerate() {
        if flag(bit as u8 + 4) {
            set(name, u32::from(input.byte()).into());
        }
    }
    set("add_bos_token", flag(1).into());
    set("add_space_prefix", flag(2).into());
    set("remove_extra_whitespaces", flag(3).into());
    // Tokens of other kinds than text and bytes are not written out; those that end a turn are none of text.
    let text_alone = kinds.iter().all(|kind| matches!(kind, 1 | 6)) && flags >> 4 == 0;
    let lossless = complete && text_alone && !flag(3) && model == "gpt2" && tokens.iter().all(|token| token.len() < 5);
    Vocabulary { model, tokens, metadata, lossless }
}

/// The character that stands for `byte` in a byte-level vocabulary (`bytes_to_unicode` of GPT-2's encoder): itself where
/// it is printable, else one from U+0100 on.
fn byte_char(byte: u8) -> char {
    let printable = |byte: u8| matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    if printable(byte) {
        return char::from(byte);
    }
    let before = (0..byte).filter(|&other| !printable(other)).count() as u32;
    char::from_u32(0x100 + before).unwrap_or(char::REPLACEMENT_CHARACTER)
}
