//! The tensor types of GGUF, and what every reader of one must know: how many weights share a block, and its bytes.

use std::fmt;

/// Defines [`GgmlType`] from one list: what each type is, its number in a file, weights and bytes of a block.
macro_rules! ggml_types {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $len:literal, $bytes:literal;)*) => {
        /// How a tensor's weights are stored. The names and numbers are those of `ggml_type`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(non_camel_case_types)] // The field's own spelling: Q4_0, not Q40.
        pub enum GgmlType {
            $($(#[$doc])* $name,)*
        }

        impl GgmlType {
            /// Every type, in no particular order.
            pub const ALL: [GgmlType; [$($id),*].len()] = [$(Self::$name),*];

            /// The number that stands for this type in a file.
            pub const fn id(self) -> u32 {
                match self {
                    $(Self::$name => $id,)*
                }
            }

            /// Weights per block: 1 for the plain floats.
            pub const fn block_len(self) -> usize {
                match self {
                    $(Self::$name => $len,)*
                }
            }

            /// Bytes per block.
            pub const fn block_bytes(self) -> usize {
                match self {
                    $(Self::$name => $bytes,)*
                }
            }

            /// The field's name for it, as `llama-quantize` spells it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }
        }
    };
}

ggml_types! {
    /// 32-bit IEEE float.
    F32 = 0, 1, 4;
    /// 16-bit IEEE float.
    F16 = 1, 1, 2;
    /// The upper half of a 32-bit float.
    BF16 = 30, 1, 2;
    /// 32 signed bytes and one f16 scale.
    Q8_0 = 8, 32, 34;
    /// 32 nibbles around 8 and one f16 scale.
    Q4_0 = 2, 32, 18;
    /// 32 nibbles, an f16 scale and an f16 minimum.
    Q4_1 = 3, 32, 20;
    /// 32 numbers of 5 bits around 16 and one f16 scale.
    Q5_0 = 6, 32, 22;
    /// 32 numbers of 5 bits, an f16 scale and an f16 minimum.
    Q5_1 = 7, 32, 24;
    /// 16 times 16 numbers of 2 bits, each 16 with a scale and a minimum of 4 bits.
    Q2_K = 10, 256, 84;
    /// 16 times 16 numbers of 3 bits around 4, each 16 with a scale of 6 bits.
    Q3_K = 11, 256, 110;
    /// 8 times 32 nibbles, each 32 with a scale and a minimum of 6 bits.
    Q4_K = 12, 256, 144;
    /// 8 times 32 numbers of 5 bits, each 32 with a scale and a minimum of 6 bits.
    Q5_K = 13, 256, 176;
    /// 16 times 16 numbers of 6 bits around 32, each 16 with a scale of 8 bits.
    Q6_K = 14, 256, 210;
    /// 32 nibbles that stand for unevenly spaced numbers, and one f16 scale.
    IQ4_NL = 20, 32, 18;
    /// 8 times 32 nibbles that stand for unevenly spaced numbers, each 32 with a scale of 6 bits.
    IQ4_XS = 23, 256, 136;
}

impl GgmlType {
    /// The type numbered `id` in a file, if this build reads it.
    pub fn from_id(id: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|ty| ty.id() == id)
    }

    /// Bytes of a row of `len` weights; `len` must be a multiple of [`Self::block_len`].
    pub const fn row_bytes(self, len: usize) -> usize {
        len / self.block_len() * self.block_bytes()
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
