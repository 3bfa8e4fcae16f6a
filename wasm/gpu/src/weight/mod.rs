//! Weights in GPU memory.

mod format;
mod pack;
mod staging;

pub use format::Format;
pub use staging::{Staging, stacks};

use wasm_chord_core::BackendError;
use wgpu::BufferUsages;

use crate::device::Device;
use crate::memory::{Allocator, Memory};

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

/// Rows of a part at most: as many as a dispatch of tiles reaches.
const MOST_ROWS: u64 = 1 << 21;
/// Where a plane may begin: every device's alignment of bindings divides it.
const ALIGNMENT: u64 = 256;

impl Part {
    /// Rows of `row_len` weights that a kernel may see at once; 0 when it may not see one.
    pub fn most_rows(device: &Device, format: Format, row_len: usize) -> usize {
        let (quants, scales) = format.bytes_of_eight();
        let row = (row_len.div_ceil(UNIT) as u64).saturating_mul(quants + scales).div_ceil(8).max(1);
        let part = device.capabilities.binding_bytes.saturating_sub(2 * ALIGNMENT);
        (part / row).min(MOST_ROWS) as usize
    }

    /// Memory for `rows` rows of `matrix` from row `first` on; `name` is what an error calls it.
    ///
    /// # Errors
    /// [`BackendError::OutOfMemory`], [`BackendError::DeviceLost`].
    pub fn new(
        device: &Device,
        allocator: &mut Allocator,
        name: &str,
        matrix: &Matrix,
        first: usize,
        rows: usize,
    ) -> Result<Self, BackendError> {
        let (quants, scales) = matrix.format.bytes_of_eight();
        // A row of K-quants is whole blocks of eight units; of the others any number of units.
        let units = rows as u64 * matrix.units() as u64;
        let scales_at = (units * quants).div_ceil(8).next_multiple_of(ALIGNMENT);
        let bytes = scales_at + (units * scales).div_ceil(8).max(16);
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
        let memory = allocator.buffer(device, name, bytes, usage)?;
        Ok(Self { memory, first, rows, scales_at })
    }
}
