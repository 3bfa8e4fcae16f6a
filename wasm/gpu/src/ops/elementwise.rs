//! Ops that take elements one by one.

use wasm_chord_core::backend::Result;

use super::{bytes, check, word};
use crate::backend::{Buffer, GpuBackend};
use crate::kernel::{Elementwise, Kernel, Pairwise};
use crate::pipelines::Binding;
use crate::recorder::{Call, grid};

impl GpuBackend {
    /// `x[i] = op(x[i], a)` over the first `len` elements.
    pub(crate) fn elementwise(
        &mut self,
        name: &'static str,
        op: Elementwise,
        x: &Buffer,
        a: f32,
        len: usize,
    ) -> Result<()> {
        check(name, x.len() >= len, || format!("{len} elements do not fit"))?;
        self.reserve(0)?;
        self.dispatch(&Call {
            kernel: Kernel::Elementwise(op),
            params: &[word(len), a.to_bits()],
            bindings: &[x.binding()],
            grid: grid(len),
            bytes: 2 * bytes(len),
        });
        Ok(())
    }

    /// `x[i] = op(x[i], y[i % period])` over the first `len` elements, for which the caller has checked that `y` is long
    /// enough.
    pub(crate) fn pairwise(
        &mut self,
        op: Pairwise,
        x: &Buffer,
        y: Binding<'_>,
        len: usize,
        period: usize,
    ) -> Result<()> {
        self.reserve(0)?;
        self.dispatch(&Call {
            kernel: Kernel::Pairwise(op),
            params: &[word(len), word(period)],
            bindings: &[x.binding(), y],
            grid: grid(len),
            bytes: 2 * bytes(len) + bytes(period),
        });
        Ok(())
    }

    /// [`pairwise`](Self::pairwise) of two buffers.
    pub(crate) fn pair(&mut self, name: &'static str, op: Pairwise, x: &Buffer, y: &Buffer, len: usize) -> Result<()> {
        check(name, x.len().min(y.len()) >= len, || format!("{len} elements do not fit"))?;
        self.pairwise(op, x, y.binding(), len, len)
    }
}
