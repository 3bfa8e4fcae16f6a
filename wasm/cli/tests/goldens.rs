//! The conformance suite beside the repository: logits of tiny llamas as llama.cpp computes them, by the rules of its
//! README. A type that this build cannot read must be refused by its name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A broken set-up may stop the test where it is.

mod common;

use std::path::{Path, PathBuf};

use common::*;
use serde_json::Value;
use wasm_chord_core::gguf::GgmlType;

/// llama's bound for an F32 file with an F32 cache, and for a quantised one whose activations stay F32.
const EXACT: f64 = 1e-8;

#[test]
fn arch() {
    let Some(fixtures) = fixtures() else { return };
    check_folder(&fixtures.join("arch"), |golden| fixtures.join("arch").join(golden["file"].as_str().unwrap()));
}

#[test]
fn models() {
    let Some(fixtures) = fixtures() else { return };
    // `models/NAME/FILE`, from the fixtures' root.
    check_folder(&fixtures.join("models"), |golden| fixtures.join(golden["source_path"].as_str().unwrap()));
}

fn check_folder(folder: &Path, model_of: impl Fn(&Value) -> PathBuf) {
    let mut checked = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.to_str().unwrap().ends_with(".golden.json") {
            continue;
        }
        let golden = read_json(&path);
        if golden["arch"] != "llama" {
            continue;
        }
        checked += 1;
        let model = model_of(&golden);
        let types = golden["tensor_types"].as_object().unwrap();
        let unknown: Vec<&str> = types.keys().map(String::as_str).filter(|ty| !known(ty)).collect();
        if !unknown.is_empty() {
            check_refusal(&model, &unknown);
            continue;
        }
        check_tokenizer(&model, &golden);
        for run in golden["runs"].as_array().unwrap() {
            BACKENDS.iter().for_each(|backend| check_run(&model, run, backend));
        }
    }
    assert!(checked > 0, "no llama in {}", folder.display());
}

fn known(name: &str) -> bool {
    GgmlType::ALL.iter().any(|ty| ty.name() == name)
}

/// Asserts that `model` cannot be run and that the reason given has one of `names`.
fn check_refusal(model: &Path, names: &[&str]) {
    let output = chord(["logits", model.to_str().unwrap(), "--tokens", "1"]);
    let line = failure(&output, 1);
    assert!(names.iter().any(|name| line.contains(name)), "{names:?}: {line}");
}

fn check_run(model: &Path, run: &Value, backend: &str) {
    let context = run["n_ctx"].to_string();
    let (tokens, greedy) = (ids(&run["tokens"]), ids(&run["greedy"]));
    let max_nmse = run["max_nmse"].as_f64();
    let quantised = max_nmse.is_some();
    let what = format!("{} on {backend}", model.display());

    // The quantised goldens have what llama.cpp gives for the same weights in F32, which the reference computes too.
    let bound = if backend == "reference" { EXACT } else { max_nmse.unwrap_or(EXACT) };
    let of = |field: &str| rows(&run[if quantised { format!("truth_{field}") } else { field.to_owned() }]);
    let at = |step: u64| tokens.len() + usize::try_from(step).unwrap();
    let steps = run["decode_steps"].as_array().unwrap().iter().map(|step| at(step.as_u64().unwrap()));
    let positions = ids(&run["positions"]).into_iter().map(|position| position as usize);
    let expected: Vec<(usize, Vec<f64>)> = positions.zip(of("logits")).chain(steps.zip(of("decode_logits"))).collect();

    // All of it in one go, in odd pieces, and token by token through the KV cache, fed with the golden's own choices.
    let all = list(&[&tokens[..], &greedy[..]].concat());
    for batch in if quantised { &["64", "1"][..] } else { &["64", "7", "1"] } {
        let args = ["--tokens", &all, "--positions", "all", "--batch", batch, "--ctx", &context, "--backend", backend];
        let ours = rows(&json("logits", model, &args)["logits"]);
        let error = nmse(expected.iter().map(|(position, row)| (&ours[*position][..], &row[..])));
        assert!(error <= bound, "{what}, batch {batch}: NMSE {error:e}, allowed {bound:e}");
        check_greedy(&ours[tokens.len() - 1..], run, &format!("{what}, batch {batch}"));
    }

    if !quantised {
        let count = greedy.len().to_string();
        let args = ["--tokens", &list(&tokens), "--greedy", &count, "--ctx", &context, "--backend", backend];
        let ours = json("logits", model, &args);
        assert_eq!(ids(&ours["greedy"]), greedy, "{what}");
        let decoded = rows(&ours["decode_logits"]);
        let expected = expected.iter().filter(|(position, _)| *position >= tokens.len());
        let error = nmse(expected.map(|(position, row)| (&decoded[position - tokens.len()][..], &row[..])));
        assert!(error <= bound, "{what}, decoding: NMSE {error:e}");
    }
}

/// Each step's likeliest token is the golden's, unless its two likeliest are too close to tell apart.
fn check_greedy(ours: &[Vec<f64>], run: &Value, what: &str) {
    let tolerance = match run["max_nmse"].as_f64() {
        None => 1e-3,
        Some(max_nmse) => 4.0 * max_nmse.sqrt() * run["logit_std"].as_f64().unwrap(),
    };
    for (step, (golden, margin)) in ids(&run["greedy"]).into_iter().zip(floats(&run["greedy_margin"])).enumerate() {
        let token = argmax(&ours[step]);
        assert!(token == golden || margin < tolerance, "{what}: step {step} is {token}, not {golden} (by {margin})");
    }
}

/// The golden's own texts, where it has any.
fn check_tokenizer(model: &Path, golden: &Value) {
    for case in golden["tokenizer_cases"].as_array().into_iter().flatten() {
        if case.get("error").is_none() {
            assert_eq!(encode(model, case, &[]), ids(&case["ids"]), "{}: {case}", model.display());
            assert_eq!(encode(model, case, &["--no-bos"]), ids(&case["ids_nospecial"]), "{}: {case}", model.display());
        }
    }
}

#[test]
fn a_file_that_holds_only_a_vocabulary() {
    let Some(fixtures) = fixtures() else { return };
    let folder = fixtures.join("tokenizers/llama-spm");
    for case in read_json(&folder.join("cases.json")).as_array().unwrap() {
        assert_eq!(encode(&folder.join("vocab.gguf"), case, &["--no-bos"]), ids(&case["ids"]), "{case}");
    }
}

fn encode(model: &Path, case: &Value, args: &[&str]) -> Vec<u32> {
    let args = [&["tokenize", model.to_str().unwrap(), "--stdin", "--json"], args].concat();
    ids(&json_of(&chord_with_input(args, case["text"].as_str().unwrap().as_bytes()))["ids"])
}

#[test]
fn other_architectures_are_refused_by_name() {
    let Some(fixtures) = fixtures() else { return };
    // Never to be had here: a made-up name in an otherwise sound file.
    let mut bytes = std::fs::read(fixtures.join("arch/llama-f32.gguf")).unwrap();
    let at = bytes.windows(5).position(|window| window == b"llama").unwrap();
    bytes[at..at + 5].copy_from_slice(b"abaci");
    let path = temporary("gguf");
    std::fs::write(&path, bytes).unwrap();
    let output = chord(["logits", path.to_str().unwrap(), "--tokens", "1"]);
    assert!(failure(&output, 1).contains("abaci"));
}
