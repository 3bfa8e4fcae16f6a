//! The incremental header parser: a state machine that always knows how many bytes it needs next.
//!
//! A state asks for an atom (a number, a string, a run of array elements). Atoms are read straight from the pushed slice;
//! only one that straddles two pushes is copied, so no byte is looked at twice whatever the pieces' sizes.

use super::limits;
use super::scalar::ArrayBuilder;
use super::tensors::{RawTensor, TensorTable};
use super::{Gguf, GgufError, Metadata, Value};

type Result<T> = std::result::Result<T, GgufError>;

/// What a push came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The header goes on in the next piece.
    NeedMore,
    /// The header is whole. The first `consumed` bytes of this push belong to it (with the padding before the data
    /// section); the rest is tensor data.
    Done {
        /// Bytes of this push that belong to the header.
        consumed: usize,
    },
}

/// Reads a header from pieces of any size. It never holds tensor data.
#[derive(Debug)]
pub struct GgufParser {
    state: State,
    /// The part of the current atom that came with earlier pushes.
    carry: Vec<u8>,
    /// Bytes of whole atoms so far.
    position: u64,
    version: u32,
    alignment: u64,
    entries_left: u64,
    strings: u64,
    metadata: Metadata,
    table: TensorTable,
    data_start: u64,
    failed: Option<GgufError>,
}

/// What the next atom is.
#[derive(Debug)]
enum State {
    Magic,
    Version,
    Counts,
    KeyLen,
    Key(usize),
    ValueType { key: String },
    Scalar { key: String, ty: u32, size: usize },
    StringLen { key: String },
    String { key: String, len: usize },
    ArrayHead { key: String },
    Numbers { key: String, array: ArrayBuilder, left: u64 },
    ElementLen { key: String, strings: Vec<String>, left: u64 },
    Element { key: String, strings: Vec<String>, left: u64, len: usize },
    TensorNameLen,
    TensorName(usize),
    TensorDimCount { name: String },
    TensorRest { name: String, n_dims: usize },
    Padding(usize),
    Done,
}

/// Elements of a number array that are one atom.
const RUN: u64 = 1024;

impl Default for GgufParser {
    fn default() -> Self {
        Self::new()
    }
}

impl GgufParser {
    /// A parser at the start of a file.
    pub fn new() -> Self {
        Self {
            state: State::Magic,
            carry: Vec::new(),
            position: 0,
            version: 0,
            alignment: limits::DEFAULT_ALIGNMENT,
            entries_left: 0,
            strings: 0,
            metadata: Metadata::default(),
            table: TensorTable::default(),
            data_start: 0,
            failed: None,
        }
    }

