//! What goes wrong ends in one line and the right exit code, whatever it is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A broken set-up may stop the test where it is.

mod common;

use std::process::Stdio;

use common::*;

#[test]
fn bad_usage_is_exit_code_2() {
    let model = made("tiny", "f32");
    let model = model.to_str().unwrap();
    let cases: &[&[&str]] = &[
        &[],
        &["frobnicate"],
        &["inspect"],
        &["inspect", model, "--frobnicate"],
        &["tokenize", model],
        &["tokenize", model, "--text", "a", "--stdin"],
        &["logits", model],
        &["logits", model, "--tokens", ""],
        &["logits", model, "--tokens", "1,,2"],
        &["logits", model, "--tokens", "-1"],
        &["logits", model, "--tokens", "99999999999"],
        &["logits", model, "--tokens", "1", "--positions", "first"],
        &["logits", model, "--tokens", "1", "--ctx", "0"],
        &["logits", model, "--tokens", "1", "--ctx", "99999999999999999999"],
        &["logits", model, "--tokens", "1", "--batch", "0"],
        &["logits", model, "--tokens", "1", "--backend", "abacus"],
        &["logits", model, "--tokens", "1", "--kv-cache", "q4"],
        &["generate", model],
        &["generate", model, "--prompt", "a", "--temperature", "nan"],
        &["generate", model, "--prompt", "a", "--temperature", "-1"],
        &["generate", model, "--prompt", "a", "--temperature", "inf"],
        &["generate", model, "--prompt", "a", "--top-p", "NaN"],
        &["generate", model, "--prompt", "a", "--top-p", "0"],
        &["generate", model, "--prompt", "a", "--min-p", "2"],
        &["generate", model, "--prompt", "a", "--repetition-penalty", "0"],
        &["generate", model, "--prompt", "a", "--greedy", "--temperature", "1"],
        &["generate", model, "--prompt", "a", "--max-tokens", "0"],
        &["perplexity", model],
        &["perplexity", model, "--file", "a.txt", "--ctx", "3"],
        &["make-model", "out.gguf"],
        &["make-model", "--shape", "tiny", "--split", "1", "out.gguf"],
        &["make-model", "--shape", "demo", "--type", "q9_9", "out.gguf"],
    ];
    for case in cases {
        let output = chord(*case);
        assert!(!failure(&output, 2).is_empty(), "{case:?}");
    }
}

#[test]
fn what_the_model_cannot_do_is_exit_code_1() {
    let model = made("tiny", "f32");
    let model = model.to_str().unwrap();
    let text = temporary("txt");
    std::fs::write(&text, "too short").unwrap();
    let text = text.to_str().unwrap();
    let cases: &[(&[&str], &str)] = &[
        (&["perplexity", model, "--file", "/nowhere.txt"], "/nowhere.txt"),
        (&["perplexity", model, "--file", model], "UTF-8"),
        (&["logits", model, "--tokens", "1,356"], "356"),
        (&["logits", model, "--tokens", "4294967295"], "4294967295"),
        (&["logits", model, "--tokens", "1,2,3", "--positions", "0,3"], "position 3"),
        (&["logits", model, "--tokens", "1,2,3", "--ctx", "2"], "2"),
        (&["logits", model, "--tokens", "1,2", "--greedy", "4294967295"], "256"),
        (&["logits", model, "--tokens", "1", "--ctx", "4294967295"], "4294967295"),
        (&["logits", model, "--tokens", "1", "--kv-cache", "q8"], "the cpu backend cannot keep keys and values as q8"),
        (&["logits", model, "--tokens", "1", "--backend", "reference", "--kv-cache", "f16"], "as f16"),
        (&["generate", model, "--prompt", "much too long", "--ctx", "4"], "4"),
        (&["inspect", "/nowhere/model.gguf"], "/nowhere/model.gguf"),
        (&["generate", "/", "--prompt", "a"], "/"),
        (&["make-model", "--shape", "tiny", "/nowhere/model.gguf"], "/nowhere/model.gguf"),
    ];
    let output = chord(["perplexity", model, "--file", text, "--ctx", "64"]);
    assert!(failure(&output, 1).contains("less than one chunk of 64"), "{}", stderr(&output));
    for (case, names) in cases {
        let line = chord(*case);
        let line = failure(&line, 1);
        assert!(line.starts_with("chord: ") && line.contains(names), "{case:?}: {line}");
    }
}

#[test]
fn files_that_are_no_models_are_refused_by_every_command() {
    let whole = std::fs::read(made("tiny", "f32")).unwrap();
    let mut renamed = whole.clone();
    let at = renamed.windows(8).position(|bytes| bytes == b"\x05\0\0\0\0\0\0\0").unwrap() + 8;
    renamed[at..at + 5].copy_from_slice(b"\x1b[\nm\x07");
    let cases: &[(&str, &[u8])] = &[
        ("empty", b""),
        ("not GGUF", b"PK\x03\x04 not a model at all, though it is long enough to hold a header"),
        ("cut in the header", &whole[..whole.len().min(5000)]),
        ("cut in the tensors", &whole[..whole.len() - 1]),
        ("an architecture nobody has, in terminal codes", &renamed),
    ];
    for (what, bytes) in cases {
        let path = temporary("gguf");
        std::fs::write(&path, bytes).unwrap();
        let model = path.to_str().unwrap();
        let runs: [&[&str]; 2] = [&["logits", model, "--tokens", "1"], &["generate", model, "--prompt", "a"]];
        for run in runs {
            let output = chord(run);
            let line = failure(&output, 1);
            assert!(!line.trim_end().contains(char::is_control), "{what}: {line:?}");
        }
        for command in [&["inspect", model][..], &["tokenize", model, "--text", "a"]] {
            let code = chord(command).status.code();
            assert!(matches!(code, Some(0 | 1)), "{what}: {command:?} gave {code:?}");
        }
    }
}

#[test]
fn standard_input_must_be_text() {
    let model = made("tiny", "f32");
    let output = chord_with_input(["tokenize", model.to_str().unwrap(), "--stdin"], b"a\xff");
    assert!(failure(&output, 1).contains("standard input"));
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let model = made("tiny", "f32");
    let model = model.to_str().unwrap();
    let commands: [&[&str]; 3] = [
        &["inspect", model],
        &["logits", model, "--tokens", "1,2,3", "--positions", "all", "--json"],
        &["generate", model, "--prompt", "a"],
    ];
    for command_line in commands {
        let mut child = command().args(command_line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{command_line:?}: {:?} {}", output.status, stderr(&output));
        assert!(!stderr(&output).contains("panicked"));
    }
}
