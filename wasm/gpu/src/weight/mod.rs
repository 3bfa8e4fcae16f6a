//! Weights in GPU memory.

mod format;
mod pack;
mod staging;

pub use format::Format;
pub use staging::{Staging, stacks};

use crate::memory::Memory;

/// Weights of a unit: what kernels decode at once.
pub const UNIT: usize = 32;

/// A whole weight tensor.
#[derive(Debug)]
pub enum Weight {
    /// A vector of any type, as f32: a norm's weights.
    Vector {
        /// `[len]`.
        memory: Memory,
        /// Its elements.
        len: usize,
    },
    /// A matrix.
    Matrix(Matrix),
}

/// A matrix, cut into parts where it is more than a kernel may see at once.
#[derive(Debug)]
pub struct Matrix {
    /// How it lies in memory.
    pub format: Format,
    /// Its rows.
    pub rows: usize,
    /// Weights of a row.
    pub row_len: usize,
    /// Rows of an expert, where it is a stack of those. No expert lies in two parts.
    pub expert_rows: Option<usize>,
    /// Its parts, in order.
    pub parts: Vec<Part>,
}

impl Matrix {
    /// Units of a row; the last is filled up with zeros.
    pub fn units(&self) -> usize {
        self.row_len.div_ceil(UNIT)
    }
}

/// Some rows of a matrix: the plane of quants, then the plane of scales.
#[derive(Debug)]
pub struct Part {
    /// Both planes.
    pub memory: Memory,
    /// The first row.
    pub first: usize,
    /// How many.
    pub rows: usize,
    /// Where the scales begin; the end of the quants.
    pub scales_at: u64,
}
