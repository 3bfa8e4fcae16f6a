//! Why files do not make one model. Parts are counted from 1 for people, as in their names.

use crate::gguf::GgufError;

/// Why files do not make one model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // The fields are what the messages say.
pub enum ShardError {
    /// No file was given.
    #[error("no file was given")]
    Empty,
    /// A file's header is not sound, or its `split.` keys are not.
    #[error("{}{source}", prefix(.name))]
    Header { name: String, source: Box<GgufError> },
    /// A shard has not been given.
    #[error(
        "part {} of {count} of this model is missing{}; all parts have to be together",
        .no + 1, parenthesis(.name.as_deref())
    )]
    Missing { no: u32, count: u32, name: Option<String> },
    /// Two files are the same shard.
    #[error("'{first}' and '{second}' are both part {} of {count} of a model; leave one of them out", .no + 1)]
    Duplicate { no: u32, count: u32, first: String, second: String },
    /// Two files are shards of models cut into different numbers of parts.
    #[error("'{first}' is one of {first_count} parts and '{second}' one of {second_count}; they are not of one model")]
    OtherCount { first: String, first_count: u32, second: String, second_count: u32 },
    /// Two files are shards of different models.
    #[error("'{first}' and '{second}' are parts of different models; choose the parts of one")]
    OtherModel { first: String, second: String },
    /// A whole model among others.
    #[error("'{name}' is a whole model, not a part of one; it goes alone")]
    Whole { name: String },
    /// The shards' tensors are more or fewer than they say.
    #[error(
        "the parts of this model hold {got} tensors, and say that there are {expected}; one of them is damaged or of \
         another model"
    )]
    TensorCount { expected: u64, got: u64 },
    /// A tensor is in two shards.
    #[error(
        "tensor '{tensor}' is in part {} and in part {} of {count}; one of them is damaged or of another model",
        .first + 1, .second + 1
    )]
    DuplicateTensor { tensor: String, first: u32, second: u32, count: u32 },
    /// More tensors than any model has.
    #[error("the parts of this model hold more than the {cap} tensors allowed; they are damaged")]
    TooManyTensors { cap: u64 },
    /// More data than any model has.
    #[error("the parts of this model hold {bytes} bytes, more than the {cap} allowed; they are damaged")]
    TooLarge { bytes: u64, cap: u64 },
    /// A shard ends before its tensors do.
    #[error(
        "part {} of {count} of this model{} is cut short: {missing} bytes are missing; download or copy it again",
        .no + 1, parenthesis(Some(.name))
    )]
    CutShort { no: u32, count: u32, name: String, missing: u64 },
}

/// `'name': `, or nothing where a file has no name.
fn prefix(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!("'{name}': ") }
}

/// ` ('name')`, or nothing where it is not known.
fn parenthesis(name: Option<&str>) -> String {
    name.filter(|name| !name.is_empty()).map_or_else(String::new, |name| format!(" ('{name}')"))
}
