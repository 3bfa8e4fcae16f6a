//! `chord embed` on small encoders whose vectors are known, and what it refuses.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A broken set-up may stop the test where it is.

mod common;

use common::*;

#[test]
fn vectors_are_those_of_the_golden() {
    let Some(fixtures) = fixtures() else { return };
    for name in ["bert-f32", "bert-cls-f32"] {
        let golden = read_json(&fixtures.join("arch").join(format!("{name}.golden.json")));
        let model = fixtures.join("arch").join(format!("{name}.gguf"));
        for run in golden["runs"].as_array().unwrap() {
            let tokens: Vec<String> = ids(&run["tokens"]).iter().map(u32::to_string).collect();
            let truth = floats(&run["f64_embedding"]);
            for backend in BACKENDS {
                let args = ["--tokens", &tokens.join(","), "--no-normalize", "--backend", backend];
                let got = floats(&json("embed", &model, &args)["embeddings"][0]);
                let error: f64 = got.iter().zip(&truth).map(|(a, b)| (a - b).powi(2)).sum();
                let power: f64 = truth.iter().map(|b| b.powi(2)).sum();
                assert_eq!(got.len(), truth.len());
                assert!(error / power <= 1e-8, "{name} on {backend}: {:e}", error / power);
            }
        }
    }
}

#[test]
fn texts_may_be_several_empty_or_too_long() {
    let Some(fixtures) = fixtures() else { return };
    let model = fixtures.join("arch/bert-f32.gguf");
    let long = "a ".repeat(3000);
    let out = json("embed", &model, &["--text", "", "--text", "a b", "--text", &long]);
    let embeddings = rows(&out["embeddings"]);
    assert_eq!(embeddings.len(), 3);
    for vector in &embeddings {
        let length: f64 = vector.iter().map(|x| x * x).sum();
        assert!((length - 1.0).abs() < 1e-5, "{length}");
    }
    let output = chord(["embed", model.to_str().unwrap(), "--text", &long]);
    assert!(output.status.success());
    let warning = stderr(&output);
    assert!(warning.contains("text 1 is longer than the model's window"), "{warning}");
}

#[test]
fn what_cannot_be_embedded_is_refused() {
    let refuses = |args: &[&str], code: i32, says: &str| {
        let output = chord(args);
        let line = failure(&output, code);
        assert!(line.contains(says), "{line}");
    };
    let writer = made("tiny", "f32");
    refuses(&["embed", writer.to_str().unwrap(), "--text", "a"], 1, "this model writes text");
    refuses(&["embed", writer.to_str().unwrap()], 2, "--text");
    let Some(fixtures) = fixtures() else { return };
    let model = fixtures.join("arch/bert-f32.gguf");
    let model = model.to_str().unwrap();
    refuses(&["embed", model, "--tokens", "100000"], 1, "not in the vocabulary");
    refuses(&["generate", model, "--prompt", "a"], 1, "cannot write");
}
