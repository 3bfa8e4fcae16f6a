//! Rows and elements from one place to another.

use wasm_chord_core::backend::Result;

use super::matmul::row_bytes;
use super::{area, bytes, check, matrix, word};
use crate::backend::{Buffer, GpuBackend};
use crate::kernel::Kernel;
use crate::pipelines::Binding;
use crate::recorder::{Call, grid};
use crate::weight::Weight;

impl GpuBackend {
    /// See [`Backend::embed`](wasm_chord_core::Backend::embed).
    pub(crate) fn embed_rows(&mut self, table: &Weight, tokens: &[u32], out: &Buffer) -> Result<()> {
        let w = matrix("embed", table)?;
        check("embed", out.len() >= area(tokens.len(), w.row_len), || format!("{} rows do not fit", tokens.len()))?;
        for &token in tokens {
            check("embed", (token as usize) < w.rows, || format!("token {token} of {}", w.rows))?;
        }
        for part in &w.parts {
            // Not every part of a table that is cut holds one of the rows.
            let inside = |token: &&u32| (part.first..part.first + part.rows).contains(&(**token as usize));
            let here = tokens.iter().filter(inside).count();
            if here == 0 {
                continue;
            }
            self.reserve(4 * tokens.len())?;
            let at = self.recorder.data(bytemuck::cast_slice(tokens));
            let data = self.recorder.data_memory();
            let params = [word(part.rows), word(part.first), word(w.units()), word(w.row_len), word(tokens.len()), at];
            self.dispatch(&Call {
                kernel: Kernel::Embed(w.format),
                params: &params,
                bindings: &[part.quants(w), part.scales(), Binding::whole(&data), out.binding()],
                grid: grid(area(tokens.len(), w.units())),
                bytes: here as u64 * (row_bytes(w) + bytes(w.row_len)),
            });
        }
        Ok(())
    }

    /// See [`Backend::gather`](wasm_chord_core::Backend::gather).
    pub(crate) fn gather_rows(&mut self, x: &Buffer, rows: &[u32], width: usize, out: &Buffer) -> Result<()> {
        let inside = rows.iter().all(|row| area(*row as usize + 1, width) <= x.len());
        let len = area(rows.len(), width);
        check("gather", inside && len <= out.len() && width > 0, || format!("rows {rows:?} of {width} do not fit"))?;
        self.reserve(4 * rows.len())?;
        let at = self.recorder.data(bytemuck::cast_slice(rows));
        let data = self.recorder.data_memory();
        self.dispatch(&Call {
            kernel: Kernel::Gather,
            params: &[word(len), word(width), at],
            bindings: &[x.binding(), Binding::whole(&data), out.binding()],
            grid: grid(len),
            bytes: 2 * bytes(len),
        });
        Ok(())
    }

    /// See [`Backend::scatter_add`](wasm_chord_core::Backend::scatter_add).
    pub(crate) fn scatter_rows(
        &mut self,
        x: &Buffer,
        rows: &[u32],
        factors: &[f32],
        width: usize,
        out: &Buffer,
    ) -> Result<()> {
        let inside = rows.iter().all(|row| area(*row as usize + 1, width) <= out.len());
        let fits = inside && area(rows.len(), width) <= x.len() && width > 0 && rows.len() == factors.len();
        check("scatter_add", fits, || format!("rows {rows:?} of {width} do not fit"))?;
        self.reserve(8 * rows.len())?;
        let rows_at = self.recorder.data(bytemuck::cast_slice(rows));
        let factors_at = self.recorder.data(bytemuck::cast_slice(factors));
        let data = self.recorder.data_memory();
        self.dispatch(&Call {
            kernel: Kernel::ScatterAdd,
            params: &[word(rows.len()), word(width), rows_at, factors_at],
            bindings: &[x.binding(), Binding::whole(&data), out.binding()],
            grid: if rows.is_empty() { [0; 3] } else { grid(width) },
            bytes: 3 * bytes(area(rows.len(), width)),
        });
        Ok(())
    }

    /// See [`Backend::copy`](wasm_chord_core::Backend::copy).
    pub(crate) fn copy_elements(&mut self, src: &Buffer, from: usize, dst: &Buffer, len: usize) -> Result<()> {
        let fits = from.checked_add(len).is_some_and(|end| end <= src.len()) && len <= dst.len();
        check("copy", fits, || format!("{len} elements from {from} of {} do not fit", src.len()))?;
        self.reserve(0)?;
        self.dispatch(&Call {
            kernel: Kernel::Copy,
            params: &[word(len), word(from)],
            bindings: &[src.binding(), dst.binding()],
            grid: grid(len),
            bytes: 2 * bytes(len),
        });
        Ok(())
    }
}
