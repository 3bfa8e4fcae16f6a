//! Damaged files: each is refused with a reason, or loads soundly and runs, within a second and however it is cut.

#![allow(clippy::unwrap_used, clippy::panic)] // A broken fixture may stop the test where it is.

use std::fs;
use std::time::{Duration, Instant};

use wasm_chord_core::gguf::{Gguf, GgufError};
use wasm_chord_core::{Backend, Reference};
use wasm_chord_cpu::CpuBackend;
use wasm_chord_goldens::malformed::{self, Outcome, patched};
use wasm_chord_goldens::{fixtures, load, tiny};
use wasm_chord_runtime::Error;

/// How far a file gets.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Refused(&'static str, String),
    Failed(&'static str, String),
    Ran,
}

/// Loads and runs.
fn end<B: Backend + 'static>(backend: B, bytes: &[u8], tokens: &[u32], piece: usize) -> End {
    let told = |error: Error| (error.code(), error.to_string());
    let mut session = match load(backend, bytes, 64, piece).map_err(told) {
        Ok(session) => session,
        Err((code, message)) => return End::Refused(code, message),
    };
    let ran = session.model_mut().forward(tokens, 0).and_then(|logits| wasm_chord_runtime::argmax(&logits));
    match ran.map_err(told) {
        Ok(_) => End::Ran,
        Err((code, message)) => End::Failed(code, message),
    }
}

/// Runs it whole, in less than a second (the machine may be busy with other things, so it has three tries), in pieces of a few bytes, and on the reference: all must agree.
fn agreed(name: &str, bytes: &[u8], tokens: &[u32]) -> End {
    let whole = (0..3)
        .find_map(|_| {
            let start = Instant::now();
            let whole = end(CpuBackend::new(), bytes, tokens, usize::MAX);
            (start.elapsed() < Duration::from_secs(1)).then_some(whole)
        })
        .unwrap_or_else(|| panic!("{name} took more than a second, three times over"));
    assert_eq!(end(CpuBackend::new(), bytes, tokens, 7), whole, "{name}: in pieces of 7 bytes");
    // Of weights that are noise one backend may make numbers, and the other none.
    match (end(Reference, bytes, tokens, 4096), &whole) {
        (End::Failed(code, _), End::Ran) => assert_eq!(code, "bad_model", "{name}: on the reference"),
        (End::Ran, End::Failed(..)) => {}
        (reference, whole) => assert_eq!(&reference, whole, "{name}: on the reference"),
    }
    if let End::Refused(code, message) | End::Failed(code, message) = &whole {
        assert_ne!(*code, "internal", "{name}: {message}");
        assert!(message.len() < 500, "{name}: {message}");
    }
    whole
}

#[test]
fn every_case_of_the_fixtures_is_refused_with_a_reason_or_runs() {
    let Some(fixtures) = fixtures() else { return };
    let cases = fs::read(fixtures.join("malformed-gguf/cases.json")).unwrap();
    let base = fs::read(fixtures.join("models/stories260K/stories260K-Q4_0.gguf")).unwrap();
    let cases = patched(&cases, &base).unwrap();
    assert!(cases.len() > 40);
    for case in cases {
        let end = agreed(&case.name, &case.bytes, &[1, 403]);
        println!("{:28} {:16} {end:?}", case.name, case.llama_cpp);
        if case.must_be_refused() {
            assert!(matches!(end, End::Refused(..)), "{}: llama.cpp refuses it, and it loaded here", case.name);
        }
        if case.name == "control_unmodified" {
            assert_eq!(end, End::Ran);
        }
    }
}

#[test]
fn every_made_case_ends_as_it_should() {
    let cases = malformed::cases();
    println!("{} cases", cases.len());
    assert!(cases.len() > 500, "only {}", cases.len());
    let mut failures = Vec::new();
    for case in &cases {
        let end = agreed(&case.name, &case.bytes, &[1, 259, 260]);
        println!("{:60} {end:?}", case.name);
        let as_it_should = match (case.outcome, &end) {
            (Outcome::Refused(expected), End::Refused(code, _)) => expected == *code,
            (Outcome::Sound, End::Ran) | (Outcome::Loads, End::Ran | End::Failed(..)) => true,
            _ => false,
        };
        if !as_it_should {
            failures.push(format!("{case:?}: {end:?}"));
        }
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

#[test]
fn a_file_cut_anywhere_in_its_header_is_truncated() {
    let bytes = tiny::chat_model();
    let end = Gguf::parse(&bytes).unwrap().data_start as usize;
    for len in 0..end {
        let cut = &bytes[..len];
        assert!(matches!(Gguf::parse(cut), Err(GgufError::Truncated { .. })), "{len}");
        for piece in [1, 1 << 20] {
            let error = load(Reference, cut, 64, piece).err().unwrap();
            assert_eq!(error.code(), "truncated", "{len} in pieces of {piece}: {error}");
        }
    }
}

#[test]
fn single_bytes_are_as_good_as_the_whole() {
    for case in malformed::cases().iter().filter(|case| case.bytes.len() < 200_000) {
        let whole = load(Reference, &case.bytes, 16, usize::MAX).map(drop).map_err(|error| error.to_string());
        let bytes = load(Reference, &case.bytes, 16, 1).map(drop).map_err(|error| error.to_string());
        assert_eq!(whole, bytes, "{}", case.name);
    }
}
