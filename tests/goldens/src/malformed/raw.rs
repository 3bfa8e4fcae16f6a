//! A GGUF file as it is written, part by part, so that any part can be wrong.

use std::fmt;

use wasm_chord_core::gguf::write::GgufWriter;
use wasm_chord_core::gguf::{Gguf, GgufError, Value};

/// The parts of a file in order. Counts and offsets follow from the lists unless they are set.
#[derive(Clone, Debug)]
pub struct RawFile {
    /// The format's version.
    pub version: u32,
    /// How many tensors are announced, where it is not how many there are.
    pub tensor_count: Option<u64>,
    /// How many metadata entries are announced, where it is not how many there are.
    pub entry_count: Option<u64>,
    /// Metadata entries, encoded.
    pub entries: Vec<Vec<u8>>,
    /// The tensor list.
    pub tensors: Vec<RawTensor>,
    /// What the header is padded to.
    pub alignment: usize,
    /// The data section.
    pub data: Vec<u8>,
}

/// An entry of the tensor list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawTensor {
    /// Its name, which may be no UTF-8.
    pub name: Vec<u8>,
    /// How many dimensions are announced, where it is not how many there are.
    pub n_dims: Option<u32>,
    /// Extents.
    pub dims: Vec<u64>,
    /// Its type's number.
    pub ty: u32,
    /// Where its data begins in the data section.
    pub offset: u64,
}

impl RawFile {
    /// The parts of a sound file.
    ///
    /// # Errors
    /// It is not sound.
    pub fn of(bytes: &[u8]) -> Result<Self, GgufError> {
        let gguf = Gguf::parse(bytes)?;
        let tensors = gguf.tensors.iter().map(|tensor| RawTensor {
            name: tensor.name.clone().into_bytes(),
            n_dims: None,
            dims: tensor.dims.iter().map(|&extent| extent as u64).collect(),
            ty: tensor.ty.id(),
            offset: tensor.offset,
        });
        Ok(Self {
            version: gguf.version,
            tensor_count: None,
            entry_count: None,
            entries: gguf.metadata.iter().map(|(key, value)| entry(key, value)).collect(),
            tensors: tensors.collect(),
            alignment: gguf.alignment as usize,
            data: bytes.get(gguf.data_start as usize..).unwrap_or_default().to_vec(),
        })
    }

    /// Puts `value` under `key`, in its place where there is one.
    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        let entry = entry(key, &value.into());
        match self.entries.iter_mut().find(|entry| is_of(entry, key)) {
            Some(old) => *old = entry,
            None => self.entries.push(entry),
        }
    }

    /// Takes `key` away.
    pub fn remove(&mut self, key: &str) {
        self.entries.retain(|entry| !is_of(entry, key));
    }

    /// The file's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = b"GGUF".to_vec();
        out.extend(self.version.to_le_bytes());
        out.extend(self.tensor_count.unwrap_or(self.tensors.len() as u64).to_le_bytes());
        out.extend(self.entry_count.unwrap_or(self.entries.len() as u64).to_le_bytes());
        out.extend(self.entries.iter().flatten());
        for tensor in &self.tensors {
            out.extend(string(&tensor.name));
            out.extend(tensor.n_dims.unwrap_or(tensor.dims.len() as u32).to_le_bytes());
            out.extend(tensor.dims.iter().flat_map(|extent| extent.to_le_bytes()));
            out.extend(tensor.ty.to_le_bytes());
            out.extend(tensor.offset.to_le_bytes());
        }
        out.resize(out.len().next_multiple_of(self.alignment.max(1)), 0);
        out.extend(&self.data);
        out
    }
}

/// A metadata entry as a file holds it.
pub fn entry(key: &str, value: &Value) -> Vec<u8> {
    // A file of this entry alone, without its header: magic, version and two counts.
    let bytes = GgufWriter::new().set(key, value.clone()).header();
    bytes.get(24..).unwrap_or_default().to_vec()
}

/// A metadata entry of value type `ty` with any bytes for a value.
pub fn raw_entry(key: &[u8], ty: u32, value: &[u8]) -> Vec<u8> {
    [&string(key)[..], &ty.to_le_bytes(), value].concat()
}

/// The beginning of an array's value: what it is of, and its length.
pub fn array_head(ty: u32, len: u64) -> Vec<u8> {
    [&ty.to_le_bytes()[..], &len.to_le_bytes()].concat()
}

/// A string with its length.
pub fn string(text: &[u8]) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes()[..], text].concat()
}

fn is_of(entry: &[u8], key: &str) -> bool {
    entry.starts_with(&string(key.as_bytes()))
}

/// A damaged file, and what has to come of it.
#[derive(Clone)]
pub struct Case {
    /// What is wrong with it.
    pub name: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// What has to come of it.
    pub outcome: Outcome,
}

/// What a damaged file has to end in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is refused from its header alone, with this code.
    Refused(&'static str),
    /// It loads and runs: the damage is none that matters.
    Sound,
    /// It loads; to run it may fail, as a model that answers with no numbers does.
    Loads,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} bytes, {:?})", self.name, self.bytes.len(), self.outcome)
    }
}
