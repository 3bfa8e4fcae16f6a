//! `docs/MODELS.md` says what runs and how it is tested. Its tables follow from the code's own lists and the fixtures:
//! `CHORD_UPDATE=1 cargo test -p wasm-chord-goldens --test models_table` writes them again.

#![allow(clippy::unwrap_used, clippy::panic)] // A broken fixture may stop the test where it is.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use wasm_chord_core::gguf::{GgmlType, Gguf, Metadata};
use wasm_chord_core::tokenizer::Tokenizer;
use wasm_chord_goldens::{Golden, fixtures};
use wasm_chord_runtime::{check, known_architectures};

const BEGIN: &str = "<!-- written by tests/goldens/tests/models_table.rs -->\n";

fn document() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/MODELS.md")
}

/// What the tests cover: for each architecture, the types and tokenizers of the models that have a golden and run here.
#[derive(Default)]
struct Coverage {
    types: BTreeMap<String, BTreeSet<&'static str>>,
    tokenizers: BTreeMap<String, BTreeSet<String>>,
}

fn coverage(fixtures: &Path) -> Coverage {
    let mut coverage = Coverage::default();
    for entry in fs::read_dir(fixtures.join("arch")).unwrap() {
        let path = entry.unwrap().path();
        if !path.to_string_lossy().ends_with(".golden.json") {
            continue;
        }
        let golden: Golden = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let Ok(gguf) = Gguf::parse(&fs::read(path.with_file_name(&golden.file)).unwrap()) else { continue };
        if check(&gguf).is_err() {
            continue;
        }
        let types = gguf.tensors.iter().map(|tensor| tensor.ty.name());
        coverage.types.entry(golden.arch.clone()).or_default().extend(types);
        coverage.tokenizers.entry(golden.arch).or_default().insert(tokenizer_name(&gguf.metadata));
    }
    coverage
}

/// The kind of tokenizer, and how it cuts text where there are several ways.
fn tokenizer_name(metadata: &Metadata) -> String {
    let text = |key: &str| metadata.opt_str(&format!("tokenizer.ggml.{key}")).ok().flatten().map(str::to_owned);
    let model = text("model").unwrap_or_default();
    match text("pre").filter(|pre| model == "gpt2" && !pre.is_empty()) {
        Some(pre) => format!("`{model}` (`{pre}`)"),
        None => format!("`{model}`"),
    }
}

fn tables(fixtures: &Path) -> String {
    let Coverage { types, tokenizers } = coverage(fixtures);
    let mut known = known_architectures();
    known.sort_unstable();
    let mut out = String::from("| architecture | types with a golden | tokenizers |\n|---|---|---|\n");
    let listed = |names: Option<&BTreeSet<String>>| names.into_iter().flatten().cloned().collect::<Vec<_>>().join(", ");
    for arch in &known {
        // In the order of the list of types, not of the alphabet.
        let of_arch = types.get(*arch);
        let types: Vec<_> = GgmlType::ALL
            .map(GgmlType::name)
            .into_iter()
            .filter(|name| of_arch.is_some_and(|types| types.contains(name)))
            .collect();
        let types = if types.is_empty() { "none".to_owned() } else { types.join(", ") };
        writeln!(out, "| `{arch}` | {types} | {} |", listed(tokenizers.get(*arch))).unwrap();
    }
    out += "\n| type | architectures with a golden |\n|---|---|\n";
    for name in GgmlType::ALL.map(GgmlType::name) {
        let of_type: Vec<_> =
            known.iter().filter(|arch| types.get(**arch).is_some_and(|types| types.contains(name))).collect();
        let with = of_type.iter().map(|arch| format!("`{arch}`")).collect::<Vec<_>>().join(", ");
        writeln!(out, "| {name} | {} |", if with.is_empty() { "none" } else { &with }).unwrap();
    }
    out += "\n| tokenizer | vocabulary whose texts are compared |\n|---|---|\n";
    let mut rows: Vec<_> = fs::read_dir(fixtures.join("tokenizers"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|folder| folder.is_dir())
        .filter_map(|folder| {
            let gguf = Gguf::parse(&fs::read(folder.join("vocab.gguf")).unwrap()).unwrap();
            Tokenizer::from_gguf(&gguf.metadata).ok()?;
            Some((tokenizer_name(&gguf.metadata), folder.file_name().unwrap().to_string_lossy().into_owned()))
        })
        .collect();
    rows.sort();
    rows.iter().for_each(|(tokenizer, vocabulary)| writeln!(out, "| {tokenizer} | {vocabulary} |").unwrap());
    out
}

#[test]
fn the_tables_are_what_the_code_does() {
    let text = fs::read_to_string(document()).unwrap();
    let (words, written) = text.split_once(BEGIN).unwrap_or_else(|| panic!("no line {BEGIN}"));
    let Some(fixtures) = fixtures() else {
        // What can be said without models: each name of the code's lists has its row.
        for name in known_architectures().iter().map(|arch| format!("| `{arch}` |")) {
            assert!(written.contains(&name), "{name}");
        }
        for name in GgmlType::ALL.map(|ty| format!("| {ty} |")) {
            assert!(written.contains(&name), "{name}");
        }
        return;
    };
    let tables = tables(&fixtures);
    if std::env::var_os("CHORD_UPDATE").is_some() {
        fs::write(document(), format!("{words}{BEGIN}{tables}")).unwrap();
        return;
    }
    assert!(
        written == tables,
        "docs/MODELS.md is out of date; CHORD_UPDATE=1 cargo test -p wasm-chord-goldens --test models_table\n{tables}"
    );
}
