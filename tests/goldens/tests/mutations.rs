//! Every F32 model of the fixtures with one thing changed in its header at a time: a key's value or type, a key or tensor
//! gone or renamed, a tensor's extents. Each ends in a typed error or in a sound run, whatever the architecture.

#![allow(clippy::unwrap_used)] // A broken fixture may stop the test where it is.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use wasm_chord_core::Reference;
use wasm_chord_core::gguf::{Array, Gguf, Metadata, Shards, Value};
use wasm_chord_goldens::fixtures;
use wasm_chord_runtime::{
    Error, GenerateOptions, LoadOptions, ModelKind, ModelLoader, Prompt, SamplingParams, Session, Step, check,
    known_architectures,
};

/// A model in memory: its file's bytes and its header.
struct Model {
    bytes: Vec<u8>,
    gguf: Gguf,
    embeds: bool,
}

impl Model {
    /// Loads the model with the header `gguf` in the place of its own, and lets it answer or embed.
    fn run(&self, gguf: Gguf) -> Result<(), Error> {
        let mut loader =
            ModelLoader::of_shards(Reference, LoadOptions { context: Some(24) }, Shards::single(gguf).unwrap())?;
        loader.push(&self.bytes)?;
        if self.embeds {
            return loader.finish_embedder()?.embed("ab c", true).map(drop);
        }
        answer(&mut loader.finish()?)
    }
}

fn answer(session: &mut Session<Reference>) -> Result<(), Error> {
    let options = GenerateOptions { max_tokens: 2, sampling: SamplingParams::greedy(), ..GenerateOptions::default() };
    let mut generation = session.start(&Prompt::Text("ab c".to_owned()), &options)?;
    while !matches!(session.step(&mut generation)?, Step::Done { .. }) {}
    Ok(())
}

/// Values to put in the place of `value`.
fn replacements(value: &Value) -> Vec<Value> {
    let mut new: Vec<Value> = vec![true.into(), "".into(), Vec::<u32>::new().into(), f32::NAN.into(), 0u32.into()];
    match value {
        Value::Array(array) => new.extend(arrays(array)),
        Value::String(text) => new.extend([format!("{text}x").into(), "none".into(), "\0".into()]),
        Value::Bool(flag) => new.push((!flag).into()),
        Value::F32(v) => {
            let odd = [0.0, -1.0, f32::INFINITY, f32::MIN_POSITIVE, f32::MAX, -*v, v * 1e-3, v * 1e3];
            new.extend(odd.map(Value::from));
            new.extend([f64::MAX.into(), f64::NAN.into(), 1u32.into()]);
        }
        other => {
            let v = other.as_int().unwrap_or(0);
            let near = [v - 1, v + 1, v * 2, v / 2, 1, 2, 3, 7, 255, 65_536, (1 << 31) - 1, 1 << 31, (1 << 32) - 1];
            new.extend(near.iter().filter_map(|&v| u32::try_from(v).ok()).map(Value::from));
            new.extend([u64::MAX.into(), (-1i32).into(), i64::MIN.into(), 1.5f32.into()]);
            new.extend([
                vec![v as u32; 1].into(),
                vec![v as u32; 64].into(),
                vec![0u32; 4].into(),
                vec![u32::MAX; 4].into(),
            ]);
        }
    }
    new
}

fn arrays(array: &Array) -> Vec<Value> {
    fn of<T: Clone>(v: &[T], fill: &[T]) -> Vec<Vec<T>> {
        let mut all = vec![v.iter().skip(1).cloned().collect(), v.iter().chain(v.first()).cloned().collect()];
        all.push(v.iter().rev().cloned().collect());
        all.extend(fill.iter().map(|value| vec![value.clone(); v.len()]));
        all
    }
    fn values<T>(arrays: Vec<Vec<T>>) -> Vec<Value>
    where
        Vec<T>: Into<Value>,
    {
        arrays.into_iter().map(Into::into).collect()
    }
    match array {
        Array::String(v) => values(of(v, &[String::new(), "a".to_owned(), "a b".to_owned()])),
        Array::F32(v) => values(of(v, &[f32::NAN, f32::INFINITY, 0.0])),
        Array::I32(v) => values(of(v, &[0, 1, 2, 3, 6, -1, i32::MAX])),
        Array::U32(v) => values(of(v, &[0, 1, 3, u32::MAX])),
        Array::Bool(v) => values(of(v, &[true, false])),
        _ => Vec::new(),
    }
}

