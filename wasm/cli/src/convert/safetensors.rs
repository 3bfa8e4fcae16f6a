//! Safetensors files: 8 bytes that say how long the header is, a JSON header that says where each tensor lies, the data.
//!
//! Tensors are read one at a time. A header is believed only as far as the file is long.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::IgnoredAny;
use wasm_chord_core::block;
use wasm_chord_core::gguf::GgmlType;

use super::error::{ConvertError, Result};

/// The longest header: the format's own limit, in bytes.
const HEADER_BYTES: u64 = 100_000_000;

/// An open file with its header read.
pub struct Safetensors {
    path: PathBuf,
    file: File,
    data_start: u64,
    tensors: BTreeMap<String, Entry>,
}

/// Where a tensor lies.
#[derive(Debug, Deserialize)]
pub struct Entry {
    dtype: String,
    /// Extents, slowest first.
    pub shape: Vec<u64>,
    data_offsets: (u64, u64),
}

#[derive(Deserialize)]
struct Header {
    #[serde(rename = "__metadata__", default)]
    _metadata: IgnoredAny,
    #[serde(flatten)]
    tensors: BTreeMap<String, Entry>,
}

impl Safetensors {
    /// Opens a file and checks that all its tensors lie inside it.
    ///
    /// # Errors
    /// It cannot be read, is cut short, or is no safetensors file.
    pub fn open(path: &Path) -> Result<Self> {
        let read_error = |source| ConvertError::Read { path: path.to_owned(), source };
        let unsound = |what: String| ConvertError::unsound(path, what);
        let mut file = File::open(path).map_err(read_error)?;
        let file_bytes = file.metadata().map_err(read_error)?.len();
        if file_bytes < 8 {
            return Err(unsound(format!("{file_bytes} bytes are no safetensors file")));
        }
        let mut length = [0; 8];
        file.read_exact(&mut length).map_err(read_error)?;
        let header_bytes = u64::from_le_bytes(length);
        if header_bytes > HEADER_BYTES {
            return Err(unsound(format!("a header of {header_bytes} bytes; this is no safetensors file")));
        }
        let Some(data_bytes) = (file_bytes - 8).checked_sub(header_bytes) else {
            return Err(unsound(format!("cut short: {file_bytes} bytes, and a header of {header_bytes}")));
        };
        let mut header = vec![0; header_bytes as usize]; // At most HEADER_BYTES.
        file.read_exact(&mut header).map_err(read_error)?;
        let Header { tensors, .. } =
            serde_json::from_slice(&header).map_err(|source| ConvertError::Json { path: path.to_owned(), source })?;
        for (name, Entry { data_offsets: (begin, end), .. }) in &tensors {
            if begin > end {
                return Err(unsound(format!("the tensor '{name}' ends before it begins")));
            }
            if *end > data_bytes {
                let missing = end - data_bytes;
                return Err(unsound(format!("cut short: {missing} bytes of the tensor '{name}' are missing")));
            }
        }
        Ok(Self { path: path.to_owned(), file, data_start: 8 + header_bytes, tensors })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The tensors' names, in the order of the alphabet.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The extents of a tensor, slowest first.
    pub fn shape(&self, name: &str) -> Option<&[u64]> {
        self.tensors.get(name).map(|entry| entry.shape.as_slice())
    }

    /// The numbers of a tensor, the last extent fastest.
    ///
    /// # Errors
    /// It is not there, of a type that is no float, or its bytes are not those of its extents.
    pub fn read(&mut self, name: &str) -> Result<Vec<f32>> {
        let Self { path, file, data_start, tensors } = self;
        let entry = tensors.get(name).ok_or_else(|| ConvertError::MissingTensor { name: name.to_owned() })?;
        let ty = match entry.dtype.as_str() {
            "F32" => GgmlType::F32,
            "F16" => GgmlType::F16,
            "BF16" => GgmlType::BF16,
            other => {
                let what = format!("the type {other} of the tensor '{name}'");
                return Err(ConvertError::unsupported(path, what, "F32, F16 and BF16 can be"));
            }
        };
        let (begin, end) = entry.data_offsets;
        let count = entry.shape.iter().try_fold(1u64, |product, extent| product.checked_mul(*extent));
        let bytes = count.and_then(|count| count.checked_mul(ty.block_bytes() as u64));
        let (Some(count), true) = (count, bytes == Some(end - begin)) else {
            let what = format!(
                "the tensor '{name}' is {:?} of {ty}, and {} bytes are not that many",
                entry.shape,
                end - begin
            );
            return Err(ConvertError::unsound(path, what));
        };
        let read_error = |source| ConvertError::Read { path: path.clone(), source };
        let mut data = vec![0; (end - begin) as usize]; // Inside the file: `open` has seen to it.
        file.seek(SeekFrom::Start(*data_start + begin)).map_err(read_error)?;
        file.read_exact(&mut data).map_err(read_error)?;
        let mut values = vec![0.0; count as usize];
        block::dequantize_row(ty, &data, &mut values)?;
        Ok(values)
    }
}
