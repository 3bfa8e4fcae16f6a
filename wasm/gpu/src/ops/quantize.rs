//! Activations in bytes, for the products of bytes: once for all matrices that they are multiplied by.

use std::sync::Arc;

use wasm_chord_core::backend::Result;

use super::{bytes, check, word};
use crate::backend::{Buffer, GpuBackend};
use crate::kernel::Kernel;
use crate::memory::Memory;
use crate::pipelines::Binding;
use crate::recorder::{Call, grid};
use crate::scratch::Use;
use crate::weight::UNIT;

/// Words of a unit: 8 of bytes, its scale, two sums, and one that fills the vector.
pub(crate) const UNIT_WORDS: usize = 12;

impl GpuBackend {
    /// The first `units` units of `x` in bytes, in memory that the next call uses again.
    pub(crate) fn quantized(&mut self, x: &Buffer, units: usize) -> Result<Arc<Memory>> {
        let out = self.scratch(Use::Packed, units.saturating_mul(UNIT_WORDS))?;
        self.quantize(x, units, &out)?;
        Ok(out)
    }

    /// The first `units` units of `x` in bytes, to `out`.
    pub(crate) fn quantize(&mut self, x: &Buffer, units: usize, out: &Memory) -> Result<()> {
        let fits = x.len() / UNIT >= units && out.bytes() / 4 >= (units as u64).saturating_mul(UNIT_WORDS as u64);
        check("quantize", fits, || format!("{units} units of {} to {} bytes", x.len(), out.bytes()))?;
        self.reserve(0)?;
        self.dispatch(&Call {
            kernel: Kernel::Quantize,
            params: &[word(units)],
            bindings: &[x.binding(), Binding::whole(out)],
            grid: grid(units),
            bytes: bytes(units * UNIT) + bytes(units * UNIT_WORDS),
        });
        Ok(())
    }
}
