//! Puts the fixtures' models into the test binary: a browser has no file system to read them from. Where there are no
//! fixtures the list is empty, and the tests that want them say that they are skipped.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders of goldens.
const GOLDENS: [&str; 2] = ["arch", "models"];

/// Other files that tests ask for by name.
const FILES: &[&str] = &[
    "arch/bert-f32.gguf",
    "malformed-gguf/cases.json",
    "models/stories260K/stories260K-Q4_0.gguf",
    "models/stories260K/stories260K-f32.gguf",
    "models/stories260K/stories260K-f16.gguf",
    "models/stories260K/stories260K-BF16.gguf",
    "models/stories260K/ref-logits-64x512-f64.npy",
    "models/stories260K/karpathy-expected-stdout.txt",
];

fn main() -> Result<(), Box<dyn Error>> {
    let fixtures = env::var_os("CHORD_FIXTURES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures"), PathBuf::from);
    println!("cargo::rerun-if-env-changed=CHORD_FIXTURES");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", fixtures.display());

    let mut code = String::new();
    let present = fixtures.is_dir();
    writeln!(code, "/// Goldens: name, its JSON, the model's bytes.\npub static GOLDENS: &[(&str, &str, &[u8])] = &[")?;
    for folder in GOLDENS.iter().filter(|_| present) {
        let mut goldens: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(fixtures.join(folder))? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with(".golden.json") {
                goldens.push(path);
            }
        }
        goldens.sort();
        for golden in goldens {
            let name = golden.file_name().unwrap_or_default().to_string_lossy().replace(".golden.json", "");
            let model = model_of(&fixtures, &golden)?;
            writeln!(code, "    ({name:?}, include_str!({golden:?}), include_bytes!({model:?})),")?;
        }
    }
    writeln!(code, "];\n\n/// Other files, by path.\npub static FILES: &[(&str, &[u8])] = &[")?;
    for file in FILES.iter().filter(|_| present) {
        writeln!(code, "    ({file:?}, include_bytes!({:?})),", fixtures.join(file))?;
    }
    writeln!(code, "];")?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("fixtures.rs"), code)?;
    Ok(())
}

/// The model a golden is about: `source_path` from the fixtures' root, or `file` beside the golden.
fn model_of(fixtures: &Path, golden: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let json: serde_json::Value = serde_json::from_str(&fs::read_to_string(golden)?)?;
    let field = |name: &str| json.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    match (field("source_path"), field("file")) {
        (Some(source), _) => Ok(fixtures.join(source)),
        (None, Some(file)) => Ok(golden.with_file_name(file)),
        (None, None) => Err(format!("{} names no model", golden.display()).into()),
    }
}
