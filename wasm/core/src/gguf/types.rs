//! The tensor types of GGUF, and what every reader of one must know: how many weights share a block, and its bytes.

use std::fmt;

/// How a tensor's weights are stored. The names and numbers are those of `ggml_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(non_camel_case_types)] // The field's own spelling: Q4_0, not Q40.
pub enum GgmlType {
    /// 32-bit IEEE float.
    F32,
    /// 16-bit IEEE float.
    F16,
    /// The upper half of a 32-bit float.
    BF16,
    /// 32 signed bytes and one f16 scale.
    Q8_0,
    /// 32 nibbles around 8 and one f16 scale.
    Q4_0,
}

impl GgmlType {
    /// Every type, in no particular order.
    pub const ALL: [GgmlType; 5] = [Self::F32, Self::F16, Self::BF16, Self::Q8_0, Self::Q4_0];

    /// The type numbered `id` in a file, if this build reads it.
    pub fn from_id(id: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|ty| ty.id() == id)
    }

    /// The number that stands for this type in a file.
    pub const fn id(self) -> u32 {
        match self {
            Self::F32 => 0,
            Self::F16 => 1,
            Self::Q4_0 => 2,
            Self::Q8_0 => 8,
            Self::BF16 => 30,
        }
    }

    /// Weights per block: 1 for the plain floats.
    pub const fn block_len(self) -> usize {
        match self {
            Self::F32 | Self::F16 | Self::BF16 => 1,
            Self::Q8_0 | Self::Q4_0 => 32,
        }
    }

    /// Bytes per block.
    pub const fn block_bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::BF16 => 2,
            Self::Q8_0 => 34,
            Self::Q4_0 => 18,
        }
    }

    /// Bytes of a row of `len` weights; `len` must be a multiple of [`Self::block_len`].
    pub const fn row_bytes(self, len: usize) -> usize {
        len / self.block_len() * self.block_bytes()
    }

    /// The field's name for it, as `llama-quantize` spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::F32 => "F32",
            Self::F16 => "F16",
            Self::BF16 => "BF16",
            Self::Q8_0 => "Q8_0",
            Self::Q4_0 => "Q4_0",
        }
    }
}

impl fmt::Display for GgmlType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where one tensor is in the file and what it holds. The parser has checked all of it: the offset is aligned and where the
/// tensor before it ends, rows are whole blocks, and `bytes` cannot overflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorInfo {
    /// Its name, e.g. `blk.0.attn_q.weight`.
    pub name: String,
    /// How the weights are stored.
    pub ty: GgmlType,
    /// Extents, fastest first as in GGUF: `[row_len, rows, …]`. One to four of them, none zero.
    pub dims: Vec<usize>,
    /// Bytes from the start of the data section; in [`Shards`](super::Shards), of the shards' data sections joined.
    pub offset: u64,
    /// Bytes of the tensor's data.
    pub bytes: u64,
}

impl TensorInfo {
    /// Weights in a row (`dims[0]`): the input width of a matrix.
    pub fn row_len(&self) -> usize {
        self.dims.first().copied().unwrap_or(0)
    }

    /// Rows (the product of the other extents): the output width of a matrix, 1 for a vector.
    pub fn rows(&self) -> usize {
        self.dims.iter().skip(1).product()
    }
}
