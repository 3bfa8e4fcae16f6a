//! LFM2's gated short convolution.

use wasm_chord_core::backend::{Result, ShortConvShape};

use super::norm::vector;
use super::{area, bytes, check, word};
use crate::backend::{Buffer, GpuBackend};
use crate::kernel::Kernel;
use crate::pipelines::Binding;
use crate::recorder::{Call, grid};
use crate::weight::Weight;

impl GpuBackend {
    /// See [`Backend::short_conv`](wasm_chord_core::Backend::short_conv).
    #[allow(clippy::too_many_arguments, reason = "as the trait has it")]
    pub(crate) fn convolve(
        &mut self,
        bcx: &Buffer,
        kernel: &Weight,
        history: &Buffer,
        out: &Buffer,
        shape: ShortConvShape,
        pos: usize,
        n: usize,
    ) -> Result<()> {
        let (kernel, weights) = vector("short_conv", kernel)?;
        let ShortConvShape { width, taps, rows } = shape;
        let fits = bcx.len() >= area(n, area(3, width)) && out.len() >= area(n, width) && width > 0;
        let state = history.len() == area(rows, width) && rows >= taps;
        check("short_conv", fits && state && taps > 0 && weights == area(width, taps), || {
            format!("{n} tokens at {pos}: {shape:?}, {weights} weights")
        })?;
        self.reserve(0)?;
        self.dispatch(&Call {
            kernel: Kernel::ShortConv,
            params: &[n, pos, width, taps, rows].map(word),
            bindings: &[bcx.binding(), Binding::whole(kernel), history.binding(), out.binding()],
            grid: if n == 0 { [0; 3] } else { grid(width) },
            bytes: bytes(area(n, width)) * (4 + taps as u64) + bytes(weights),
        });
        Ok(())
    }
}
