//! Damaged and hostile headers: each ends in a typed error or a sound parse, in bounded time and memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A broken fixture may stop the test where it is.

mod common;

use common::{Random, fixtures, json, read};
use serde_json::Value as Json;
use wasm_chord_core::gguf::write::GgufWriter;
use wasm_chord_core::gguf::{GgmlType, Gguf, GgufError, GgufParser, Progress};
use wasm_chord_core::tokenizer::{EncodeOptions, Tokenizer};

fn patch(base: &[u8], ops: &Json) -> Vec<u8> {
    let mut bytes = base.to_vec();
    for op in ops.as_array().unwrap() {
        if let Some(len) = op.get("truncate") {
            bytes.truncate(len.as_u64().unwrap() as usize);
        } else {
            let at = op["at"].as_u64().unwrap() as usize;
            let hex = op["hex"].as_str().unwrap();
            for i in 0..hex.len() / 2 {
                bytes[at + i] = u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap();
            }
        }
    }
    bytes
}

/// Parses whole and in pieces; both must agree.
fn parse(bytes: &[u8]) -> Result<Gguf, GgufError> {
    let whole = Gguf::parse(bytes);
    for size in [1, 13] {
        let mut parser = GgufParser::new();
        let mut pushed = Ok(Progress::NeedMore);
        for piece in bytes.chunks(size) {
            pushed = parser.push(piece);
            if !matches!(pushed, Ok(Progress::NeedMore)) {
                break;
            }
        }
        let pieces = pushed.and_then(|_| parser.finish());
        match (&whole, &pieces) {
            (Ok(a), Ok(b)) => assert_eq!(a.tensors, b.tensors),
            // Pieces stop at the end of the header; that data is missing is seen by whoever wants the data.
            (Err(GgufError::Truncated { .. }), Ok(_)) => {}
            (a, b) => assert_eq!(a.as_ref().err(), b.as_ref().err()),
        }
    }
    whole
}

/// What llama.cpp refuses but is sound here, or is for the model's loader to refuse.
fn is_for_the_loader(name: &str) -> bool {
    let keys =
        ["arch_unknown", "block_count=", "embedding_length=", "attention.head_count", "feed_forward_length=", "rope."];
    keys.iter().any(|key| name.starts_with(key)) || name == "rms_eps_neg"
}

#[test]
fn every_case_ends_well() {
    let Some(fixtures) = fixtures() else { return };
    let cases = json(fixtures.join("malformed-gguf/cases.json"));
    let base = read(fixtures.join("models").join(cases["base"].as_str().unwrap()));
    for case in cases["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let parsed = parse(&patch(&base, &case["ops"]));
        let accepted = case["llama_cpp"] == "ok";
        match &parsed {
            Ok(gguf) => {
                assert!(accepted || is_for_the_loader(name), "{name} was accepted");
                let tokenizer = Tokenizer::from_gguf(&gguf.metadata).unwrap();
                let ids = tokenizer.encode("Once upon a time", EncodeOptions::default());
                assert_eq!(ids, [1, 403, 407, 261, 378], "{name}");
                assert_eq!(tokenizer.eos(), Some(2), "{name}");
            }
            Err(error) => {
                assert!(!accepted, "{name}: {error}");
                println!("{name}: {error}");
            }
        }
    }
}

/// A header with `entries` metadata entries and `tensors` tensor entries, the rest as given.
fn header(version: u32, tensors: u64, entries: u64, rest: &[&[u8]]) -> Vec<u8> {
    let mut bytes = b"GGUF".to_vec();
    bytes.extend(version.to_le_bytes());
    bytes.extend(tensors.to_le_bytes());
    bytes.extend(entries.to_le_bytes());
    rest.iter().for_each(|part| bytes.extend(*part));
    bytes
}

fn string(text: &[u8]) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes()[..], text].concat()
}

fn entry(key: &str, ty: u32, value: &[u8]) -> Vec<u8> {
    [&string(key.as_bytes())[..], &ty.to_le_bytes(), value].concat()
}

fn array(key: &str, ty: u32, len: u64) -> Vec<u8> {
    entry(key, 9, &[&ty.to_le_bytes()[..], &len.to_le_bytes()].concat())
}

fn tensor(name: &str, dims: &[u64], ty: u32, offset: u64) -> Vec<u8> {
    let mut bytes = string(name.as_bytes());
    bytes.extend((dims.len() as u32).to_le_bytes());
    dims.iter().for_each(|d| bytes.extend(d.to_le_bytes()));
    bytes.extend(ty.to_le_bytes());
    bytes.extend(offset.to_le_bytes());
    bytes
}

fn refused(bytes: &[u8], message: &str) {
    match parse(bytes) {
        Ok(_) => panic!("accepted; expected: {message}"),
        Err(error) => assert_eq!(error.to_string(), message),
    }
}

