//! The fixtures' damaged files: byte patches over a real model, each with what llama.cpp does.

use serde::Deserialize;

/// One of them.
#[derive(Clone, Debug)]
pub struct Patched {
    /// What is wrong with it.
    pub name: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// What llama.cpp does: `ok`, `rejected …` or `signal …`.
    pub llama_cpp: String,
}

impl Patched {
    /// Whether llama.cpp refuses it, or dies of it.
    pub fn must_be_refused(&self) -> bool {
        self.llama_cpp.starts_with("rejected") || self.llama_cpp.starts_with("signal")
    }
}

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    ops: Vec<Op>,
    llama_cpp: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Op {
    Truncate { truncate: usize },
    Patch { at: usize, hex: String },
}

/// The cases in `json` applied to the model `base`.
///
/// # Errors
/// The text is not the fixtures' own.
pub fn patched(json: &[u8], base: &[u8]) -> Result<Vec<Patched>, serde_json::Error> {
    let Cases { cases } = serde_json::from_slice(json)?;
    let apply = |case: Case| Patched {
        bytes: case.ops.iter().fold(base.to_vec(), apply),
        name: case.name,
        llama_cpp: case.llama_cpp,
    };
    Ok(cases.into_iter().map(apply).collect())
}

fn apply(mut bytes: Vec<u8>, op: &Op) -> Vec<u8> {
    match op {
        Op::Truncate { truncate } => bytes.truncate(*truncate),
        Op::Patch { at, hex } => {
            let digits = |i: usize| hex.get(i..i + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
            let patch = (0..hex.len()).step_by(2).filter_map(digits);
            bytes.iter_mut().skip(*at).zip(patch).for_each(|(byte, new)| *byte = new);
        }
    }
    bytes
}
