//! Models in several files: any of them names the model, and one that is missing is named.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A broken set-up may stop the test where it is.

mod common;

use std::path::PathBuf;

use common::*;

/// The tiny model in three parts, in a folder of its own, and in one file.
fn made_in_three(folder: &str) -> (Vec<PathBuf>, PathBuf) {
    let folder = temporary(folder);
    std::fs::create_dir_all(&folder).unwrap();
    let out = folder.join("tiny.gguf");
    let output = chord(["make-model", "--shape", "tiny", "--split", "3", out.to_str().unwrap()]);
    assert!(output.status.success(), "{}", stderr(&output));
    let parts = (1..=3).map(|no| folder.join(format!("tiny-0000{no}-of-00003.gguf"))).collect();
    (parts, made("tiny", "f32"))
}

#[test]
fn any_part_names_the_model() {
    let (parts, whole) = made_in_three("any");
    let args = ["--tokens", "1,40,41", "--positions", "all"];
    let expected = json("logits", &whole, &args);
    for part in &parts {
        assert_eq!(json("logits", part, &args), expected);
        assert_eq!(json("tokenize", part, &["--text", "hi"]), json("tokenize", &whole, &["--text", "hi"]));
    }
}

#[test]
fn inspect_shows_the_whole_model() {
    let (parts, whole) = made_in_three("inspect");
    let (ours, whole) = (json("inspect", &parts[1], &[]), json("inspect", &whole, &[]));
    for key in ["architecture", "name", "parameters", "context_length", "types", "missing_bytes"] {
        assert_eq!(ours[key], whole[key], "{key}");
    }
    let files = ours["files"].as_array().unwrap();
    assert_eq!(files.len(), 3);
    assert_eq!(whole["files"].as_array().unwrap().len(), 1);
    let sizes: u64 = parts.iter().map(|part| std::fs::metadata(part).unwrap().len()).sum();
    assert_eq!(ours["file_bytes"], sizes);
    let (ours_tensors, tensors) = (ours["tensors"].as_array().unwrap(), whole["tensors"].as_array().unwrap());
    assert_eq!(ours_tensors.len(), tensors.len());
    for (ours, theirs) in ours_tensors.iter().zip(tensors) {
        assert_eq!(
            (&ours["name"], &ours["dims"], &ours["bytes"]),
            (&theirs["name"], &theirs["dims"], &theirs["bytes"])
        );
    }
    // The last file's first tensor begins its data section.
    let first = ours_tensors.iter().find(|tensor| tensor["file"] == 2).unwrap();
    assert_eq!(first["offset"], 0);

    let output = chord(["inspect", parts[0].to_str().unwrap()]);
    assert!(stdout(&output).contains("tiny-00002-of-00003.gguf: "), "{}", stdout(&output));

    let bytes = std::fs::read(&parts[2]).unwrap();
    std::fs::write(&parts[2], &bytes[..bytes.len() - 100]).unwrap();
    let output = chord(["inspect", parts[0].to_str().unwrap(), "--json"]);
    assert_eq!(json_of(&output)["missing_bytes"], 100);
    assert!(stderr(&output).contains("tiny-00003-of-00003.gguf is cut short: 100 bytes"), "{}", stderr(&output));
    let line = chord(["logits", parts[0].to_str().unwrap(), "--tokens", "1"]);
    assert!(
        failure(&line, 1).contains("part 3 of 3 of this model ('tiny-00003-of-00003.gguf') is cut short: 100 bytes")
    );
}

#[test]
fn a_part_that_is_not_there_is_named() {
    let (parts, _) = made_in_three("missing");
    std::fs::remove_file(&parts[1]).unwrap();
    for command in [&["inspect"][..], &["tokenize", "--text", "a"], &["generate", "--prompt", "a"]] {
        let (name, args) = command.split_first().unwrap();
        let output = chord([&[*name, parts[2].to_str().unwrap()], args].concat());
        let line = failure(&output, 1);
        assert!(line.contains("tiny-00002-of-00003.gguf is missing: 'tiny-00003-of-00003.gguf' is of"), "{line}");
    }
    let renamed = parts[0].with_file_name("first.gguf");
    std::fs::rename(&parts[0], &renamed).unwrap();
    let output = chord(["inspect", renamed.to_str().unwrap()]);
    assert!(failure(&output, 1).contains("its name does not end in -00001-of-00003.gguf"), "{}", stderr(&output));
}

#[test]
fn a_part_of_another_model_is_refused() {
    let (parts, whole) = made_in_three("other");
    std::fs::copy(&whole, &parts[1]).unwrap();
    let output = chord(["inspect", parts[0].to_str().unwrap()]);
    assert!(failure(&output, 1).contains("'tiny-00002-of-00003.gguf' is a whole model"), "{}", stderr(&output));
    std::fs::copy(&parts[2], &parts[1]).unwrap();
    let output = chord(["inspect", parts[0].to_str().unwrap()]);
    assert!(failure(&output, 1).contains("are both part 3 of 3"), "{}", stderr(&output));
}
