//! One file for each kind of op: what it accepts, and which kernels it queues.

mod attention;
mod candidates;
mod elementwise;
mod experts;
mod kv_write;
mod matmul;
mod norm;
mod probe;
mod quantize;
mod read_all;
mod rope;
mod rows;
mod short_conv;
mod tiles;

use wasm_chord_core::backend::{BackendError, Result};

use crate::weight::{Matrix, Weight};
pub(crate) use attention::MOST_ATTENTION_OPS;
pub(crate) use candidates::MOST_CANDIDATES;
pub(crate) use matmul::Input;
pub(crate) use norm::norm_call;
#[cfg(any(test, feature = "test-suite"))]
pub(crate) use quantize::UNIT_WORDS;

/// Fails with a [`BackendError::Shape`] unless `ok`.
pub(crate) fn check(op: &'static str, ok: bool, what: impl FnOnce() -> String) -> Result<()> {
    if ok { Ok(()) } else { Err(BackendError::Shape { op, what: what() }) }
}

/// Elements of `n` rows of `width`; a number no buffer has when that overflows.
pub(crate) fn area(n: usize, width: usize) -> usize {
    n.saturating_mul(width)
}

/// A count for a kernel. Whatever is in a buffer, of which it was checked to be a part, is counted in 32 bits.
pub(crate) fn word(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// The matrix, or the error that `op` was given a vector.
fn matrix<'a>(op: &'static str, weight: &'a Weight) -> Result<&'a Matrix> {
    match weight {
        Weight::Matrix(matrix) => Ok(matrix),
        Weight::Vector { .. } => Err(BackendError::Shape { op, what: "the weight is no matrix".to_owned() }),
    }
}

/// Bytes of `elements` f32.
fn bytes(elements: usize) -> u64 {
    4 * elements as u64
}
