//! Matrix products: a few tokens at a time or in tiles.

use wasm_chord_core::backend::Result;

use super::{area, bytes, check, matrix, word};
use crate::backend::{Buffer, GpuBackend};
use crate::kernel::{GROUP, Kernel, TILE};
use crate::pipelines::Binding;
use crate::recorder::{Call, rows_of_groups};
use crate::weight::{Format, Matrix, Part, UNIT, Weight};

/// Tokens up to which a matrix is read for a few of them at a time.
const FEW_TOKENS: usize = 8;
/// Tokens that share a decoded unit, where there are several.
const TOGETHER: usize = 4;

impl GpuBackend {
    /// See [`Backend::matmul`](wasm_chord_core::Backend::matmul).
    pub(crate) fn multiply(&mut self, x: &Buffer, n: usize, jobs: &mut [(&Weight, &mut Buffer)]) -> Result<()> {
        for (w, out) in &*jobs {
            let Matrix { rows, row_len, .. } = *matrix("matmul", w)?;
            check("matmul", x.len() >= area(n, row_len) && out.len() >= area(n, rows), || {
                format!("[{n}, {row_len}] · [{rows}, {row_len}] in {} and {}", x.len(), out.len())
            })?;
        }
        for (w, out) in jobs {
            let w = matrix("matmul", w)?;
            for part in &w.parts {
                self.multiply_part(x, n, w, part, out)?;
            }
        }
        Ok(())
    }

    fn multiply_part(&mut self, x: &Buffer, n: usize, w: &Matrix, part: &Part, out: &Buffer) -> Result<()> {
        let (kernel, grid) = plan(w, part.rows, n);
        let params = [part.rows, w.units(), w.row_len, n, w.rows, part.first].map(word);
        let weights = part.quant_bytes(w) + part.scale_bytes(w);
        let bindings = [part.quants(w), part.scales(), x.binding(), out.binding()];
        self.reserve(0)?;
        let moved = weights + bytes(area(n, w.row_len)) + bytes(area(n, part.rows));
        self.recorder.stats.weight_bytes += weights;
        // Weights are read once; beyond a few tokens a device multiplies longer than it reads.
        self.recorder.charge(weights * (n.saturating_sub(1) / FEW_TOKENS) as u64);
        self.dispatch(&Call { kernel, params: &params, bindings: &bindings, grid, bytes: moved });
        Ok(())
    }

    /// Builds the kernels that a matrix will need before a token waits for them.
    pub(crate) fn prepare_matmul(&mut self, w: &Matrix) {
        for n in [1, TOGETHER, FEW_TOKENS + 1] {
            self.recorder.prepare(&self.device, plan(w, w.rows, n).0);
        }
    }
}

/// Which kernel multiplies `rows` rows of `w` by `n` tokens, and its workgroups.
fn plan(w: &Matrix, rows: usize, n: usize) -> (Kernel, [u32; 3]) {
    let (format, ragged) = (w.format, !w.row_len.is_multiple_of(UNIT));
    if n > FEW_TOKENS {
        let (tile_rows, tile_tokens) = TILE;
        let grid = [word(rows).div_ceil(tile_rows), word(n).div_ceil(tile_tokens), 1];
        return (Kernel::MatMul { format, ragged }, grid);
    }
    let tokens = if n > 1 { TOGETHER } else { 1 };
    // As many lanes as find work, and read what lies together.
    let lanes = match w.units() {
        0..8 => 4,
        8..16 => 8,
        16..64 => 16,
        _ => 32,
    };
    let [x, y, _] = rows_of_groups(rows.div_ceil((GROUP / lanes) as usize));
    (Kernel::MatVec { format, tokens: word(tokens), lanes, ragged }, [x, y, word(n.div_ceil(tokens))])
}

impl Part {
    /// Bytes of the plane of quants.
    pub(super) fn quant_bytes(&self, w: &Matrix) -> u64 {
        (self.rows as u64 * w.units() as u64 * w.format.bytes_of_eight().0).div_ceil(8)
    }

    /// Bytes of the plane of scales.
    pub(super) fn scale_bytes(&self, w: &Matrix) -> u64 {
        (self.rows as u64 * w.units() as u64 * w.format.bytes_of_eight().1).div_ceil(8)
    }

    /// The plane of quants.
    pub(super) fn quants(&self, w: &Matrix) -> Binding<'_> {
        Binding { memory: &self.memory, offset: 0, bytes: Some(self.quant_bytes(w)) }
    }

    /// The plane of scales; of formats that have none, a few bytes that nothing reads.
    pub(super) fn scales(&self) -> Binding<'_> {
        Binding { memory: &self.memory, offset: self.scales_at, bytes: None }
    }
}

/// Bytes of a row of `w`, both planes.
pub(super) fn row_bytes(w: &Matrix) -> u64 {
    let (quants, scales): (u64, u64) = Format::bytes_of_eight(w.format);
    (w.units() as u64 * (quants + scales)).div_ceil(8)
}
