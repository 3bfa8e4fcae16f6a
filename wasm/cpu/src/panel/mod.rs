//! How weights lie in memory: eight rows side by side, so that one [`Vector`](crate::vector::Vector) holds the same column of eight rows.
//!
//! A matrix `[rows, row_len]` is `ceil(rows / 8)` panels one after the other, each `row_len / block_len` blocks long;
//! rows that fill up the last panel are zero. A block takes the bytes its eight rows take in the file, or few more. Lanes
//! are then rows of the result: no kernel adds across lanes, and every product is summed in the same order whatever the
//! tile, so that those of prefill and decode agree to the bit.
//!
//! The bytes of quantised weights lie in groups of four columns (see [`bits`]), as byte-wise dot products take them.

pub mod bits;
mod floats;
mod products;
mod quants;

pub use bits::Halves;
pub use floats::{BF16, F16, F32};
pub use quants::{IQ4_NL, IQ4_XS, Q2_K, Q3_K, Q4_0, Q4_1, Q4_K, Q5_0, Q5_1, Q5_K, Q6_K, Q8_0};

use wasm_chord_core::gguf::GgmlType;

use crate::dot::{Dot, Numbers};
use crate::vector::LANES;

/// One block of eight rows.
pub trait Panel: Copy {
    /// How the file stores it.
    const TYPE: GgmlType;
    /// Eight rows of zeros.
    const ZERO: Self;

    /// What it multiplies activations with.
    const NUMBERS: Numbers;

    /// Takes row `row % 8` from a block of the file, of [`GgmlType::block_bytes`].
    fn put(&mut self, row: usize, block: &[u8]);

    /// Dequantises row `row % 8` into `out`, of [`GgmlType::block_len`].
    fn get(&self, row: usize, out: &mut [f32]);

    /// `acc[t][p] += w[p] · x[t]`, for one block of `T` tokens and `NP` panels; `x` is the block's words of each token.
    fn accumulate<V: Dot, const T: usize, const NP: usize>(
        v: V,
        x: &[[u32; T]],
        w: [&Self; NP],
        halves: Halves,
        acc: &mut [[V::F; NP]; T],
    );
}

/// Calls macro `$with` with the name of every panel type, which is that of its [`GgmlType`] too, after `$args`.
macro_rules! for_each_panel {
    ($with:ident!($($args:tt)*)) => {
        $with! { $($args)*
            F32 F16 BF16 Q8_0 Q4_0 Q4_1 Q5_0 Q5_1 Q2_K Q3_K Q4_K Q5_K Q6_K IQ4_NL IQ4_XS
        }
    };
}
pub(crate) use for_each_panel;

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
