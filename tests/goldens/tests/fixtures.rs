//! Every model of the fixtures, on the scalar reference, on the CPU kernels and on a software GPU: it meets its golden, or
//! it is refused by a name that says why.

#![allow(clippy::unwrap_used, clippy::panic)] // A broken fixture may stop the test where it is.

use std::fs;
use std::path::{Path, PathBuf};

use wasm_chord_core::{Backend, Reference};
use wasm_chord_cpu::CpuBackend;
use wasm_chord_goldens::{Activations, Golden, Precision, check, fixtures, load, must_run};
use wasm_chord_gpu::{CacheType, GpuBackend, GpuError, Options, Software, Tier};

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

fn run<B: Backend + 'static>(folder: &str, new_backend: impl Fn() -> B, precision: impl Into<Precision>) {
    run_some(folder, every, new_backend, precision.into());
}

fn every(_: &Golden) -> bool {
    true
}

fn unquantised(golden: &Golden) -> bool {
    golden.ty.eq_ignore_ascii_case("f32")
}

fn quantised(golden: &Golden) -> bool {
    !unquantised(golden)
}

/// Runs the models that are `wanted`.
fn run_some<B: Backend + 'static>(
    folder: &str,
    wanted: impl Fn(&Golden) -> bool,
    new_backend: impl Fn() -> B,
    precision: Precision,
) {
    let Some(fixtures) = fixtures() else { return };
    let (mut met, mut refused, mut failed) = (0, 0, Vec::new());
    for (name, golden, gguf) in goldens(&fixtures, folder).into_iter().filter(|(_, golden, _)| wanted(golden)) {
        match pollster::block_on(check(&new_backend, precision, &gguf, &golden)) {
            Ok(report) => {
                met += 1;
                println!("{name:28} nmse {:.1e}, {} near ties", report.worst_nmse, report.near_ties);
            }
            Err(failure) if failure.is_refusal() && !must_run(&golden) => {
                refused += 1;
                println!("{name:28} refused: {failure}");
            }
            Err(failure) => failed.push(format!("{name}: {failure}")),
        }
    }
    println!("{folder}: {met} met, {refused} refused");
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(met > 0);
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

/// What rounding in a cache may add to the error: keys and values are read once in each of 6 layers at most, off by as much as
/// the type allows, relative to the mean square of what is kept.
fn error_of(cache: CacheType) -> f64 {
    let each = match cache {
        CacheType::F32 => 0.0,
        // Half of the last of 11 bits.
        CacheType::F16 => 2f64.powi(-22),
        // Half a step of 127 to the greatest of 32, whose square is no more than 32 times the mean.
        CacheType::Q8 => 32.0 / (254.0 * 254.0),
    };
    2.0 * 6.0 * each
}

/// A software GPU in `tier`, where there is one.
fn gpu(tier: Tier) -> Option<GpuBackend> {
    match GpuBackend::new(&Options { software: Software::Only, tier: Some(tier) }) {
        Err(GpuError::NoAdapter) if std::env::var_os("CHORD_NEEDS_GPU").is_none() => {
            println!("skipped: no software GPU is found (on Debian: apt-get install mesa-vulkan-drivers)");
            None
        }
        Err(error) => panic!("{error}"),
        Ok(gpu) if gpu.capabilities().target.tier != tier => {
            println!("skipped: the GPU has no {}", tier.name());
            None
        }
        Ok(gpu) => Some(gpu),
    }
}

/// Runs the models that are `wanted` on a software GPU in `tier`, where there is one, with caches of each type of `caches`.
fn run_on_gpu(
    folder: &str,
    wanted: impl Fn(&Golden) -> bool,
    tier: Tier,
    caches: &[CacheType],
    activations: Activations,
) {
    // One device for all, whose pipelines take longer to make than the models to run.
    let Some(gpu) = gpu(tier) else { return };
    for &cache in caches {
        println!("caches of {cache:?}");
        let precision = Precision { activations, cache: error_of(cache) };
        run_some(folder, &wanted, || gpu.sibling().unwrap().with_cache(cache), precision);
    }
}

#[test]
fn mixtures_on_the_gpu_in_every_tier() {
    for tier in Tier::ALL {
        let activations = match tier {
            Tier { dp4a: true, .. } => Activations::Int8OfMany,
            Tier { f16: true, .. } => Activations::Int8,
            _ => Activations::F32,
        };
        let precision = Precision { activations, cache: error_of(CacheType::F32) };
        if let Some(gpu) = gpu(tier) {
            let new_backend = || gpu.sibling().unwrap().with_cache(CacheType::F32);
            run_some("arch", |golden| golden.arch.contains("moe"), new_backend, precision);
        }
    }
}

/// A router's choice is made where its experts are: nobody waits for it.
#[test]
fn tokens_of_a_mixture_are_one_submission_and_one_read() {
    let (Some(fixtures), Some(gpu)) = (fixtures(), gpu(Tier::BASE)) else { return };
    for name in ["olmoe-f32", "qwen3moe-q8_0", "lfm2moe-f32"] {
        let gguf = fs::read(fixtures.join("arch").join(name).with_extension("gguf")).unwrap();
        let mut session = load(gpu.sibling().unwrap(), &gguf, 64, 1 << 16).unwrap();
        let model = session.model_mut();
        let mut position = 0;
        for n in [20, 1, 3, 1] {
            let before = model.backend().stats();
            model.forward(&vec![5; n], position).unwrap();
            let asked = model.backend().stats() - before;
            assert_eq!((asked.submissions, asked.reads), (1, 1), "{name}, {n} tokens");
            position += n;
        }
    }
}

#[test]
fn random_models_on_the_gpu() {
    run_on_gpu("arch", every, Tier::SUBGROUPS, &[CacheType::F32], Activations::F32);
}

/// How weights are kept is nothing to a cache.
#[test]
fn random_models_on_the_gpu_with_smaller_caches() {
    run_on_gpu("arch", unquantised, Tier::BASE, &[CacheType::F16, CacheType::Q8], Activations::F32);
}

#[test]
fn real_models_on_the_gpu_with_caches_of_every_type() {
    run_on_gpu("models", every, Tier::BASE, &CacheType::ALL, Activations::F32);
}

/// Tiles of halves round less than bytes do. They and bytes are for quantised weights alone.
#[test]
fn real_models_on_the_gpu_in_f16() {
    run_on_gpu("models", quantised, Tier::SUBGROUPS_F16, &[CacheType::F32], Activations::Int8);
}

#[test]
fn random_models_on_the_gpu_in_bytes() {
    run_on_gpu("arch", quantised, Tier::DP4A, &[CacheType::F32], Activations::Int8OfMany);
}

#[test]
fn real_models_on_the_gpu_in_bytes() {
    run_on_gpu("models", quantised, Tier::DP4A, &[CacheType::F32], Activations::Int8OfMany);
}
