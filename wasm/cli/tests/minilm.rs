//! all-MiniLM-L6-v2, converted here: its vectors are those of the original weights, computed in f64.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A broken set-up may stop the test where it is.

mod common;

use common::*;
use wasm_chord_core::tokenizer::EncodeOptions;
use wasm_chord_cpu::CpuBackend;
use wasm_chord_goldens::load_embedder;

/// `[SEP]`, with which a text that is cut ends as well.
const SEP: u32 = 102;

/// The model's Hugging Face folder, which set-up fetches and whose place `npm test` tells.
fn folder() -> Option<String> {
    let folder = std::env::var("CHORD_MINILM").ok().filter(|folder| !folder.is_empty());
    if folder.is_none() {
        println!("skipped: CHORD_MINILM names no folder with all-MiniLM-L6-v2; `npm test` fetches it and sets that");
    }
    folder
}

fn cosine(a: &[f32], b: &[f64]) -> f64 {
    let a: Vec<f64> = a.iter().map(|value| f64::from(*value)).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    assert_eq!(a.len(), b.len());
    dot(&a, b) / (dot(&a, &a) * dot(b, b)).sqrt()
}

#[test]
fn vectors_are_those_of_the_original() {
    let (Some(folder), Some(fixtures)) = (folder(), fixtures()) else { return };
    let golden = read_json(&fixtures.join("minilm/minilm.golden.json"));
    for (ty, least) in [("f32", 0.99999), ("f16", 0.9999), ("q8_0", 0.998)] {
        let model = temporary("gguf");
        let output = chord(["convert", &folder, model.to_str().unwrap(), "--type", ty]);
        assert!(output.status.success(), "{}", stderr(&output));
        let gguf = std::fs::read(&model).unwrap();
        std::fs::remove_file(&model).unwrap(); // 90 MB
        let mut embedder = load_embedder(CpuBackend::new(), &gguf).unwrap();
        drop(gguf);
        let mut worst: f64 = 1.0;
        for case in golden["cases"].as_array().unwrap() {
            let (text, mut wanted) = (case["text"].as_str().unwrap(), ids(&case["ids"]));
            // Where llama.cpp's tokens differ from Hugging Face's, the tokens are given, else the text.
            let vector = if case["hf_ids_match"] == true {
                let mut got = embedder.tokenizer().encode(text, EncodeOptions::default());
                let embedding = embedder.embed(text, true).unwrap();
                assert_eq!(embedding.truncated, got.len() > embedder.context());
                for ids in [&mut got, &mut wanted] {
                    if ids.len() > embedder.context() {
                        ids.truncate(embedder.context() - 1);
                        ids.push(SEP);
                    }
                }
                assert_eq!(got, wanted, "{text}");
                embedding.vector
            } else {
                embedder.embed_tokens(&wanted, true).unwrap()
            };
            worst = worst.min(cosine(&vector, &floats(&case["embedding_f64_erf"])));
        }
        println!("{ty}: least cosine {worst:.7}, asked {least}");
        assert!(worst >= least, "{ty}: {worst}");
    }
}