#[test]
fn lengths_are_not_believed() {
    for len in [1 << 63, 1 << 40, u64::MAX, 1 << 28] {
        for ty in [0, 5, 7, 8, 12] {
            let error = parse(&header(3, 0, 1, &[&array("a.b", ty, len)])).unwrap_err();
            let GgufError::TooLong { what, len: got, .. } = error else { panic!("{error}") };
            assert_eq!((what.as_str(), got), ("the array under 'a.b'", len));
        }
        let error = parse(&header(3, 0, 1, &[&entry("a.b", 8, &len.to_le_bytes())])).unwrap_err();
        assert!(matches!(error, GgufError::TooLong { .. }), "{error}");
        let strings = [&array("a", 8, 2)[..], &string(b"one"), &len.to_le_bytes()].concat();
        let error = parse(&header(3, 0, 1, &[&strings])).unwrap_err();
        assert!(error.to_string().starts_with("string 1 of 'a' has length"), "{error}");
        let error = parse(&header(3, len, 0, &[])).unwrap_err();
        assert!(matches!(error, GgufError::TooLong { .. }), "{error}");
        let error = parse(&header(3, 0, len, &[])).unwrap_err();
        assert!(matches!(error, GgufError::TooLong { .. }), "{error}");
        let error = parse(&header(3, 0, 1, &[&len.to_le_bytes()])).unwrap_err();
        assert!(matches!(error, GgufError::TooLong { .. }), "{error}");
        let error = parse(&header(3, 1, 0, &[&len.to_le_bytes()])).unwrap_err();
        assert!(matches!(error, GgufError::TooLong { .. }), "{error}");
    }
}

#[test]
fn strings_are_counted_over_all_arrays() {
    // 63 arrays of 2^16 empty strings would be 2^22 strings; each is small enough alone.
    let one = [array("x", 8, 1 << 16), vec![0; 8 << 16]].concat();
    let mut parser = GgufParser::new();
    parser.push(&header(3, 0, 100, &[])).unwrap();
    let error = (0..100).find_map(|i| {
        let mut bytes = one.clone();
        bytes[8] = b'0' + i;
        parser.push(&bytes).err()
    });
    assert!(matches!(error, Some(GgufError::TooLong { .. })), "{error:?}");
}

#[test]
fn metadata_is_checked() {
    let k = |ty, value: &[u8]| entry("k", ty, value);
    refused(&header(3, 0, 2, &[&k(0, &[1]), &k(0, &[1])]), "metadata key 'k' is there twice");
    refused(&header(3, 0, 1, &[&entry("", 0, &[1])]), "metadata entry 0 has an empty key");
    refused(&header(3, 0, 1, &[&k(13, &[])]), "metadata key 'k' has value type 13, which GGUF does not define");
    refused(&header(3, 0, 1, &[&k(7, &[2])]), "metadata key 'k' holds the bool 2; only 0 and 1 are bools");
    refused(
        &header(3, 0, 1, &[&k(8, &string(b"\xff"))]),
        "the string under 'k' is not valid UTF-8; the file is damaged",
    );
    refused(&header(3, 0, 1, &[&array("k", 9, 1)]), "metadata key 'k' is an array of arrays, which is not supported");
    refused(&header(3, 0, 1, &[&array("k", 77, 1)]), "metadata key 'k' has value type 77, which GGUF does not define");
    for alignment in [0u32, 3, 33, 1 << 17, u32::MAX] {
        let error = parse(&header(3, 0, 1, &[&entry("general.alignment", 4, &alignment.to_le_bytes())])).unwrap_err();
        assert_eq!(error, GgufError::BadAlignment { alignment: alignment.into(), max: 65536 });
    }
    refused(
        &header(3, 0, 1, &[&entry("general.alignment", 6, &32f32.to_le_bytes())]),
        "metadata key 'general.alignment' should be u32 but is f32",
    );
}

#[test]
fn versions_are_refused_by_name() {
    let message = |version: u32| parse(&header(version, 0, 0, &[])).unwrap_err().to_string();
    assert!(message(1).contains("an early format with 32-bit lengths"));
    assert!(message(3u32.swap_bytes()).contains("a big-endian file"));
    assert!(message(0).contains("only versions 2 and 3 are known"));
    assert!(message(4).contains("only versions 2 and 3 are known"));
    assert!(parse(&header(2, 0, 0, &[])).is_ok());
}

