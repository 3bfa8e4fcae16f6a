//! SentencePiece against llama.cpp's own token ids, and what has to hold for any text.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A broken fixture may stop the test where it is.

mod common;

use std::path::Path;

use common::{Random, fixtures, ids, json, read};
use serde_json::Value as Json;
use wasm_chord_core::gguf::Gguf;
use wasm_chord_core::gguf::write::GgufWriter;
use wasm_chord_core::tokenizer::{EncodeOptions, TokenKind, Tokenizer, TokenizerError};

const PLAIN: EncodeOptions = EncodeOptions { add_bos: Some(false), parse_special: false };
const SPECIAL: EncodeOptions = EncodeOptions { add_bos: Some(false), parse_special: true };

/// The tokenizer of a file, whether or not its tensors can be read; `None` if it is of a kind that is not supported.
fn tokenizer(path: &Path) -> Option<Tokenizer> {
    let mut bytes = read(path);
    bytes[8..16].fill(0); // No tensors: their types need not be readable.
    let gguf = Gguf::parse(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    match Tokenizer::from_gguf(&gguf.metadata) {
        Ok(tokenizer) => Some(tokenizer),
        Err(TokenizerError::UnsupportedModel { .. }) => None,
        Err(error) => panic!("{}: {error}", path.display()),
    }
}

fn check(tokenizer: &Tokenizer, case: &Json, options: EncodeOptions, expected: &str, what: &Path) {
    let text = case["text"].as_str().unwrap();
    let got = tokenizer.encode(text, options);
    assert_eq!(got, ids(&case[expected]), "{}: {text:?}", what.display());
}

/// A vocabulary for small tests: `kinds` as in a file, scores falling with the id.
fn small(tokens: &[(&str, i32)], more: impl FnOnce(GgufWriter) -> GgufWriter) -> Result<Tokenizer, TokenizerError> {
    let texts: Vec<String> = tokens.iter().map(|(text, _)| (*text).to_owned()).collect();
    let kinds: Vec<i32> = tokens.iter().map(|(_, kind)| *kind).collect();
    let scores: Vec<f32> = (0..tokens.len()).map(|i| -(i as f32)).collect();
    let writer = GgufWriter::new()
        .set("tokenizer.ggml.model", "llama")
        .set("tokenizer.ggml.tokens", texts)
        .set("tokenizer.ggml.scores", scores)
        .set("tokenizer.ggml.token_type", kinds);
    Tokenizer::from_gguf(&Gguf::parse(&more(writer).to_bytes()).unwrap().metadata)
}

/// Control tokens and all bytes, then `more`.
fn with_bytes<'a>(more: &[(&'a str, i32)], bytes: &'a [String]) -> Vec<(&'a str, i32)> {
    let mut tokens = vec![("<unk>", 2), ("<s>", 3), ("</s>", 3)];
    tokens.extend(bytes.iter().map(|text| (text.as_str(), 6)));
    tokens.extend(more);
    tokens
}

fn byte_texts() -> Vec<String> {
    (0..256).map(|b| format!("<0x{b:02X}>")).collect()
}

#[test]
fn vocabularies_give_llama_cpps_ids() {
    let Some(fixtures) = fixtures() else { return };
    let mut tested = Vec::new();
    for entry in std::fs::read_dir(fixtures.join("tokenizers")).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        let Some(tokenizer) = tokenizer(&folder.join("vocab.gguf")) else { continue };
        for case in json(folder.join("cases.json")).as_array().unwrap() {
            check(&tokenizer, case, PLAIN, "ids", &folder);
        }
        tested.push(folder.file_name().unwrap().to_string_lossy().into_owned());
    }
    tested.sort();
    assert_eq!(tested, ["bert-bge", "gpt-2", "llama-bpe", "llama-spm", "phi-3", "qwen2", "smollm2"]);
}

