//! Writing GGUF files: whole ones that fit the memory (fixtures, tests), or a header first and the data as it comes.

use std::io::{self, Write};
use std::vec;

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
    bytes: u64,
    data: Vec<u8>, // empty if it comes later
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
        self.tensors.push(Tensor { name: name.to_owned(), ty, dims, bytes: data.len() as u64, data });
        self
    }

    /// Adds a tensor whose data comes later, through [`begin`](Self::begin). Rows must be whole blocks.
    #[must_use]
    pub fn announce(mut self, name: &str, ty: GgmlType, dims: &[usize]) -> Self {
        let (row_len, rows) = dims.split_first().map_or((0, 1), |(len, rest)| (*len, rest.iter().product()));
        let bytes = ty.row_bytes(row_len) as u64 * rows as u64;
        let dims = dims.iter().map(|&d| d as u64).collect();
        self.tensors.push(Tensor { name: name.to_owned(), ty, dims, bytes, data: Vec::new() });
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

    /// Writes the file. It must hold no announced tensor.
    ///
    /// # Errors
    /// Those of `out`; [`io::ErrorKind::InvalidInput`] when data is missing.
    pub fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        let mut stream = self.begin(out)?;
        self.tensors.iter().try_for_each(|tensor| stream.write(&tensor.data))?;
        stream.finish().map(drop)
    }

    /// Writes the header; the data of all tensors is to follow, in their order.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn begin<W: Write>(&self, mut out: W) -> io::Result<GgufStream<W>> {
        let header = self.header();
        out.write_all(&header)?;
        pad(&mut out, header.len() as u64)?;
        let lengths: Vec<u64> = self.tensors.iter().map(|tensor| tensor.bytes).collect();
        Ok(GgufStream { out, lengths: lengths.into_iter(), length: 0, left: 0 })
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
            offset += tensor.bytes.next_multiple_of(ALIGNMENT);
        }
        out
    }
}

/// A file whose header is written and whose data is on its way, so that no tensor need be in memory whole.
#[derive(Debug)]
pub struct GgufStream<W> {
    out: W,
    lengths: vec::IntoIter<u64>, // of the tensors to come
    length: u64,                 // of the tensor that is arriving
    left: u64,                   // of that
}

impl<W: Write> GgufStream<W> {
    /// Whether all data has arrived.
    pub fn is_whole(&self) -> bool {
        self.left == 0 && self.lengths.as_slice().iter().all(|length| *length == 0)
    }

    /// Takes the next bytes of data, in pieces of any length; what lies between two tensors in a file is added.
    ///
    /// # Errors
    /// Those of `out`; [`io::ErrorKind::InvalidInput`] for more bytes than were announced.
    pub fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            if self.left == 0 {
                let more = || io::Error::new(io::ErrorKind::InvalidInput, "more data than the tensors take");
                self.length = self.lengths.next().ok_or_else(more)?;
                self.left = self.length;
            }
            let take = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
            let (piece, rest) = bytes.split_at(take);
            self.out.write_all(piece)?;
            self.left -= take as u64;
            bytes = rest;
            if self.left == 0 {
                pad(&mut self.out, self.length)?;
            }
        }
        Ok(())
    }

    /// Ends the file, and gives back where it was written.
    ///
    /// # Errors
    /// Those of `out`; [`io::ErrorKind::InvalidInput`] when data is missing.
    pub fn finish(mut self) -> io::Result<W> {
        if !self.is_whole() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "less data than the tensors take"));
        }
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Fills up what follows `len` bytes.
fn pad(out: &mut impl Write, len: u64) -> io::Result<()> {
    const ZEROS: [u8; ALIGNMENT as usize] = [0; ALIGNMENT as usize];
    out.write_all(&ZEROS[..(len.next_multiple_of(ALIGNMENT) - len) as usize])
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
