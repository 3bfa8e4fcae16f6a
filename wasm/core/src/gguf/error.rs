//! What can be wrong with a GGUF header, each naming the key or tensor it is about.

/// Why a file's header was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GgufError {
    /// The file does not start with `GGUF`.
    #[error("not a GGUF file: it starts with {}, not \"GGUF\"", found.escape_ascii())]
    NotGguf {
        /// The file's first four bytes.
        found: [u8; 4],
    },
    /// A version of the format that is not read here.
    #[error("GGUF version {version} is not supported ({why}); convert the model again to get version 3")]
    UnsupportedVersion {
        /// The version as read.
        version: u32,
        /// What kind of file that is.
        why: &'static str,
    },
    /// The file ends too early.
    #[error("the file is truncated: {what} needs {needed} bytes, the file has {got}; download it again")]
    Truncated {
        /// What is cut off.
        what: &'static str,
        /// Bytes from the file's start that have to be there.
        needed: u64,
        /// Bytes that are there.
        got: u64,
    },
    /// A length in the file is beyond what any real model needs.
    #[error("{what} has length {len}, more than the {cap} allowed; the file is damaged")]
    TooLong {
        /// What has that length; names the key or tensor where it is known.
        what: String,
        /// The length as read.
        len: u64,
        /// The most that is accepted.
        cap: u64,
    },
    /// A string that is not UTF-8.
    #[error("{what} is not valid UTF-8; the file is damaged")]
    InvalidUtf8 {
        /// Which string.
        what: String,
    },
    /// A metadata entry without a key.
    #[error("metadata entry {index} has an empty key")]
    EmptyKey {
        /// Its index in the file.
        index: u64,
    },
    /// A key that is there twice.
    #[error("metadata key '{key}' is there twice")]
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// A value type that GGUF does not know.
    #[error("metadata key '{key}' has value type {id}, which GGUF does not define")]
    UnknownValueType {
        /// The key.
        key: String,
        /// The type's number.
        id: u32,
    },
    /// An array of arrays. GGUF allows it, no model uses it, and unbounded nesting is a way to exhaust a stack.
    #[error("metadata key '{key}' is an array of arrays, which is not supported")]
    NestedArray {
        /// The key.
        key: String,
    },
    /// A bool that is neither 0 nor 1.
    #[error("metadata key '{key}' holds the bool {value}; only 0 and 1 are bools")]
    InvalidBool {
        /// The key.
        key: String,
        /// The byte as read.
        value: u8,
    },
    /// A key the model needs is not there.
    #[error("metadata key '{key}' is missing")]
    MissingKey {
        /// The key.
        key: String,
    },
    /// A key holds something of another type.
    #[error("metadata key '{key}' should be {expected} but is {got}")]
    WrongType {
        /// The key.
        key: String,
        /// What was asked for.
        expected: &'static str,
        /// What is there.
        got: String,
    },
    /// A number that does not fit where it belongs.
    #[error("metadata key '{key}' is {value}, outside the range of {expected}")]
    OutOfRange {
        /// The key.
        key: String,
        /// The value.
        value: String,
        /// What was asked for.
        expected: &'static str,
    },
    /// `general.alignment` is not one that can be used.
    #[error("general.alignment is {alignment}; it must be a power of two from 1 to {max}")]
    BadAlignment {
        /// The alignment as read.
        alignment: u64,
        /// The greatest accepted.
        max: u64,
    },
    /// A tensor without a name.
    #[error("tensor {index} has an empty name")]
    EmptyTensorName {
        /// Its index in the file.
        index: u64,
    },
    /// Two tensors of one name.
    #[error("tensor '{tensor}' is there twice")]
    DuplicateTensor {
        /// The name.
        tensor: String,
    },
    /// A tensor stored in a type that this build does not read.
    #[error("tensor '{tensor}' is stored as {name}, which is not supported yet; use a file quantized as {supported}")]
    UnsupportedType {
        /// The tensor's name.
        tensor: String,
        /// The type's number.
        id: u32,
        /// The field's name for the type, e.g. `Q4_K`.
        name: String,
        /// The types that can be read.
        supported: String,
    },
    /// A tensor whose extents cannot be.
    #[error("tensor '{tensor}' has the shape {dims:?}: {why}")]
    BadShape {
        /// The tensor's name.
        tensor: String,
        /// Its extents as read, fastest first.
        dims: Vec<u64>,
        /// What is wrong with them.
        why: &'static str,
    },
    /// A tensor with no extents or too many.
    #[error("tensor '{tensor}' has {n_dims} dimensions; 1 to 4 are possible")]
    BadDimensionCount {
        /// The tensor's name.
        tensor: String,
        /// Dimensions as read.
        n_dims: u32,
    },
    /// A tensor that does not begin at a multiple of the alignment.
    #[error("tensor '{tensor}' begins at offset {offset}, which is not a multiple of the alignment {alignment}")]
    Misaligned {
        /// The tensor's name.
        tensor: String,
        /// Its offset in the data section.
        offset: u64,
        /// The file's alignment.
        alignment: u64,
    },
    /// A tensor that does not begin where the one before it ends, so that they overlap or a size is wrong.
    #[error(
        "tensor '{tensor}' begins at offset {offset}, but the tensors before it end at {expected}; the file is damaged"
    )]
    WrongOffset {
        /// The tensor's name.
        tensor: String,
        /// Its offset in the data section.
        offset: u64,
        /// Where the data of the tensors before it ends, with padding.
        expected: u64,
    },
}