#[test]
fn model_files_give_llama_cpps_ids() {
    let Some(fixtures) = fixtures() else { return };
    let mut cases = 0;
    for folder in ["arch", "models"] {
        for entry in std::fs::read_dir(fixtures.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if !path.to_string_lossy().ends_with(".golden.json") {
                continue;
            }
            let golden = json(&path);
            let Some(list) = golden["tokenizer_cases"].as_array().filter(|list| !list.is_empty()) else { continue };
            let file = golden["file"].as_str().unwrap();
            // models/stories260K-f32.golden.json is about models/stories260K/stories260K-f32.gguf.
            let inner = if folder == "arch" { "" } else { file.split('-').next().unwrap() };
            let Some(tokenizer) = tokenizer(&fixtures.join(folder).join(inner).join(file)) else { continue };
            for case in list {
                if case.get("error").is_some() {
                    // llama.cpp gives up on text that a vocabulary without byte tokens cannot express.
                    let ids = tokenizer.encode(case["text"].as_str().unwrap(), PLAIN);
                    assert!(ids.contains(&tokenizer.unk().unwrap()), "{}: {case}", path.display());
                    continue;
                }
                check(&tokenizer, case, EncodeOptions::default(), "ids", &path);
                check(&tokenizer, case, PLAIN, "ids_nospecial", &path);
                cases += 1;
            }
        }
    }
    assert!(cases > 100, "only {cases} cases");
}

#[test]
fn bert_gives_hugging_faces_ids() {
    let Some(fixtures) = fixtures() else { return };
    let tokenizer = tokenizer(&fixtures.join("tokenizers/bert-bge/vocab.gguf")).unwrap(); // MiniLM's is the same
    let golden = json(fixtures.join("minilm/minilm.golden.json"));
    for case in golden["cases"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        // Where the two differ we hold with what the model was trained on, but a control token spelt in a text is text.
        let expected = case.get("hf_ids").filter(|_| !text.contains("[CLS]")).unwrap_or(&case["ids"]);
        let mut got = tokenizer.encode(text, EncodeOptions::default());
        if got.len() > 512 {
            // MiniLM reads no more: the golden's last token is [SEP] all the same.
            got.drain(511..got.len() - 1);
        }
        assert!(got == ids(expected), "{text:?}");
    }
}

/// Text of all sorts: words, spaces, markup, any character.
fn random_text(random: &mut Random) -> String {
    let parts = [
        "the ", " ", "  ", "▁", "\n", "\t", "a", "Hello", "<s>", "</s>", "<0x0A>", "é", "🦙", "👍🏽", "한", "\u{0}", "1",
        ".",
    ];
    let mut text = String::new();
    for _ in 0..random.below(30) {
        match random.below(4) {
            0 => text.extend(char::from_u32((random.next() % 0x11_0000) as u32)),
            _ => text.push_str(parts[random.below(parts.len())]),
        }
    }
    text
}

#[test]
fn decoding_gives_the_text_back() {
    let Some(fixtures) = fixtures() else { return };
    // SmolLM2's vocabulary lacks some bytes, so it is not among them.
    let tokenizers = [
        "tokenizers/llama-spm/vocab.gguf",
        "models/stories260K/stories260K-f32.gguf",
        "tokenizers/gpt-2/vocab.gguf",
        "tokenizers/qwen2/vocab.gguf",
        "tokenizers/llama-bpe/vocab.gguf",
        "arch/qwen35-f32.gguf",
    ];
    let mut random = Random(4);
    for path in tokenizers {
        let tokenizer = tokenizer(&fixtures.join(path)).unwrap();
        for _ in 0..2000 {
            let text = random_text(&mut random);
            let ids = tokenizer.encode(&text, PLAIN);
            assert!(ids.iter().all(|&id| tokenizer.token_kind(id) != Some(TokenKind::Control)), "{text:?}");
            // A "▁" in a text is a space to SentencePiece.
            let expected =
                if path.contains("llama-spm") || path.contains("stories") { text.replace('▁', " ") } else { text };
            assert_eq!(tokenizer.decode(&ids), expected, "{path}");
            let mut stream = tokenizer.stream();
            let mut streamed: String = ids.iter().map(|&id| stream.push(&tokenizer, id)).collect();
            streamed.push_str(&stream.finish());
            assert_eq!(streamed, expected);
        }
    }
}

