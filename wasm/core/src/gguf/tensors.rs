//! The tensor list: every entry is checked as it arrives, so that whoever reads a [`TensorInfo`] can believe it.

use std::collections::HashSet;

use super::{GgmlType, GgufError, TensorInfo, limits, names};

/// A tensor entry as the file states it.
#[derive(Debug)]
pub(super) struct RawTensor {
    pub(super) name: String,
    pub(super) dims: Vec<u64>,
    pub(super) ty: u32,
    pub(super) offset: u64,
}

/// The entries so far.
#[derive(Debug, Default)]
pub(super) struct TensorTable {
    announced: u64,
    tensors: Vec<TensorInfo>,
    names: HashSet<String>,
    /// Where the next tensor has to begin.
    end: u64,
}

impl TensorTable {
    /// Says how many entries are to come.
    pub(super) fn announce(&mut self, count: u64) {
        self.announced = count;
    }

    /// Entries so far.
    pub(super) fn len(&self) -> u64 {
        self.tensors.len() as u64
    }

    /// Whether all announced entries are there.
    pub(super) fn is_complete(&self) -> bool {
        self.len() == self.announced
    }

    /// Checks one entry on its own and adds it.
    pub(super) fn add(&mut self, raw: RawTensor, alignment: u64) -> Result<(), GgufError> {
        let RawTensor { name, dims, ty, offset } = raw;
        if !self.names.insert(name.clone()) {
            return Err(GgufError::DuplicateTensor { tensor: name });
        }
        let Some(ty) = GgmlType::from_id(ty) else {
            return Err(GgufError::UnsupportedType {
                tensor: name,
                id: ty,
                name: names::type_name(ty),
                supported: GgmlType::ALL.map(GgmlType::name).join(", "),
            });
        };
        let bytes = match data_bytes(&dims, ty) {
            Ok(bytes) => bytes,
            Err(why) => return Err(GgufError::BadShape { tensor: name, dims, why }),
        };
        if !offset.is_multiple_of(alignment) {
            return Err(GgufError::Misaligned { tensor: name, offset, alignment });
        }
        // GGUF only asks for alignment, but llama.cpp reads no file with gaps or in another order, so there are none; and a
        // damaged shape or type shows here.
        if offset != self.end {
            return Err(GgufError::WrongOffset { tensor: name, offset, expected: self.end });
        }
        self.end = (offset + bytes).next_multiple_of(alignment);
        if self.end > limits::DATA_BYTES {
            let what = format!("the data up to tensor '{name}'");
            return Err(GgufError::TooLong { what, len: self.end, cap: limits::DATA_BYTES });
        }
        let dims = dims.into_iter().map(|d| d as usize).collect(); // Each at most limits::DIM.
        self.tensors.push(TensorInfo { name, ty, dims, offset, bytes });
        Ok(())
    }

    /// The checked entries in file order.
    pub(super) fn into_tensors(self) -> Vec<TensorInfo> {
        self.tensors
    }
}

/// Bytes of a tensor with extents `dims`, or what is wrong with them.
fn data_bytes(dims: &[u64], ty: GgmlType) -> Result<u64, &'static str> {
    let [row, outer @ ..] = dims else { return Err("it has no dimensions") };
    if dims.contains(&0) {
        return Err("no dimension can be 0");
    }
    if dims.iter().any(|&d| d > limits::DIM) {
        return Err("a dimension is longer than any model's");
    }
    if !row.is_multiple_of(ty.block_len() as u64) {
        return Err("its rows are not whole blocks of its type");
    }
    let rows = outer.iter().try_fold(1u64, |rows, &d| rows.checked_mul(d)).filter(|&rows| rows <= limits::ROWS);
    let Some(rows) = rows else { return Err("it has more rows than any model's") };
    // At most 2^28 × 4 bytes a row and 2^31 rows: no overflow.
    let bytes = row / ty.block_len() as u64 * ty.block_bytes() as u64 * rows;
    if bytes > limits::DATA_BYTES { Err("it is larger than any model") } else { Ok(bytes) }
}
