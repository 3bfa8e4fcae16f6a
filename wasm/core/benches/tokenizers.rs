//! How fast vocabularies load and text becomes tokens, on real vocabularies and text from the fixtures.
//! `cargo bench -p wasm-chord-core --bench tokenizers`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A broken fixture may stop the bench where it is.

#[path = "../tests/common/mod.rs"]
mod common;

use std::hint::black_box;
use std::time::{Duration, Instant};

use wasm_chord_core::gguf::Gguf;
use wasm_chord_core::tokenizer::{EncodeOptions, Tokenizer};

/// How long `work` keeps the processor busy, where the system tells (Linux); how long it takes, elsewhere.
fn time<T>(work: &mut dyn FnMut() -> T) -> (Duration, T) {
    let busy = || {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
    };
    let (begun, busy_before) = (Instant::now(), busy());
    let result = black_box(work());
    let elapsed = match (busy_before, busy()) {
        (Some(before), Some(after)) => after - before,
        _ => begun.elapsed(),
    };
    (elapsed, result)
}

/// The shortest of three times.
fn best<T>(mut work: impl FnMut() -> T) -> (Duration, T) {
    (0..3).map(|_| time(&mut work)).min_by_key(|(elapsed, _)| *elapsed).expect("three times")
}

fn main() {
    let Some(fixtures) = common::fixtures() else { return };
    let text = String::from_utf8(common::read(fixtures.join("text/wikitext-2/wiki.test.raw"))).unwrap();
    println!(
        "{:<10} {:>8} {:>9} {:>9}   10 MB of: a, spaces, newlines, '<', 中",
        "vocabulary", "load ms", "MB/s", "MB/s back"
    );
    for name in ["llama-spm", "phi-3", "gpt-2", "smollm2", "qwen2", "llama-bpe", "bert-bge"] {
        let gguf = Gguf::parse(&common::read(fixtures.join("tokenizers").join(name).join("vocab.gguf"))).unwrap();
        let (load, tokenizer) = best(|| Tokenizer::from_gguf(&gguf.metadata).unwrap());
        let encode = |text: &str| tokenizer.encode(text, EncodeOptions::default());
        let (encoding, ids) = best(|| encode(&text));
        let (decoding, _) = best(|| tokenizer.decode(&ids));
        let speed = |time: Duration| text.len() as f64 / 1e6 / time.as_secs_f64();
        print!("{name:<10} {:>8.1} {:>9.1} {:>9.1}  ", load.as_secs_f64() * 1e3, speed(encoding), speed(decoding));
        for unit in ["a", " ", "\n", "<", "中"] {
            let text = unit.repeat(10_000_000 / unit.len());
            let (elapsed, _) = time(&mut || encode(&text));
            print!(" {:.2} s", elapsed.as_secs_f64());
        }
        println!();
    }
}
