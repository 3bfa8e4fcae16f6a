//! GGUF, the file format: metadata and a tensor index, then the tensors' data.
//!
//! A header is parsed from a stream ([`GgufParser`]); the data that follows goes straight to whoever wants it.

mod error;
mod limits;
mod metadata;
mod names;
mod parser;
mod scalar;
mod shards;
mod tensors;
mod types;
mod value;
pub mod write;

pub use error::GgufError;
pub use metadata::Metadata;
pub use parser::{GgufParser, Progress};
pub use shards::{Shard, ShardError, ShardName, ShardSet, Shards, Split};
pub use types::{GgmlType, TensorInfo};
pub use value::{Array, Value};

/// A parsed and checked header.
#[derive(Clone, Debug)]
pub struct Gguf {
    /// The format's version: 2 or 3.
    pub version: u32,
    /// What tensors' offsets are multiples of, in bytes.
    pub alignment: u64,
    /// Everything but the tensors.
    pub metadata: Metadata,
    /// The tensors in the order of the file's list and of their data.
    pub tensors: Vec<TensorInfo>,
    /// Where the data section begins, in bytes from the file's start.
    pub data_start: u64,
}

impl Gguf {
    /// Parses a header that lies whole in memory, and checks that all tensor data follows it.
    ///
    /// # Errors
    /// The header is not acceptable, or bytes are missing.
    pub fn parse(bytes: &[u8]) -> Result<Self, GgufError> {
        let mut parser = GgufParser::new();
        parser.push(bytes)?;
        let gguf = parser.finish()?;
        gguf.check_file_bytes(bytes.len() as u64)?;
        Ok(gguf)
    }

    /// Checks that a file of `len` bytes holds all tensor data.
    ///
    /// # Errors
    /// [`GgufError::Truncated`] if it does not.
    pub fn check_file_bytes(&self, len: u64) -> Result<(), GgufError> {
        let needed = self.data_start + self.data_bytes();
        // Without tensors, the padding before the data section need not be there.
        if self.tensors.is_empty() || len >= needed {
            return Ok(());
        }
        Err(GgufError::Truncated { what: "the tensor data", needed, got: len })
    }

    /// Bytes from the start of the data section to the end of the last tensor.
    pub fn data_bytes(&self) -> u64 {
        self.tensors.iter().map(|t| t.offset + t.bytes).max().unwrap_or(0)
    }

    /// The tensor called `name`.
    pub fn tensor(&self, name: &str) -> Option<&TensorInfo> {
        self.tensors.iter().find(|t| t.name == name)
    }
}