    /// Takes the file's next bytes.
    ///
    /// # Errors
    /// The header is not acceptable. Every later call returns the same error.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Progress> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        self.run(bytes).inspect_err(|error| {
            self.failed = Some(error.clone());
            self.carry = Vec::new();
        })
    }

    /// Ends the header.
    ///
    /// # Errors
    /// It is not whole, or a push has failed.
    pub fn finish(self) -> Result<Gguf> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if !matches!(self.state, State::Done) {
            let got = self.position + self.carry.len() as u64;
            let needed = self.position + self.need() as u64;
            return Err(GgufError::Truncated { what: "the header", needed, got });
        }
        Ok(Gguf {
            version: self.version,
            alignment: self.alignment,
            metadata: self.metadata,
            tensors: self.table.into_tensors(),
            data_start: self.data_start,
        })
    }

    fn run(&mut self, bytes: &[u8]) -> Result<Progress> {
        let mut rest = bytes;
        while !matches!(self.state, State::Done) {
            let need = self.need();
            let missing = need - self.carry.len();
            let Some((head, tail)) = rest.split_at_checked(missing) else {
                self.carry.extend_from_slice(rest);
                return Ok(Progress::NeedMore);
            };
            rest = tail;
            self.position += need as u64;
            if self.carry.is_empty() {
                self.step(head)?;
            } else {
                let mut atom = std::mem::take(&mut self.carry);
                atom.extend_from_slice(head);
                self.step(&atom)?;
                // Its memory serves the next atom, unless it was an outsize one.
                atom.clear();
                atom.shrink_to(1 << 16);
                self.carry = atom;
            }
        }
        Ok(Progress::Done { consumed: bytes.len() - rest.len() })
    }

    /// Bytes of the next atom.
    fn need(&self) -> usize {
        match &self.state {
            State::Magic | State::Version | State::ValueType { .. } | State::TensorDimCount { .. } => 4,
            State::Counts => 16,
            State::KeyLen | State::StringLen { .. } | State::ElementLen { .. } | State::TensorNameLen => 8,
            State::Key(len) | State::TensorName(len) | State::Padding(len) => *len,
            State::String { len, .. } | State::Element { len, .. } => *len,
            State::Scalar { size, .. } => *size,
            State::ArrayHead { .. } => 12,
            State::Numbers { array, left, .. } => (*left).min(RUN) as usize * array.element_bytes(),
            State::TensorRest { n_dims, .. } => n_dims * 8 + 4 + 8,
            State::Done => 0,
        }
    }

    /// Takes one whole atom to the next state.
    fn step(&mut self, atom: &[u8]) -> Result<()> {
        self.state = match std::mem::replace(&mut self.state, State::Done) {
            State::Magic => {
                let found = le::<4>(atom, 0);
                if found != *b"GGUF" {
                    return Err(GgufError::NotGguf { found });
                }
                State::Version
            }
            State::Version => {
                self.version = check_version(u32::from_le_bytes(le(atom, 0)))?;
                State::Counts
            }
            State::Counts => {
                let tensors = u64::from_le_bytes(le(atom, 0));
                let entries = u64::from_le_bytes(le(atom, 8));
                cap(|| "the tensor list".to_owned(), tensors, limits::TENSORS)?;
                cap(|| "the metadata".to_owned(), entries, limits::ENTRIES)?;
                self.table.announce(tensors);
                self.entries_left = entries;
                self.next_entry()?
            }
            State::KeyLen => {
                let len = u64::from_le_bytes(le(atom, 0));
                let index = self.metadata.len() as u64;
                if len == 0 {
                    return Err(GgufError::EmptyKey { index });
                }
                State::Key(self.fits(|| format!("the key of metadata entry {index}"), len, limits::KEY_BYTES)?)
            }
            State::Key(_) => {
                let index = self.metadata.len();
                let key = utf8(|| format!("the key of metadata entry {index}"), atom)?;
                if self.metadata.get(&key).is_some() {
                    return Err(GgufError::DuplicateKey { key });
                }
                State::ValueType { key }
            }
            State::ValueType { key } => match u32::from_le_bytes(le(atom, 0)) {
                8 => State::StringLen { key },
                9 => State::ArrayHead { key },
                ty => match ArrayBuilder::new(ty) {
                    Some(array) => State::Scalar { key, ty, size: array.element_bytes() },
                    None => return Err(GgufError::UnknownValueType { key, id: ty }),
                },
            },
            State::Scalar { key, ty, .. } => {
                let mut one = ArrayBuilder::new(ty);
                if let Some(array) = &mut one {
                    array.extend(atom).map_err(|value| GgufError::InvalidBool { key: key.clone(), value })?;
                }
                match one.and_then(ArrayBuilder::into_scalar) {
                    Some(value) => self.entry(key, value)?,
                    None => return Err(GgufError::UnknownValueType { key, id: ty }),
                }
            }
            State::StringLen { key } => {
                let len = u64::from_le_bytes(le(atom, 0));
                let len = self.fits(|| format!("the string under '{key}'"), len, limits::HEADER_BYTES)?;
                State::String { key, len }
            }
            State::String { key, .. } => {
                let text = utf8(|| format!("the string under '{key}'"), atom)?;
                self.entry(key, Value::String(text))?
            }
            State::ArrayHead { key } => {
                self.array(key, u32::from_le_bytes(le(atom, 0)), u64::from_le_bytes(le(atom, 4)))?
            }
            State::Numbers { key, mut array, left } => {
                array.extend(atom).map_err(|value| GgufError::InvalidBool { key: key.clone(), value })?;
                match left.saturating_sub(RUN) {
                    0 => self.entry(key, Value::Array(array.into_array()))?,
                    left => State::Numbers { key, array, left },
                }
            }
            State::ElementLen { key, strings, left } => {
                let len = u64::from_le_bytes(le(atom, 0));
                let len = self.fits(|| format!("string {} of '{key}'", strings.len()), len, limits::HEADER_BYTES)?;
                State::Element { key, strings, left, len }
            }
            State::Element { key, mut strings, left, .. } => {
                strings.push(utf8(|| format!("string {} of '{key}'", strings.len()), atom)?);
                self.next_string(key, strings, left - 1)?
            }
            State::TensorNameLen => {
                let len = u64::from_le_bytes(le(atom, 0));
                let index = self.table.len();
                if len == 0 {
                    return Err(GgufError::EmptyTensorName { index });
                }
                State::TensorName(self.fits(
                    || format!("the name of tensor {index}"),
                    len,
                    limits::TENSOR_NAME_BYTES,
                )?)
            }
            State::TensorName(_) => {
                let index = self.table.len();
                State::TensorDimCount { name: utf8(|| format!("the name of tensor {index}"), atom)? }
            }
            State::TensorDimCount { name } => match u32::from_le_bytes(le(atom, 0)) {
                n_dims @ 1..=limits::DIMS => State::TensorRest { name, n_dims: n_dims as usize },
                n_dims => return Err(GgufError::BadDimensionCount { tensor: name, n_dims }),
            },
            State::TensorRest { name, n_dims } => {
                let dims = (0..n_dims).map(|i| u64::from_le_bytes(le(atom, i * 8))).collect();
                let ty = u32::from_le_bytes(le(atom, n_dims * 8));
                let offset = u64::from_le_bytes(le(atom, n_dims * 8 + 4));
                self.table.add(RawTensor { name, dims, ty, offset }, self.alignment)?;
                self.next_tensor()?
            }
            State::Padding(_) | State::Done => State::Done,
        };
        Ok(())
    }

    /// The state after a metadata entry.
    fn entry(&mut self, key: String, value: Value) -> Result<State> {
        if key == "general.alignment" {
            self.alignment = check_alignment(&value)?;
        }
        self.metadata.insert(key, value)?;
        self.next_entry()
    }

    fn next_entry(&mut self) -> Result<State> {
        if self.entries_left == 0 {
            return self.next_tensor();
        }
        self.entries_left -= 1;
        Ok(State::KeyLen)
    }

    fn next_tensor(&mut self) -> Result<State> {
        if !self.table.is_complete() {
            return Ok(State::TensorNameLen);
        }
        self.data_start = self.position.next_multiple_of(self.alignment);
        // A vocabulary-only file may end with its header; no padding is waited for then.
        let padding = if self.table.len() == 0 { 0 } else { self.data_start - self.position };
        Ok(if padding == 0 { State::Done } else { State::Padding(padding as usize) })
    }

    /// The state that reads `len` elements of value type `ty`.
    fn array(&mut self, key: String, ty: u32, len: u64) -> Result<State> {
        if ty == 9 {
            return Err(GgufError::NestedArray { key });
        }
        if ty == 8 {
            let left = limits::STRINGS.saturating_sub(self.strings);
            cap(|| format!("the array under '{key}'"), len, left.min(self.bytes_left() / 8))?;
            self.strings += len;
            return self.next_string(key, Vec::new(), len);
        }
        let Some(array) = ArrayBuilder::new(ty) else {
            return Err(GgufError::UnknownValueType { key, id: ty });
        };
        cap(|| format!("the array under '{key}'"), len, self.bytes_left() / array.element_bytes() as u64)?;
        if len == 0 {
            self.entry(key, Value::Array(array.into_array()))
        } else {
            Ok(State::Numbers { key, array, left: len })
        }
    }

    fn next_string(&mut self, key: String, strings: Vec<String>, left: u64) -> Result<State> {
        match left {
            0 => self.entry(key, Value::from(strings)),
            left => Ok(State::ElementLen { key, strings, left }),
        }
    }

    fn bytes_left(&self) -> u64 {
        limits::HEADER_BYTES.saturating_sub(self.position)
    }

    /// `len` as a length in memory, if it is within `max` and the header's own limit.
    fn fits(&self, what: impl FnOnce() -> String, len: u64, max: u64) -> Result<usize> {
        let max = max.min(self.bytes_left());
        cap(what, len, max)?;
        Ok(len as usize) // At most HEADER_BYTES.
    }
}