/// The header with `key` set to `value`, or without it.
fn with(gguf: &Gguf, key: &str, value: Option<&Value>) -> Gguf {
    let mut metadata = Metadata::default();
    for (k, v) in gguf.metadata.iter() {
        match value {
            _ if k != key => metadata.insert(k.to_owned(), v.clone()).unwrap(),
            Some(value) => metadata.insert(k.to_owned(), value.clone()).unwrap(),
            None => {}
        }
    }
    Gguf { metadata, ..gguf.clone() }
}

/// Every mutation of a header, each with what it is.
fn mutations(gguf: &Gguf) -> Vec<(String, Gguf)> {
    let mut all = Vec::new();
    for (key, value) in gguf.metadata.iter() {
        all.push((format!("without {key}"), with(gguf, key, None)));
        for (i, new) in replacements(value).iter().enumerate() {
            all.push((format!("{key} as replacement {i}, {}", new.type_name()), with(gguf, key, Some(new))));
        }
    }
    for (i, tensor) in gguf.tensors.iter().enumerate() {
        let mut change = |what: &str, change: &dyn Fn(&mut Gguf)| {
            let mut gguf = gguf.clone();
            change(&mut gguf);
            all.push((format!("{}: {what}", tensor.name), gguf));
        };
        change("gone", &|gguf| drop(gguf.tensors.remove(i)));
        change("renamed", &|gguf| gguf.tensors[i].name += "x");
        // Shapes of as many weights: what the parser checks of a tensor stays true.
        change("turned", &|gguf| gguf.tensors[i].dims.reverse());
        change("in one row", &|gguf| gguf.tensors[i].dims = vec![tensor.dims.iter().product()]);
        change("in one column", &|gguf| gguf.tensors[i].dims = vec![1, tensor.dims.iter().product()]);
        change("with extents of 1", &|gguf| gguf.tensors[i].dims.resize(4, 1));
        change("halved", &|gguf| {
            let dims = &mut gguf.tensors[i].dims;
            if dims[0].is_multiple_of(2) {
                dims[0] /= 2;
                dims.push(2);
            }
        });
    }
    all
}

/// Mutates one model in every way: how many ran and how many were refused, or `None` where it does not run as it is.
fn mutate(path: &Path, failures: &mut Vec<String>) -> Option<(usize, usize)> {
    let bytes = fs::read(path).unwrap();
    let name = path.file_stem().unwrap().to_string_lossy();
    let gguf = Gguf::parse(&bytes).ok()?;
    let embeds = check(&gguf).is_ok_and(|info| info.kind == ModelKind::Embedder);
    let model = Model { bytes, gguf, embeds };
    if let Err(error) = model.run(model.gguf.clone()) {
        println!("{name:24} skipped: {error}");
        return None;
    }
    let (mut ran, mut refused) = (0, 0);
    for (what, gguf) in mutations(&model.gguf) {
        let start = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| model.run(gguf)));
        if start.elapsed() > Duration::from_secs(5) {
            failures.push(format!("{name}: {what}: took {:?}", start.elapsed()));
        }
        match outcome {
            Ok(Ok(())) => ran += 1,
            Ok(Err(error)) if error.code() == "internal" => failures.push(format!("{name}: {what}: {error}")),
            Ok(Err(_)) => refused += 1,
            Err(_) => failures.push(format!("{name}: {what}: panicked")),
        }
    }
    println!("{name:24} {ran} ran, {refused} refused");
    Some((ran, refused))
}

#[test]
fn no_mutation_of_a_header_panics() {
    let Some(fixtures) = fixtures() else { return };
    let mut paths: Vec<_> = fs::read_dir(fixtures.join("arch")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.to_string_lossy().ends_with("-f32.gguf"));
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let models = AtomicUsize::new(0);
    let work = || {
        let mut found = Vec::new();
        while let Some(path) = paths.get(next.fetch_add(1, Relaxed)) {
            let Some((ran, refused)) = mutate(path, &mut found) else { continue };
            assert!(ran > 0 && refused > 0);
            models.fetch_add(1, Relaxed);
        }
        failures.lock().unwrap().extend(found);
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
    assert!(models.into_inner() >= known_architectures().len(), "each architecture has a model here");
}
