//! stories260K, a real trained model, against its published text and what other engines made of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A broken set-up may stop the test where it is.

mod common;

use std::path::PathBuf;

use common::*;

fn folder(name: &str) -> Option<PathBuf> {
    fixtures().map(|fixtures| fixtures.join("models").join(name))
}

#[test]
fn it_tells_the_published_story() {
    let Some(folder) = folder("stories260K") else { return };
    let story = std::fs::read_to_string(folder.join("karpathy-expected-stdout.txt")).unwrap();
    let story = story.trim_end();
    for backend in BACKENDS {
        let args = ["--prompt", "", "--greedy", "--max-tokens", "200", "--backend", backend];
        let out = json("generate", &folder.join("stories260K-f32.gguf"), &args);
        assert_eq!(out["prompt_tokens"], 1, "BOS alone");
        let text = out["text"].as_str().unwrap();
        let text = text.strip_prefix(' ').unwrap_or(text);
        assert!(text.starts_with(story), "{backend}:\n{text}\n-- expected --\n{story}");
    }
}

#[test]
fn logits_match_float64() {
    let Some(folder) = folder("stories260K") else { return };
    let (shape, expected) = read_npy(&folder.join("ref-logits-64x512-f64.npy"));
    assert_eq!(shape, [64, 512]);
    let tokens = ids(&read_json(&folder.join("ref-greedy.json"))["greedy_tokens"]);
    for backend in BACKENDS {
        let args = ["--tokens", &list(&tokens[..64]), "--positions", "all", "--backend", backend];
        let ours = rows(&json("logits", &folder.join("stories260K-f32.gguf"), &args)["logits"]);
        let error = nmse(ours.iter().map(Vec::as_slice).zip(expected.chunks_exact(512)));
        assert!(error < 1e-6, "{backend}: NMSE {error:e}");
    }
}

/// What llama.cpp's `perplexity` says of these files and this text, to within one percent.
#[test]
fn perplexity_is_what_llama_cpp_measures() {
    let (Some(folder), Some(fixtures)) = (folder("stories260K"), fixtures()) else { return };
    let text = fixtures.join("text/tinystories-sample/TinyStories-valid.txt");
    for (file, expected) in [("f32", 6.2132), ("Q8_0", 6.2171), ("Q4_0", 6.8098)] {
        let model = folder.join(format!("stories260K-{file}.gguf"));
        let out = json("perplexity", &model, &["--file", text.to_str().unwrap(), "--ctx", "256"]);
        let perplexity = out["perplexity"].as_f64().unwrap();
        println!("{file}: {perplexity:.4}, llama.cpp {expected}");
        assert!((perplexity / expected - 1.0).abs() < 0.01, "{file}: {perplexity}, not {expected}");
        assert_eq!(out["context"], 256);
        assert_eq!(out["scored"], out["chunks"].as_u64().unwrap() * 127);
        assert!(out["standard_error"].as_f64().unwrap() > 0.0);
    }
}

/// F32 gives the reference's tokens exactly. The others are fed the reference's tokens, and may differ only where the two
/// likeliest are close: the goldens of the same models measure quantised logits to be off by a few percent of their spread.
#[test]
fn greedy_choices_match_the_reference() {
    for (name, files) in
        [("stories260K", &["f32", "f16", "BF16", "Q8_0", "Q4_0"][..]), ("llama2xs", &["f32", "Q8_0", "Q4_0"])]
    {
        let Some(folder) = folder(name) else { return };
        let reference = read_json(&folder.join("ref-greedy.json"));
        let (tokens, prompt) = (ids(&reference["greedy_tokens"]), ids(&reference["prompt_tokens"]));
        let mut f32_rows = None;
        for file in files {
            for backend in BACKENDS {
                let model = folder.join(format!("{name}-{file}.gguf"));
                let args = ["--tokens", &list(&tokens), "--positions", "all", "--ctx", "256", "--backend", backend];
                let ours = rows(&json("logits", &model, &args)["logits"]);
                let exact = f32_rows.get_or_insert_with(|| ours.clone());
                // The spread of the error, in logits: a flip needs two of them the wrong way round.
                let tolerance = 4.0 * rms_difference(&ours, exact);
                for (position, &expected) in tokens.iter().enumerate().skip(prompt.len()) {
                    let (row, exact) = (&ours[position - 1], &exact[position - 1]);
                    let margin = exact[expected as usize] - second(exact);
                    let chosen = argmax(row);
                    assert!(
                        chosen == expected || (*file != "f32" && margin < tolerance),
                        "{name}-{file} on {backend}: token {position} is {chosen}, not {expected} (by {margin})"
                    );
                }
                assert!(nmse(ours.iter().zip(exact.iter()).map(|(a, b)| (&a[..], &b[..]))) < bound(file), "{file}");
            }
        }
    }
}

/// How far a type's rounding of weights (and activations) may move the logits of these models, as NMSE against F32. Ten
/// times what was measured; a wrong scale or nibble order gives 1 or more.
fn bound(file: &str) -> f64 {
    match file {
        "f32" => 1e-8,
        "f16" => 1e-6,
        "BF16" => 1e-4,
        "Q8_0" => 2e-3,
        _ => 0.15,
    }
}

fn second(row: &[f64]) -> f64 {
    let best = argmax(row) as usize;
    row.iter().enumerate().filter(|(id, _)| *id != best).map(|(_, &v)| v).fold(f64::NEG_INFINITY, f64::max)
}

fn rms_difference(a: &[Vec<f64>], b: &[Vec<f64>]) -> f64 {
    let squares: Vec<f64> = a.iter().flatten().zip(b.iter().flatten()).map(|(x, y)| (x - y).powi(2)).collect();
    (squares.iter().sum::<f64>() / squares.len() as f64).sqrt()
}

/// A little-endian float64 array in NumPy's format, version 1.
fn read_npy(path: &std::path::Path) -> (Vec<usize>, Vec<f64>) {
    let bytes = std::fs::read(path).unwrap();
    assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00");
    let header_len = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let (header, data) = bytes[10..].split_at(header_len);
    let header = std::str::from_utf8(header).unwrap();
    assert!(header.contains("'descr': '<f8'") && header.contains("'fortran_order': False"), "{header}");
    let shape = header.split_once("'shape': (").unwrap().1.split_once(')').unwrap().0;
    let shape = shape.split(',').map(str::trim).filter(|n| !n.is_empty()).map(|n| n.parse().unwrap()).collect();
    (shape, data.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect())
}
