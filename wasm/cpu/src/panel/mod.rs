//! How weights lie in memory: eight rows side by side, so that one [`Vector`] holds the same column of eight rows.
//!
//! A matrix `[rows, row_len]` is `ceil(rows / 8)` panels one after the other, each `row_len / block_len` blocks long;
//! rows that fill up the last panel are zero. A block takes exactly the bytes its eight rows take in the file. Lanes
//! are then rows of the result: no kernel adds across lanes, and every product is summed in the same order whatever the
//! tile, so that those of prefill and decode agree to the bit.
//!
//! Plain SIMD128 multiplies 16-bit pairs ([`dot_pairs`](Vector::dot_pairs)), so quantised weights lie in pairs:
//! `[pair][row][2]`. (Byte-wise dot products, relaxed SIMD's and VNNI's, will want `[group of 4][row][4]` instead.)

mod floats;
mod quants;

pub use floats::{BF16, F16, F32};
pub use quants::{Activations, Q4_0, Q8_0};

use wasm_chord_core::gguf::GgmlType;

use crate::vector::{LANES, Vector};

/// One block of eight rows.
pub trait Panel: Copy {
    /// How the file stores it.
    const TYPE: GgmlType;
    /// Eight rows of zeros.
    const ZERO: Self;
    /// What one block of a token's activations looks like to it.
    type Input;

    /// Takes row `row % 8` from a block of the file, of [`GgmlType::block_bytes`].
    fn put(&mut self, row: usize, block: &[u8]);

    /// Dequantises row `row % 8` into `out`, of [`GgmlType::block_len`].
    fn get(&self, row: usize, out: &mut [f32]);

    /// `acc[t][p] += w[p] · x[t]`, for one block of `T` tokens and `NP` panels.
    fn accumulate<V: Vector, const T: usize, const NP: usize>(
        v: V,
        x: [&Self::Input; T],
        w: [&Self; NP],
        acc: &mut [[V::F; NP]; T],
    );
}

/// A whole weight matrix `[rows, row_len]` in panels.
#[derive(Clone, Debug)]
pub struct Matrix<P> {
    panels: Vec<P>, // [ceil(rows / 8), row_len / block_len]
    rows: usize,
    row_len: usize,
}

impl<P: Panel> Matrix<P> {
    /// A matrix of zeros, or `None` when there is no memory for it (or no number for that much).
    pub fn zeros(rows: usize, row_len: usize) -> Option<Self> {
        let mut panels = Vec::new();
        let blocks = rows.div_ceil(LANES).checked_mul(row_len / P::TYPE.block_len())?;
        panels.try_reserve_exact(blocks).ok()?;
        panels.resize(blocks, P::ZERO);
        Some(Self { panels, rows, row_len })
    }

    /// Rows: the width of the result.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Weights in a row: the width of the input.
    pub fn row_len(&self) -> usize {
        self.row_len
    }

    /// Blocks in a row.
    pub fn blocks(&self) -> usize {
        self.row_len / P::TYPE.block_len()
    }

    /// Panel `i` of `ceil(rows / 8)`, `[blocks]`.
    #[inline(always)]
    pub fn panel(&self, i: usize) -> &[P] {
        let blocks = self.blocks();
        &self.panels[i * blocks..(i + 1) * blocks]
    }

    /// Takes whole blocks of the file, the first of them number `first` of the tensor.
    pub fn put_blocks(&mut self, first: usize, bytes: &[u8]) {
        let per_row = self.blocks();
        let (mut row, mut column) = (first / per_row, first % per_row);
        for block in bytes.chunks_exact(P::TYPE.block_bytes()) {
            if let Some(panel) = self.panels.get_mut(row / LANES * per_row + column) {
                panel.put(row, block);
            }
            column += 1;
            if column == per_row {
                (row, column) = (row + 1, 0);
            }
        }
    }

    /// Dequantises row `row` into `out`, `[row_len]`.
    pub fn get_row(&self, row: usize, out: &mut [f32]) {
        for (panel, out) in self.panel(row / LANES).iter().zip(out.chunks_exact_mut(P::TYPE.block_len())) {
            panel.get(row, out);
        }
    }
}
