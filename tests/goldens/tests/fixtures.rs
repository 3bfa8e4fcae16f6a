//! Every model of the fixtures, on the scalar reference and on the CPU kernels: it meets its golden, or it is refused by
//! a name that says why.

#![allow(clippy::unwrap_used)] // A broken fixture may stop the test where it is.

use std::fs;
use std::path::{Path, PathBuf};

use wasm_chord_core::gguf::GgmlType;
use wasm_chord_core::{Backend, Reference};
use wasm_chord_cpu::CpuBackend;
use wasm_chord_goldens::{Activations, Failure, Golden, check, fixtures};
use wasm_chord_runtime::known_architectures;

/// Goldens of `folder`, each with its model's bytes.
fn goldens(fixtures: &Path, folder: &str) -> Vec<(String, Golden, Vec<u8>)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(fixtures.join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".golden.json"))
        .collect();
    paths.sort();
    let read = |path: PathBuf| {
        let golden: Golden = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let model = match &golden.source_path {
            Some(source) => fixtures.join(source),
            None => path.with_file_name(&golden.file),
        };
        let name = path.file_name().unwrap().to_string_lossy().replace(".golden.json", "");
        (name, golden, fs::read(model).unwrap())
    };
    paths.into_iter().map(read).collect()
}

fn run<B: Backend + 'static>(folder: &str, new_backend: impl Fn() -> B, activations: Activations) {
    let Some(fixtures) = fixtures() else { return };
    let (mut met, mut refused, mut failed) = (0, 0, Vec::new());
    for (name, golden, gguf) in goldens(&fixtures, folder) {
        match check(&new_backend, activations, &gguf, &golden) {
            Ok(report) => {
                met += 1;
                println!("{name:28} nmse {:.1e}, {} near ties", report.worst_nmse, report.near_ties);
            }
            Err(Failure::Engine(error)) if error.code().starts_with("unsupported") => {
                refused += 1;
                println!("{name:28} refused: {error}");
                let no_tokenizer = error.code() == "unsupported_tokenizer";
                assert!(no_tokenizer || !must_run(&golden), "{name} must run: {error}");
            }
            Err(failure) => failed.push(format!("{name}: {failure}")),
        }
    }
    println!("{folder}: {met} met, {refused} refused");
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(met > 0);
}

/// What this build claims to run: a refusal of one of these is a failure.
fn must_run(golden: &Golden) -> bool {
    let runs = |name: &String| GgmlType::ALL.iter().any(|ty| ty.name() == name);
    known_architectures().contains(&golden.arch.as_str()) && golden.tensor_types.keys().all(runs)
}

#[test]
fn random_models_on_the_reference() {
    run("arch", || Reference, Activations::F32);
}

#[test]
fn random_models_on_the_cpu() {
    run("arch", CpuBackend::new, Activations::Int8);
}

#[test]
fn real_models_on_the_reference() {
    run("models", || Reference, Activations::F32);
}

#[test]
fn real_models_on_the_cpu() {
    run("models", CpuBackend::new, Activations::Int8);
}
