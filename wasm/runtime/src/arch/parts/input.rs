//! What a branch is given.

use wasm_chord_core::Backend;
use wasm_chord_core::backend::{Activation, Result, Unnormed};

use super::Norm;

/// Rows that a branch begins with, `[n, hidden]`.
pub(crate) enum Input<'a, B: Backend> {
    /// As they are.
    Rows(&'a B::Buffer),
    /// Their RMSNorm, which a backend may work out within the product that takes it.
    Unnormed(Unnormed<'a, B>),
}

impl<'a, B: Backend> Input<'a, B> {
    /// `n` rows of `x` behind `norm`, if there is one; what is in `spare` is lost.
    pub fn new(
        b: &mut B,
        x: &'a B::Buffer,
        norm: Option<&'a Norm<B::Weight>>,
        spare: &'a mut B::Buffer,
        n: usize,
    ) -> Result<Self> {
        match norm {
            None => Ok(Self::Rows(x)),
            Some(Norm::Rms { weight, eps }) => Ok(Self::Unnormed(Unnormed { x, weight, eps: *eps, spare })),
            Some(norm) => {
                norm.forward(b, x, spare, n)?;
                Ok(Self::Rows(spare))
            }
        }
    }

    /// [`Backend::matmul`] of the rows.
    pub fn matmul(self, b: &mut B, n: usize, jobs: &mut [(&B::Weight, &mut B::Buffer)]) -> Result<()> {
        match self {
            Self::Rows(x) => b.matmul(x, n, jobs),
            Self::Unnormed(rows) => b.norm_matmul(rows, n, jobs),
        }
    }

    /// [`Backend::gated`] of the rows.
    pub fn gated(
        self,
        b: &mut B,
        n: usize,
        weights: [&B::Weight; 2],
        activation: Activation,
        outs: [&mut B::Buffer; 2],
        len: usize,
    ) -> Result<()> {
        match self {
            Self::Rows(x) => b.gated(x, n, weights, activation, outs, len),
            Self::Unnormed(rows) => b.norm_gated(rows, n, weights, activation, outs, len),
        }
    }
}
