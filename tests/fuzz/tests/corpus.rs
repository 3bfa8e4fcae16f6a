//! The committed corpus through every target, on whatever compiler builds the tests.

#![allow(clippy::unwrap_used, clippy::panic)] // A broken corpus may stop the test where it is.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use wasm_chord_fuzz::TARGETS;

fn corpus(target: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let named = |entry: fs::DirEntry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap());
    files.map(|entry| named(entry.unwrap())).collect()
}

#[test]
fn the_corpus_runs() {
    for target in TARGETS {
        for (name, bytes) in corpus(target.name) {
            println!("{} {name}", target.name);
            (target.run)(&bytes);
        }
    }
}

#[test]
fn the_corpus_holds_the_seeds() {
    for target in TARGETS {
        let corpus = corpus(target.name);
        for (name, bytes) in (target.seeds)() {
            assert!(corpus.get(name) == Some(&bytes), "{} {name}: run write-seeds", target.name);
        }
        assert!(corpus.values().map(Vec::len).sum::<usize>() < 200_000, "{}: keep it small", target.name);
    }
}

#[test]
fn seeds_get_far() {
    // A seed that is refused at once would show a fuzzer nothing.
    let sound = wasm_chord_fuzz::seeds::gguf()
        .into_iter()
        .filter(|(name, _)| ["micro", "chat", "yarn", "gemma4"].contains(name));
    for (name, bytes) in sound {
        let gguf = wasm_chord_core::gguf::Gguf::parse(&bytes[1..]).unwrap();
        wasm_chord_runtime::check(&gguf).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn random_changes_to_the_corpus_run() {
    // A short look of the fuzzer's own kind, the same in every run.
    let mut state = 1u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below.max(1)
    };
    for target in TARGETS {
        for bytes in corpus(target.name).values() {
            for _ in 0..30 {
                let mut bytes = bytes.clone();
                for _ in 0..1 + next(3) {
                    let at = next(bytes.len());
                    match (next(4), bytes.get_mut(at)) {
                        (0, Some(byte)) => *byte = next(256) as u8,
                        (1, Some(byte)) => *byte ^= 1 << next(8),
                        (2, Some(_)) => drop(bytes.remove(at)),
                        _ => bytes.insert(at, next(256) as u8),
                    }
                }
                (target.run)(&bytes);
            }
        }
    }
}
