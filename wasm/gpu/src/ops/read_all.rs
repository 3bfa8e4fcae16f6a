//! Reading memory and nothing else: what a token's time is measured against, since decoding reads every weight once.

use wasm_chord_core::backend::Result;

use super::{bytes, check, word};
use crate::backend::{Buffer, GpuBackend};
use crate::kernel::{GROUP, Kernel, READ_VECTORS};
use crate::recorder::{Call, rows_of_groups};

impl GpuBackend {
    /// Queues reading all whole vectors of 4 of `x` once; the bytes that are moved by it. A 64th of `x`'s elements of `out`
    /// are overwritten.
    ///
    /// # Errors
    /// [`BackendError::Shape`](wasm_chord_core::BackendError::Shape) when `out` has fewer; as any op.
    pub fn read_all(&mut self, x: &Buffer, out: &mut Buffer) -> Result<u64> {
        let vectors = x.len() / 4;
        let groups = vectors.div_ceil((GROUP * READ_VECTORS) as usize);
        let written = groups * GROUP as usize;
        check("read_all", out.len() >= written, || format!("{written} elements do not fit in {}", out.len()))?;
        let moved = bytes(4 * vectors + written);
        self.reserve(0)?;
        self.dispatch(&Call {
            kernel: Kernel::ReadAll,
            params: &[word(vectors)],
            bindings: &[x.binding(), out.binding()],
            grid: rows_of_groups(groups),
            bytes: moved,
        });
        Ok(moved)
    }
}