fn cap(what: impl FnOnce() -> String, len: u64, cap: u64) -> Result<()> {
    if len > cap { Err(GgufError::TooLong { what: what(), len, cap }) } else { Ok(()) }
}

fn utf8(what: impl FnOnce() -> String, bytes: &[u8]) -> Result<String> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| GgufError::InvalidUtf8 { what: what() })
}

/// `N` bytes of an atom. The state has asked for enough of them; a shortage would read as zeros.
fn le<const N: usize>(atom: &[u8], at: usize) -> [u8; N] {
    atom.get(at..).and_then(<[u8]>::first_chunk).copied().unwrap_or([0; N])
}

fn check_version(version: u32) -> Result<u32> {
    let why = match version {
        2 | 3 => return Ok(version),
        1 => "an early format with 32-bit lengths",
        v if v.swap_bytes() <= 3 && v != 0 => "a big-endian file",
        _ => "only versions 2 and 3 are known",
    };
    Err(GgufError::UnsupportedVersion { version, why })
}

fn check_alignment(value: &Value) -> Result<u64> {
    let key = "general.alignment";
    let Some(alignment) = value.as_int() else {
        return Err(GgufError::WrongType { key: key.to_owned(), expected: "u32", got: value.type_name() });
    };
    match u64::try_from(alignment) {
        Ok(a) if a.is_power_of_two() && a <= limits::ALIGNMENT => Ok(a),
        _ => Err(GgufError::BadAlignment { alignment: alignment as u64, max: limits::ALIGNMENT }),
    }
}
