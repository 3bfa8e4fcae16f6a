//! Norms and biases: rows beside a vector.

use wasm_chord_core::backend::{BackendError, Result};

use super::{area, bytes, check, word};
use crate::backend::{Buffer, GpuBackend};
use crate::kernel::{Kernel, Pairwise};
use crate::memory::Memory;
use crate::pipelines::Binding;
use crate::recorder::{Call, rows_of_groups};
use crate::weight::Weight;

/// A vector and its length, or the error that `op` was given a matrix.
pub(super) fn vector<'a>(op: &'static str, weight: &'a Weight) -> Result<(&'a Memory, usize)> {
    match weight {
        Weight::Vector { memory, len } => Ok((memory, *len)),
        Weight::Matrix(_) => Err(BackendError::Shape { op, what: "the weight is a matrix".to_owned() }),
    }
}

/// What a norm works with.
#[derive(Debug)]
pub(crate) struct NormCall<'a> {
    /// The method, for errors.
    pub op: &'static str,
    /// About the mean.
    pub mean: bool,
    /// `[width]`.
    pub weight: &'a Weight,
    /// `[width]`.
    pub bias: Option<&'a Weight>,
    /// Added to the variance.
    pub eps: f32,
}

/// What [`GpuBackend::norm`] is given.
pub(crate) fn norm_call<'a>(
    op: &'static str,
    mean: bool,
    weight: &'a Weight,
    bias: Option<&'a Weight>,
    eps: f32,
) -> NormCall<'a> {
    NormCall { op, mean, weight, bias, eps }
}

impl GpuBackend {
    /// `n` rows of `x`, normed, to `out`; of `out` itself without `x`.
    pub(crate) fn norm(&mut self, call: &NormCall<'_>, x: Option<&Buffer>, out: &Buffer, n: usize) -> Result<()> {
        let (weight, width) = vector(call.op, call.weight)?;
        let bias = call.bias.map(|bias| vector(call.op, bias)).transpose()?;
        let room = x.map_or(usize::MAX, Buffer::len).min(out.len());
        let fits = room >= area(n, width) && bias.is_none_or(|(_, len)| len == width);
        check(call.op, fits, || format!("{n} rows of {width} do not fit"))?;
        let (weight, bias) = (Binding::whole(weight), bias.map(|(bias, _)| Binding::whole(bias)));
        let mut bindings = Vec::with_capacity(4);
        bindings.extend(x.map(Buffer::binding));
        bindings.extend([out.binding(), weight, bias.unwrap_or(weight)]);
        self.reserve(0)?;
        self.dispatch(&Call {
            kernel: Kernel::Norm { mean: call.mean, bias: call.bias.is_some(), in_place: x.is_none() },
            params: &[word(n), word(width), call.eps.to_bits()],
            bindings: &bindings,
            grid: rows_of_groups(n),
            bytes: 2 * bytes(area(n, width)) + bytes(width),
        });
        Ok(())
    }

    /// See [`Backend::add_bias`](wasm_chord_core::Backend::add_bias).
    pub(crate) fn bias(&mut self, x: &Buffer, bias: &Weight, n: usize) -> Result<()> {
        let (bias, width) = vector("add_bias", bias)?;
        check("add_bias", x.len() >= area(n, width), || format!("{n} rows of {width} do not fit"))?;
        self.pairwise(Pairwise::Add, x, Binding::whole(bias), n * width, width)
    }
}