#[test]
fn long_texts_take_no_longer_a_character() {
    let Some(fixtures) = fixtures() else { return };
    let tokenizer = tokenizer(&fixtures.join("tokenizers/llama-spm/vocab.gguf")).unwrap();
    // A quadratic merge would take hours.
    let text = "an endless word".replace(' ', "").repeat(50_000);
    let ids = tokenizer.encode(&text, PLAIN);
    assert_eq!(tokenizer.decode(&ids), text);
    let text = "<s>".repeat(100_000);
    assert_eq!(tokenizer.encode(&text, SPECIAL), vec![1; 100_000]);
}

#[test]
fn merges_go_by_score_and_then_from_the_left() {
    let bytes = byte_texts();
    let tokens = with_bytes(&[("ab", 1), ("bc", 1), ("aa", 1), ("a", 1), ("b", 1), ("c", 1), ("▁", 1)], &bytes);
    let tokenizer = small(&tokens, |w| w.set("tokenizer.ggml.add_space_prefix", false)).unwrap();
    let texts = |text: &str| {
        let ids = tokenizer.encode(text, PLAIN);
        ids.iter().map(|&id| tokenizer.token_text(id).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(texts("abc"), ["ab", "c"]);
    assert_eq!(texts("aaa"), ["aa", "a"]);
    assert_eq!(texts("aab"), ["a", "ab"]);
    assert_eq!(texts("é"), ["<0xC3>", "<0xA9>"]);
    assert_eq!(texts("c b"), ["c", "▁", "b"]);
}

#[test]
fn special_tokens_are_text_unless_asked_for() {
    let bytes = byte_texts();
    // "<", "s>" and "<s" are tokens, so that merging alone could arrive at "<s>".
    let more =
        [("<|im_end|>", 4), ("<think>", 4), ("<", 1), ("s>", 1), ("<s", 1), ("s", 1), (">", 1), ("a", 1), ("▁", 1)];
    let tokens = with_bytes(&more, &bytes);
    let tokenizer = small(&tokens, |w| w.set("tokenizer.ggml.add_space_prefix", false)).unwrap();
    let id = |text: &str| tokenizer.token_id(text).unwrap();
    assert_eq!(tokenizer.encode("a<s>a", SPECIAL), [id("a"), 1, id("a")]);
    assert_eq!(tokenizer.encode("<s>", PLAIN), [id("<"), id("s>")]);
    assert_eq!(tokenizer.encode("<think>", PLAIN), [id("<think>")]);
    // Filed as user-defined, but it ends a turn: text does not become it.
    assert_eq!(tokenizer.token_kind(id("<|im_end|>")), Some(TokenKind::Control));
    assert!(!tokenizer.encode("<|im_end|>", PLAIN).contains(&id("<|im_end|>")));
    assert_eq!(tokenizer.encode("<|im_end|>", SPECIAL), [id("<|im_end|>")]);
    assert!(tokenizer.is_eog(id("<|im_end|>")) && tokenizer.is_eog(2) && !tokenizer.is_eog(id("a")));
    // A byte token's spelling is no byte.
    assert!(!tokenizer.encode("<0x0A>", SPECIAL).contains(&id("<0x0A>")));
}

#[test]
fn the_longest_special_token_wins() {
    let bytes = byte_texts();
    let tokens = with_bytes(&[("<a>", 4), ("<a><b>", 4), ("<b>", 4), ("<b><c", 4), ("c>", 4)], &bytes);
    let tokenizer = small(&tokens, |w| w.set("tokenizer.ggml.add_space_prefix", false)).unwrap();
    let texts = |text: &str| {
        let ids = tokenizer.encode(text, PLAIN);
        ids.iter().map(|&id| tokenizer.token_text(id).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(texts("<a><a><b>"), ["<a>", "<a><b>"]);
    assert_eq!(texts("<a><b><c>"), ["<a><b>", "<0x3C>", "c>"]);
}

#[test]
fn a_space_goes_before_text_and_comes_off_again() {
    let bytes = byte_texts();
    let tokens = with_bytes(&[("▁a", 1), ("▁", 1), ("a", 1)], &bytes);
    let tokenizer = small(&tokens, |w| w).unwrap();
    let id = |text: &str| tokenizer.token_id(text).unwrap();
    assert_eq!(tokenizer.encode("a", EncodeOptions::default()), [1, id("▁a")]);
    assert_eq!(tokenizer.encode("a</s>a", SPECIAL), [id("▁a"), 2, id("▁a")]);
    assert_eq!(tokenizer.encode("", EncodeOptions::default()), [1]);
    assert_eq!(tokenizer.decode(&[1, id("▁a"), id("▁a")]), "a a");
    assert_eq!(tokenizer.stream_after(&[1]).push(&tokenizer, id("▁a")), "a");
    assert_eq!(tokenizer.stream_after(&[1, id("▁a")]).push(&tokenizer, id("▁a")), " a");
    let collapsing = small(&tokens, |w| w.set("tokenizer.ggml.remove_extra_whitespaces", true)).unwrap();
    assert_eq!(collapsing.encode("  a   a ", PLAIN), [id("▁a"), id("▁a")]);
}

#[test]
fn bos_and_eos_are_as_the_metadata_says() {
    let tokens = [("<unk>", 2), ("<s>", 3), ("</s>", 3), ("▁", 1)];
    let ids = |more: fn(GgufWriter) -> GgufWriter, options| small(&tokens, more).unwrap().encode(" ", options);
    let default = EncodeOptions::default();
    let without_prefix = |w: GgufWriter| w.set("tokenizer.ggml.add_space_prefix", false);
    assert_eq!(ids(without_prefix, default), [1, 3]);
    assert_eq!(ids(|w| w.set("tokenizer.ggml.add_bos_token", false), PLAIN), [3, 3]);
    let eos = |w: GgufWriter| w.set("tokenizer.ggml.add_eos_token", true).set("tokenizer.ggml.eos_token_id", 9u32);
    assert_eq!(ids(eos, default), [1, 3, 3, 2]);
    assert_eq!(ids(eos, PLAIN), [3, 3]);
    let bos = small(&tokens, |w| w.set("tokenizer.ggml.bos_token_id", 2u32)).unwrap();
    assert_eq!((bos.bos(), bos.eos(), bos.unk(), bos.vocab_size()), (Some(2), Some(2), Some(0), 4));
}

#[test]
fn half_characters_are_held_back() {
    let bytes = byte_texts();
    let tokenizer = small(&with_bytes(&[("▁x", 1)], &bytes), |w| w).unwrap();
    let byte = |b: u8| 3 + u32::from(b);
    let mut stream = tokenizer.stream();
    let mut push = |id| stream.push(&tokenizer, id);
    assert_eq!(push(byte(0xF0)), "");
    assert_eq!(push(byte(0x9F)), "");
    assert_eq!(push(byte(0xA6)), "");
    assert_eq!(push(byte(0x99)), "🦙");
    assert_eq!(push(byte(0xE2)), "");
    assert_eq!(push(259), "\u{FFFD} x");
    assert_eq!(push(byte(0xFF)), "\u{FFFD}");
    assert_eq!(push(byte(0xC3)), "");
    assert_eq!(push(u32::MAX), "");
    assert_eq!(stream.finish(), "\u{FFFD}");
    assert_eq!(stream.finish(), "");
}

#[test]
fn a_vocabulary_without_bytes_uses_unk() {
    let tokens = [("<unk>", 2), ("<s>", 3), ("</s>", 3), ("▁", 1), ("a", 1)];
    let tokenizer = small(&tokens, |w| w).unwrap();
    assert_eq!(tokenizer.encode("aé", PLAIN), [3, 4, 0, 0]);
    assert_eq!(tokenizer.decode(&[3, 4, 0, 0]), "a");
    let no_unk = small(&[("a", 1)], |w| w).unwrap();
    assert_eq!(no_unk.encode("éa", EncodeOptions::default()), [0, 0, 0, 0, 0, 0]);
}

#[test]
fn broken_vocabularies_are_refused() {
    let message = |writer: GgufWriter| {
        Tokenizer::from_gguf(&Gguf::parse(&writer.to_bytes()).unwrap().metadata).unwrap_err().to_string()
    };
    let base = || GgufWriter::new().set("tokenizer.ggml.model", "llama");
    let tokens = || vec!["a".to_owned(), "b".to_owned()];
    assert_eq!(message(GgufWriter::new()), "metadata key 'tokenizer.ggml.model' is missing");
    assert_eq!(
        message(GgufWriter::new().set("tokenizer.ggml.model", "rwkv")),
        "the model's tokenizer is 'rwkv', which is not supported; supported: llama (SentencePiece), gpt2 (byte-level BPE), gemma4, bert \
         (WordPiece)"
    );
    assert_eq!(message(base()), "metadata key 'tokenizer.ggml.tokens' is missing");
    assert_eq!(message(base().set("tokenizer.ggml.tokens", Vec::<String>::new())), "'tokenizer.ggml.tokens' is empty");
    let base = || base().set("tokenizer.ggml.tokens", tokens());
    assert_eq!(
        message(base().set("tokenizer.ggml.scores", vec![1.0f32])),
        "'tokenizer.ggml.scores' has 1 entries, the vocabulary has 2 tokens"
    );
    assert_eq!(
        message(base().set("tokenizer.ggml.scores", vec![1u8, 2])),
        "metadata key 'tokenizer.ggml.scores' should be array of f32 but is array of u8"
    );
    assert_eq!(
        message(base().set("tokenizer.ggml.token_type", vec![1i32; 3])),
        "'tokenizer.ggml.token_type' has 3 entries, the vocabulary has 2 tokens"
    );
}

/// A byte-level vocabulary: all bytes as GPT-2 writes them, then `more`.
fn byte_level(more: &[&str], merges: &[&str], pre: Option<&str>) -> Tokenizer {
    let mut others = '\u{100}'..;
    let mut texts: Vec<String> = (0..=255u8)
        .map(|byte| match byte {
            b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF => char::from(byte).to_string(),
            _ => others.next().unwrap().to_string(),
        })
        .collect();
    texts.extend(more.iter().map(|text| (*text).to_owned()));
    let mut kinds = vec![1i32; texts.len()];
    kinds[256..].iter_mut().zip(more).filter(|(_, text)| text.starts_with("<|")).for_each(|(kind, _)| *kind = 3);
    let mut writer = GgufWriter::new()
        .set("tokenizer.ggml.model", "gpt2")
        .set("tokenizer.ggml.tokens", texts)
        .set("tokenizer.ggml.token_type", kinds)
        .set("tokenizer.ggml.merges", merges.iter().map(|merge| (*merge).to_owned()).collect::<Vec<String>>());
    if let Some(pre) = pre {
        writer = writer.set("tokenizer.ggml.pre", pre);
    }
    Tokenizer::from_gguf(&Gguf::parse(&writer.to_bytes()).unwrap().metadata).unwrap()
}

#[test]
fn merges_go_by_rank_and_stay_within_pieces() {
    let tokenizer = byte_level(&["ab", "bc", "Ġa", "abc", "aa"], &["b c", "a b", "Ġ a", "ab c", "a a"], Some("gpt-2"));
    let texts = |text: &str| {
        let ids = tokenizer.encode(text, EncodeOptions::default());
        ids.iter().map(|&id| tokenizer.token_text(id).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(texts("abc"), ["a", "bc"]); // "b c" comes first, and then there is no "ab"
    assert_eq!(texts("aaa ab"), ["aa", "a", "Ġ", "ab"]); // "a b" before "Ġ a"
    assert_eq!(texts("c1a"), ["c", "1", "a"]);
    assert!(tokenizer.warnings().is_empty());
    // Llama 3 takes a piece that is a token as it is.
    let whole = byte_level(&["bc", "abc"], &["b c"], Some("llama-bpe"));
    assert_eq!(whole.encode("abc", PLAIN), [257]);
    let gpt2 = byte_level(&["bc", "abc"], &["b c"], Some("gpt-2"));
    assert_eq!(gpt2.encode("abc", PLAIN), [97, 256]);
}

#[test]
fn what_a_file_leaves_unsaid_is_warned_of() {
    let warned = |tokenizer: Tokenizer| tokenizer.warnings().iter().map(ToString::to_string).collect::<Vec<_>>();
    assert!(warned(byte_level(&[], &[], None))[0].contains("does not name its pre-tokenizer"));
    assert!(warned(byte_level(&[], &[], Some("brand-new")))[0].contains("'brand-new' is not known"));
    let [bad] = &warned(byte_level(&["ab"], &["a b", "ab", " ", "a "], Some("gpt-2")))[..] else { panic!() };
    assert!(bad.starts_with("3 of the entries"), "{bad}");
    assert_eq!(byte_level(&["ab"], &["a b"], Some("brand-new")).encode("ab", PLAIN), [256]);
}

#[test]
fn merges_never_arrive_at_a_control_token() {
    let merges = ["< |", "<| x", "<|x |", "<|x| >"];
    let tokenizer = byte_level(&["<|", "<|x", "<|x|", "<|x|>"], &merges, Some("gemma4"));
    assert!(!tokenizer.encode("<|x|>", PLAIN).contains(&259));
    let tokenizer = byte_level(&["<|", "<|x", "<|x|", "<|x|>"], &merges, Some("superbpe"));
    assert!(tokenizer.is_structural(259) && !tokenizer.encode("<|x|>", PLAIN).contains(&259));
    assert_eq!(tokenizer.encode("<|x|>", SPECIAL), [259]);
}

#[test]
fn bytes_that_a_vocabulary_lacks_are_unknown_or_left_out() {
    let build = |kind: i32| {
        let writer = GgufWriter::new()
            .set("tokenizer.ggml.model", "gpt2")
            .set("tokenizer.ggml.pre", "gpt-2")
            .set("tokenizer.ggml.tokens", ["a", "<unk>"].map(str::to_owned).to_vec())
            .set("tokenizer.ggml.token_type", vec![1i32, kind])
            .set("tokenizer.ggml.unknown_token_id", 1u32)
            .set("tokenizer.ggml.merges", vec!["a b".to_owned(), "ab b".to_owned()]);
        Tokenizer::from_gguf(&Gguf::parse(&writer.to_bytes()).unwrap().metadata).unwrap()
    };
    assert_eq!(build(2).encode("aéabb", PLAIN), [0, 1, 1, 0, 1, 1]);
    // Named as unknown, but it is the end of the text: that is nothing that text becomes.
    assert_eq!(build(3).encode("aéabb", PLAIN), [0, 0]);
}

#[test]
fn phi_3_drops_the_space_behind_its_markers() {
    let Some(fixtures) = fixtures() else { return };
    let tokenizer = tokenizer(&fixtures.join("tokenizers/phi-3/vocab.gguf")).unwrap();
    let with = tokenizer.encode("<|user|>\n  Hi<|end|> \n<|assistant|>\n", SPECIAL);
    assert_eq!(with, tokenizer.encode("<|user|>Hi<|end|><|assistant|>", SPECIAL));
}

#[test]
fn gpt_oss_answers_keep_their_channels() {
    let markers = ["<|return|>", "<|call|>", "<|end|>", "<|channel|>", "<|message|>"];
    let tokenizer = byte_level(&markers, &[], Some("gpt-4o"));
    let id = |text: &str| tokenizer.token_id(text).unwrap();
    assert!(tokenizer.is_eog(id("<|return|>")) && tokenizer.is_eog(id("<|call|>")) && !tokenizer.is_eog(id("<|end|>")));
    assert_eq!(tokenizer.decode(&[id("<|channel|>"), id("a"), id("<|end|>")]), "<|channel|>a<|end|>");
    assert_eq!(tokenizer.decode(&[id("<|return|>")]), "");
    assert!(markers.iter().all(|marker| tokenizer.is_structural(id(marker))));
}
