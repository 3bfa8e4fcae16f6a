//! Where a branch leaves what it works out.

use wasm_chord_core::Backend;
use wasm_chord_core::backend::Result;

use super::apply;
use crate::arch::tensors::Linear;

/// Where a branch's last product goes, `[n, hidden]`.
pub(crate) enum Target<'a, B: Backend> {
    /// To a buffer of its own.
    Branch(&'a mut B::Buffer),
    /// Onto the residual stream `x`, `len` elements; what was in `spare` is lost.
    Residual { x: &'a mut B::Buffer, spare: &'a mut B::Buffer, len: usize },
}

impl<B: Backend> Target<'_, B> {
    /// Leaves `linear · h`, of `n` rows.
    pub fn take(self, b: &mut B, linear: &Linear<B::Weight>, h: &B::Buffer, n: usize) -> Result<()> {
        match self {
            Self::Branch(out) => apply(b, linear, h, n, out),
            Self::Residual { x, spare, len } if linear.bias.is_none() => {
                b.matmul_add(h, n, &linear.weight, x, len, spare)
            }
            Self::Residual { x, spare, len } => {
                apply(b, linear, h, n, spare)?;
                b.add(x, spare, len)
            }
        }
    }
}
