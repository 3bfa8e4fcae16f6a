//! Writing small GGUF files: fixtures, made-up models, tests.

use std::io::{self, Write};

use super::{Array, GgmlType, Value};

/// Collects metadata and tensors and writes them as GGUF version 3, alignment 32.
///
/// It writes what it is told, sound or not: tests use it to make broken files. [`GgufParser`](super::GgufParser) judges.
#[derive(Clone, Debug, Default)]
pub struct GgufWriter {
    metadata: Vec<(String, Value)>,
    tensors: Vec<Tensor>,
}

#[derive(Clone, Debug)]
struct Tensor {
    name: String,
    ty: GgmlType,
    dims: Vec<u64>,
    data: Vec<u8>,
}

const ALIGNMENT: u64 = 32;

impl GgufWriter {
    /// A file with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a metadata entry at the end.
    #[must_use]
    pub fn set(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.metadata.push((key.to_owned(), value.into()));
        self
    }

    /// Adds a tensor at the end: extents fastest first, and its data as stored in the file.
    #[must_use]
    pub fn tensor(mut self, name: &str, ty: GgmlType, dims: &[usize], data: Vec<u8>) -> Self {
        let dims = dims.iter().map(|&d| d as u64).collect();
        self.tensors.push(Tensor { name: name.to_owned(), ty, dims, data });
        self
    }

    /// Cuts the model into `count` shards of about as many tensors each, as `gguf-split` does it: the metadata goes with
    /// the first.
    pub fn split(&self, count: u16) -> Vec<Self> {
        let total = self.tensors.len();
        let bound = |no: u16| total * usize::from(no) / usize::from(count.max(1));
        let shard = |no: u16| {
            let tensors = self.tensors.get(bound(no)..bound(no + 1)).unwrap_or_default().to_vec();
            let metadata = if no == 0 { self.metadata.clone() } else { Vec::new() };
            Self { metadata, tensors }
                .set("split.no", no)
                .set("split.count", count)
                .set("split.tensors.count", total as i32)
        };
        (0..count).map(shard).collect()
    }

    /// Writes the file.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        let header = self.header();
        let padding = padding(header.len() as u64);
        out.write_all(&header)?;
        out.write_all(&vec![0; padding])?;
        for tensor in &self.tensors {
            out.write_all(&tensor.data)?;
            out.write_all(&vec![0; self::padding(tensor.data.len() as u64)])?;
        }
        Ok(())
    }

    /// The file's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        // Writing to a Vec does not fail.
        let _ = self.write_to(&mut out);
        out
    }

    /// The bytes before the data section, without the padding.
    pub fn header(&self) -> Vec<u8> {
        let mut out = b"GGUF".to_vec();
        out.extend(3u32.to_le_bytes());
        out.extend((self.tensors.len() as u64).to_le_bytes());
        out.extend((self.metadata.len() as u64).to_le_bytes());
        for (key, value) in &self.metadata {
            put_string(&mut out, key);
            out.extend(value.type_id().to_le_bytes());
            put_value(&mut out, value);
        }
        let mut offset = 0u64;
        for tensor in &self.tensors {
            put_string(&mut out, &tensor.name);
            out.extend((tensor.dims.len() as u32).to_le_bytes());
            out.extend(tensor.dims.iter().flat_map(|d| d.to_le_bytes()));
            out.extend(tensor.ty.id().to_le_bytes());
            out.extend(offset.to_le_bytes());
            offset += tensor.data.len() as u64 + padding(tensor.data.len() as u64) as u64;
        }
        out
    }
}

fn padding(len: u64) -> usize {
    (len.next_multiple_of(ALIGNMENT) - len) as usize
}

fn put_string(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

fn put_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::U8(v) => out.extend(v.to_le_bytes()),
        Value::I8(v) => out.extend(v.to_le_bytes()),
        Value::U16(v) => out.extend(v.to_le_bytes()),
        Value::I16(v) => out.extend(v.to_le_bytes()),
        Value::U32(v) => out.extend(v.to_le_bytes()),
        Value::I32(v) => out.extend(v.to_le_bytes()),
        Value::F32(v) => out.extend(v.to_le_bytes()),
        Value::U64(v) => out.extend(v.to_le_bytes()),
        Value::I64(v) => out.extend(v.to_le_bytes()),
        Value::F64(v) => out.extend(v.to_le_bytes()),
        Value::Bool(v) => out.push(u8::from(*v)),
        Value::String(v) => put_string(out, v),
        Value::Array(array) => {
            out.extend(array.type_id().to_le_bytes());
            out.extend((array.len() as u64).to_le_bytes());
            put_elements(out, array);
        }
    }
}

fn put_elements(out: &mut Vec<u8>, array: &Array) {
    match array {
        Array::U8(v) => out.extend(v),
        Array::I8(v) => out.extend(v.iter().flat_map(|x| x.to_le_bytes())),
        Array::U16(v) => out.extend(v.iter().flat_map(|x| x.to_le_bytes())),
        Array::I16(v) => out.extend(v.iter().flat_map(|x| x.to_le_bytes())),
        Array::U32(v) => out.extend(v.iter().flat_map(|x| x.to_le_bytes())),
        Array::I32(v) => out.extend(v.iter().flat_map(|x| x.to_le_bytes())),
        Array::F32(v) => out.extend(v.iter().flat_map(|x| x.to_le_bytes())),
        Array::U64(v) => out.extend(v.iter().flat_map(|x| x.to_le_bytes())),
        Array::I64(v) => out.extend(v.iter().flat_map(|x| x.to_le_bytes())),
        Array::F64(v) => out.extend(v.iter().flat_map(|x| x.to_le_bytes())),
        Array::Bool(v) => out.extend(v.iter().map(|&x| u8::from(x))),
        Array::String(v) => v.iter().for_each(|s| put_string(out, s)),
    }
}
