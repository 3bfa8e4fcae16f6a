//! The longest things a header may hold. A file is untrusted: no length in it is believed beyond these.

/// Bytes of the whole header. The greatest known (262,144 tokens, merges, and a copy of `tokenizer.json`) are near 50 MiB.
pub(super) const HEADER_BYTES: u64 = 128 << 20;

/// Metadata entries. Real files have under a hundred.
pub(super) const ENTRIES: u64 = 1 << 16;

/// Tensors. The greatest models have some thousands, tens of thousands where every expert is a tensor of its own.
pub(super) const TENSORS: u64 = 1 << 16;

/// Bytes of a key: the GGUF specification's own limit.
pub(super) const KEY_BYTES: u64 = (1 << 16) - 1;

/// Strings in all arrays together. The greatest known vocabulary has 262,144 tokens and twice as many merges; a string
/// takes three times the memory of the length field that announces it, so the header's limit alone is not enough.
pub(super) const STRINGS: u64 = 1 << 22;

/// Bytes of a tensor's name: ggml's `GGML_MAX_NAME` is 64 with the closing NUL.
pub(super) const TENSOR_NAME_BYTES: u64 = 63;

/// Files of one model. The greatest published ones come in about 200.
pub(super) const SHARDS: u64 = 1 << 10;

/// Dimensions of a tensor: ggml's `GGML_MAX_DIMS`.
pub(super) const DIMS: u32 = 4;

/// Elements along one dimension. A row of that many f32 is 1 GiB, so its size fits the 32-bit `usize` of wasm.
pub(super) const DIM: u64 = 1 << 28;

/// Rows of a tensor (the product of all dimensions but the first), so that the count fits a 32-bit `usize`.
pub(super) const ROWS: u64 = 1 << 31;

/// Bytes of the data section: beyond any disk that a browser can use, and sums of such numbers do not overflow.
pub(super) const DATA_BYTES: u64 = 1 << 46;

/// `general.alignment`. 32 is the default; 65,536 is the largest page in use.
pub(super) const ALIGNMENT: u64 = 1 << 16;

/// `general.alignment` where the file does not say.
pub(super) const DEFAULT_ALIGNMENT: u64 = 32;