#[test]
fn tensors_are_checked() {
    let one = |t: Vec<u8>| header(3, 1, 0, &[&t]);
    refused(&one(tensor("", &[1], 0, 0)), "tensor 0 has an empty name");
    refused(
        &one(tensor(&"x".repeat(64), &[1], 0, 0)),
        "the name of tensor 0 has length 64, more than the 63 allowed; the file is damaged",
    );
    refused(&one(tensor("t", &[], 0, 0)), "tensor 't' has 0 dimensions; 1 to 4 are possible");
    refused(&one(tensor("t", &[1; 5], 0, 0)), "tensor 't' has 5 dimensions; 1 to 4 are possible");
    refused(&one(tensor("t", &[4, 0], 0, 0)), "tensor 't' has the shape [4, 0]: no dimension can be 0");
    refused(&one(tensor("t", &[48], 8, 0)), "tensor 't' has the shape [48]: its rows are not whole blocks of its type");
    refused(
        &one(tensor("t", &[1 << 40], 0, 0)),
        "tensor 't' has the shape [1099511627776]: a dimension is longer than any model's",
    );
    let wide = [1 << 28; 4];
    assert!(matches!(parse(&one(tensor("t", &wide, 0, 0))), Err(GgufError::BadShape { .. })));
    let message = parse(&one(tensor("t", &[256], 19, 0))).unwrap_err().to_string();
    assert!(message.starts_with("tensor 't' is stored as IQ1_S, which is not supported yet;"), "{message}");
    let message = parse(&one(tensor("t", &[256], 4, 0))).unwrap_err().to_string();
    assert!(message.contains("Q4_2 (removed from GGUF in 2023)"), "{message}");
    let message = parse(&one(tensor("t", &[256], 12345, 0))).unwrap_err().to_string();
    assert!(message.contains("a type unknown to GGUF (number 12345)"), "{message}");
    refused(
        &one(tensor("t", &[1], 0, 4)),
        "tensor 't' begins at offset 4, which is not a multiple of the alignment 32",
    );
    assert!(matches!(parse(&one(tensor("t", &[1], 0, u64::MAX - 31))), Err(GgufError::WrongOffset { .. })));
    assert!(matches!(parse(&one(tensor("t", &[1 << 28, 8], 0, 0))), Err(GgufError::Truncated { .. })));
    assert!(matches!(parse(&one(tensor("t", &[1 << 28, 1 << 28], 0, 0))), Err(GgufError::BadShape { .. })));
    let huge: Vec<u8> = (0..3).flat_map(|i| tensor(&format!("t{i}"), &[1 << 28, 1 << 15], 0, i << 45)).collect();
    assert!(matches!(parse(&header(3, 3, 0, &[&huge])), Err(GgufError::TooLong { .. })));
    let two = |a: Vec<u8>, b: Vec<u8>| header(3, 2, 0, &[&a, &b]);
    refused(&two(tensor("t", &[1], 0, 0), tensor("t", &[1], 0, 32)), "tensor 't' is there twice");
    let message = "tensor 'u' begins at offset 32, but the tensors before it end at 64; the file is damaged";
    refused(&two(tensor("t", &[9], 0, 0), tensor("u", &[9], 0, 32)), message);
    let message = "tensor 'u' begins at offset 96, but the tensors before it end at 64; the file is damaged";
    refused(&two(tensor("t", &[9], 0, 0), tensor("u", &[9], 0, 96)), message);
}

#[test]
fn random_damage_never_panics() {
    let tokens: Vec<String> = ["<unk>", "<s>", "</s>", "▁a", "b"].map(str::to_owned).to_vec();
    let base = GgufWriter::new()
        .set("general.alignment", 32u32)
        .set("tokenizer.ggml.model", "llama")
        .set("tokenizer.ggml.tokens", tokens)
        .set("tokenizer.ggml.scores", vec![0.0f32, 0.0, 0.0, f32::NAN, -1.0])
        .set("tokenizer.ggml.token_type", vec![2i32, 3, 3, 1, 1])
        .tensor("t", GgmlType::Q8_0, &[32, 2], vec![0; 68])
        .to_bytes();
    let mut random = Random(3);
    let mut sound = 0;
    for _ in 0..20_000 {
        let mut bytes = base.clone();
        for _ in 0..1 + random.below(3) {
            let at = random.below(bytes.len());
            bytes[at] = match random.below(3) {
                0 => random.next() as u8,
                1 => bytes[at] ^ 1 << random.below(8),
                _ => *random.pick(&[0, 1, 0x7f, 0x80, 0xff]),
            };
        }
        let Ok(gguf) = Gguf::parse(&bytes) else { continue };
        let Ok(tokenizer) = Tokenizer::from_gguf(&gguf.metadata) else { continue };
        sound += 1;
        let ids = tokenizer.encode("a b <s> é\u{10FFFF}", EncodeOptions { add_bos: Some(true), parse_special: true });
        assert!(ids.iter().all(|&id| (id as usize) < tokenizer.vocab_size()));
        tokenizer.decode(&ids);
    }
    assert!(sound > 1000, "only {sound} of the damaged files were sound: the test shows little");
}
