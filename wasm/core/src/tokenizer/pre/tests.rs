//! Every rule against Hugging Face's tokenizers (`tests/data/make_splits.py`), and what regexes alone do not say.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::Family;

#[derive(Deserialize)]
struct Splits {
    texts: Vec<String>,
    /// For each rule and text, the pieces' lengths in characters.
    rules: BTreeMap<String, Vec<Vec<usize>>>,
}

fn pieces<'a>(name: &str, text: &'a str) -> Vec<&'a str> {
    let mut pieces = Vec::new();
    Family::named(name).unwrap_or_else(|| panic!("{name}")).split(text, &mut |piece| pieces.push(piece));
    pieces
}

#[test]
fn texts_are_cut_as_hugging_faces_library_cuts_them() {
    let file = match std::env::var_os("CHORD_SPLITS") {
        Some(path) => std::fs::read_to_string(path).unwrap(),
        None => include_str!("../../../tests/data/splits.json").to_owned(),
    };
    let splits: Splits = serde_json::from_str(&file).unwrap();
    assert!(splits.rules.len() >= 26 && splits.texts.len() >= 40);
    let mut failures = Vec::new();
    for (name, rows) in &splits.rules {
        for (text, lengths) in splits.texts.iter().zip(rows) {
            let mut rest = text.chars();
            let expected: Vec<String> = lengths.iter().map(|length| rest.by_ref().take(*length).collect()).collect();
            assert_eq!(rest.as_str(), "");
            let got = pieces(name, text);
            if got != expected {
                failures.push(format!("{name}:\n got {got:?}\nwant {expected:?}"));
            }
        }
    }
    let shown = failures.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} of {} differ\n{shown}", failures.len(), splits.rules.len() * splits.texts.len());
}

#[test]
fn published_rules_cut_where_they_should() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("gpt-2", "I've  7.5\n\nHi ", &["I", "'ve", " ", " 7", ".", "5", "\n", "\n", "Hi", " "]),
        ("llama-bpe", "I'VE 12345!\n\n x", &["I", "'VE", " ", "123", "45", "!\n\n", " x"]),
        ("qwen2", "a 42\n  b", &["a", " ", "4", "2", "\n", " ", " b"]),
        ("qwen35", "n\u{303}o", &["n\u{303}o"]),
        ("qwen2", "n\u{303}o", &["n", "\u{303}o"]),
        ("gpt-4o", "HTTPServer's /\n", &["HTTPServer's", " /\n"]),
        ("gpt-4o", "ÉCOLE camelCase", &["ÉCOLE", " camel", "Case"]),
        ("tekken", "don't 12", &["don", "'t", " ", "1", "2"]),
        ("deepseek-v3", "12345 你好 #tag", &["123", "45", " ", "你好", " #", "tag"]),
        ("deepseek-llm", "x  \ny", &["x", "  ", "\n", "y"]),
        ("starcoder", "a12 b", &["a", "1", "2", " b"]),
        ("falcon", "x=12345", &["x", "=", "123", "45"]),
        ("tiny_aya", "1234567", &["1", "234", "567"]),
        ("superbpe", "of the 12345", &["of the ", "12", "345"]),
        ("kimi-k2", "你好World", &["你好", "World"]),
        ("exaone-moe", "one two  three", &["one two", " ", " three"]),
        ("bloom", "(one two)", &["(", "one", " two", ")"]),
        ("afmoe", "1234 你好", &["1", "234", " ", "你好"]),
        ("gemma4", "a b\n\nc", &["a b", "\n\n", "c"]),
    ];
    for (name, text, expected) in cases {
        assert_eq!(pieces(name, text), *expected, "{name} {text:?}");
    }
}

#[test]
fn every_rule_keeps_the_text_and_is_fast_on_the_worst() {
    let names: &[&str] = &[
        "default",
        "llama3",
        "dbrx",
        "jais-2",
        "minicpm5",
        "qwen2",
        "qwen35",
        "laguna",
        "seed-coder",
        "bailingmoe",
        "exaone-moe",
        "gpt-4o",
        "tekken",
        "tiny_aya",
        "youtu",
        "kimi-k2",
        "gpt-2",
        "starcoder",
        "falcon",
        "deepseek-llm",
        "deepseek-coder",
        "deepseek-v3",
        "afmoe",
        "bloom",
        "viking",
        "superbpe",
        "chameleon",
        "gemma4",
    ];
    let units = [
        " ",
        "\n",
        " \n",
        "a",
        "A",
        "1",
        "٣",
        "中",
        "'",
        "'s",
        "!",
        "é",
        "\u{301}",
        "ªA",
        "a ",
        "<",
        "\u{3000}",
        "IMGIMG",
        "<sentinel:1",
        "😀",
        "\r",
        " \u{301}",
    ];
    for name in names {
        for unit in units {
            for end in ["", "x"] {
                let text = unit.repeat(20_000 / unit.len()) + end;
                let begun = Instant::now();
                let pieces = pieces(name, &text);
                // A thousandth of this is usual; quadratic time would be more.
                assert!(begun.elapsed() < Duration::from_secs(2), "{name} {unit:?}: {:?}", begun.elapsed());
                assert!(pieces.concat() == text, "{name} {unit:?}");
                assert!(pieces.iter().all(|piece| !piece.is_empty()));
            }
        }
    }
    assert!(Family::named("no-such-model").is_none());
}
