//! Damaged files, byte patches over a sound one: each is refused with a reason, or loads soundly and runs.

#![allow(clippy::unwrap_used)] // A broken fixture may stop the test where it is.

use std::fs;

use serde::Deserialize;
use wasm_chord_core::{Backend, Reference};
use wasm_chord_cpu::CpuBackend;
use wasm_chord_goldens::{fixtures, load};
use wasm_chord_runtime::Error;

#[derive(Deserialize)]
struct Cases {
    base: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    ops: Vec<Op>,
    llama_cpp: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Op {
    Truncate { truncate: usize },
    Patch { at: usize, hex: String },
}

fn apply(ops: &[Op], mut bytes: Vec<u8>) -> Vec<u8> {
    for op in ops {
        match op {
            Op::Truncate { truncate } => bytes.truncate(*truncate),
            Op::Patch { at, hex } => {
                let patch = (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap());
                bytes.splice(at..&(at + hex.len() / 2), patch);
            }
        }
    }
    bytes
}

/// Loads and runs; the error's code and message when it is refused.
fn outcome<B: Backend + 'static>(backend: B, bytes: &[u8], piece: usize) -> Result<(), (String, String)> {
    let run = || -> Result<(), Error> {
        let mut session = load(backend, bytes, 64, piece)?;
        session.model_mut().forward(&[1, 403], 0)?;
        Ok(())
    };
    run().map_err(|error| (error.code().to_owned(), error.to_string()))
}

#[test]
fn every_case_is_refused_with_a_reason_or_runs() {
    let Some(fixtures) = fixtures() else { return };
    let cases: Cases = serde_json::from_slice(&fs::read(fixtures.join("malformed-gguf/cases.json")).unwrap()).unwrap();
    let base = fs::read(fixtures.join("models").join(&cases.base)).unwrap();
    for case in &cases.cases {
        let bytes = apply(&case.ops, base.clone());
        let whole = outcome(CpuBackend::new(), &bytes, usize::MAX);
        println!(
            "{:28} {:16} {}",
            case.name,
            case.llama_cpp,
            whole.as_ref().err().map_or("runs", |(_, message)| message)
        );
        assert_eq!(outcome(CpuBackend::new(), &bytes, 7), whole, "{}: in pieces of 7 bytes", case.name);
        assert_eq!(outcome(Reference, &bytes, 4096), whole, "{}: on the reference", case.name);
        if case.llama_cpp.starts_with("rejected") || case.llama_cpp.starts_with("signal") {
            assert!(whole.is_err(), "{}: llama.cpp refuses it, and it ran here", case.name);
        }
        if let Err((code, message)) = whole {
            assert_ne!(code, "internal", "{}: {message}", case.name);
        }
    }
}
