//! LFM2's gated short convolution, in the place of attention: `out · (c × conv(b × x))`.

use wasm_chord_core::Backend;
use wasm_chord_core::backend::{Result, ShortConvShape};

use super::{Input, add_bias};
use crate::arch::tensors::{Linear, Scope, Tensors};
use crate::arch::{Inner, StepInfo, Widths};
use crate::error;

/// Positions of the past that are kept, so that an answer can be begun again without reading the whole prompt again.
/// 1 MiB for each layer of a model 1024 wide.
const KEPT: usize = 256;

/// One layer's convolution.
#[derive(Debug)]
pub(crate) struct ShortConv<W> {
    input: Linear<W>,      // [3 × hidden, hidden]: rows b, c, x
    kernel: W,             // [hidden, taps]
    pub output: Linear<W>, // [hidden, hidden]
    shape: ShortConvShape,
}

impl<W> ShortConv<W> {
    /// The convolution over `taps` positions `shortconv.in_proj`, `.conv`, `.out_proj`.
    pub fn read<T: Tensors<Weight = W>>(t: &mut Scope<'_, T>, hidden: usize, taps: usize) -> error::Result<Self> {
        Ok(Self {
            input: t.linear("shortconv.in_proj", hidden, 3 * hidden)?,
            kernel: t.flat("shortconv.conv.weight", &[taps, hidden])?,
            output: t.linear("shortconv.out_proj", hidden, hidden)?,
            shape: ShortConvShape { width: hidden, taps, rows: KEPT + taps },
        })
    }

    /// f32 of the history that it keeps.
    pub fn history_len(&self) -> usize {
        self.shape.rows * self.shape.width
    }

    /// How far back from the last position the sequence may be taken up again.
    pub fn rewind(&self) -> usize {
        KEPT
    }

    pub fn widths(&self) -> Widths {
        Widths { conv: 3 * self.shape.width, q: self.shape.width, ..Widths::default() }
    }

    /// The convolution of `input`, `[n, hidden]`, to `s.attended`; [`output`](Self::output) is still to be multiplied with it.
    pub fn forward<B: Backend<Weight = W>>(
        &self,
        b: &mut B,
        step: &StepInfo<'_>,
        history: &mut B::Buffer,
        input: Input<'_, B>,
        s: &mut Inner<B>,
    ) -> Result<()> {
        input.matmul(b, step.n, &mut [(&self.input.weight, &mut s.conv)])?;
        add_bias(b, &self.input, step.n, &mut s.conv)?;
        b.short_conv(&s.conv, &self.kernel, history, &mut s.attended, self.shape, step.pos, step.n)
    }
}
