//! Normalisation layers.

use wasm_chord_core::Backend;
use wasm_chord_core::backend::Result;

use crate::arch::tensors::{Scope, Tensors};
use crate::error;

/// A normalisation and its weights, each as wide as the rows it normalises.
#[derive(Debug)]
pub(crate) enum Norm<W> {
    /// RMSNorm (Zhang & Sennrich 2019).
    Rms { weight: W, eps: f32 },
    /// LayerNorm (Ba et al. 2016).
    Layer { weight: W, bias: Option<W>, eps: f32 },
}

impl<W> Norm<W> {
    /// The RMSNorm `{name}.weight`.
    pub fn rms<T: Tensors<Weight = W>>(
        t: &mut Scope<'_, T>,
        name: &str,
        width: usize,
        eps: f32,
    ) -> error::Result<Self> {
        Ok(Self::Rms { weight: t.tensor(&format!("{name}.weight"), &[width])?, eps })
    }

    /// The LayerNorm `{name}.weight` with `{name}.bias`, where there is one.
    pub fn layer<T: Tensors<Weight = W>>(
        t: &mut Scope<'_, T>,
        name: &str,
        width: usize,
        eps: f32,
    ) -> error::Result<Self> {
        let weight = t.tensor(&format!("{name}.weight"), &[width])?;
        Ok(Self::Layer { weight, bias: t.optional(&format!("{name}.bias"), &[width])?, eps })
    }

    /// `out = norm(x)` for `n` rows.
    pub fn forward<B: Backend<Weight = W>>(
        &self,
        b: &mut B,
        x: &B::Buffer,
        out: &mut B::Buffer,
        n: usize,
    ) -> Result<()> {
        match self {
            Self::Rms { weight, eps } => b.rms_norm(x, weight, *eps, out, n),
            Self::Layer { weight, bias, eps } => b.layer_norm(x, weight, bias.as_ref(), *eps, out, n),
        }
    }
}
