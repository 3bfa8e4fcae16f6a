//! Damaged files: every one ends in one line of error or in a sound run, never in a panic, an abort or a signal.

#![allow(clippy::unwrap_used)] // clippy.toml lets tests unwrap; what only a test calls is part of it.

mod common;

use common::*;

#[test]
fn damaged_files_end_in_an_error_or_a_sound_run() {
    let Some(fixtures) = fixtures() else { return };
    let suite = read_json(&fixtures.join("malformed-gguf/cases.json"));
    let base = std::fs::read(fixtures.join("models").join(suite["base"].as_str().unwrap())).unwrap();
    let path = temporary("gguf");
    let model = path.to_str().unwrap();
    for case in suite["cases"].as_array().unwrap() {
        let mut bytes = base.clone();
        for op in case["ops"].as_array().unwrap() {
            if let Some(len) = op["truncate"].as_u64() {
                bytes.truncate(usize::try_from(len).unwrap());
            } else {
                let at = usize::try_from(op["at"].as_u64().unwrap()).unwrap();
                let patch = unhex(op["hex"].as_str().unwrap());
                bytes[at..at + patch.len()].copy_from_slice(&patch);
            }
        }
        std::fs::write(&path, bytes).unwrap();
        let name = &case["name"];
        let commands: [&[&str]; 4] = [
            &["inspect", model],
            &["tokenize", model, "--text", "Once upon a time"],
            &["logits", model, "--tokens", "1,403", "--backend", "reference"],
            &["generate", model, "--prompt", "Once", "--max-tokens", "4"],
        ];
        for command in commands {
            let output = chord(command);
            match output.status.code() {
                Some(0) => assert!(!stdout(&output).is_empty(), "{name}: {command:?}"),
                _ => assert!(!failure(&output, 1).contains("panicked"), "{name}: {command:?}"),
            }
            if name == "control_unmodified" {
                assert!(output.status.success(), "{command:?}: {}", stderr(&output));
            }
        }
    }
}

fn unhex(hex: &str) -> Vec<u8> {
    hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
