//! What blocks are made of. An architecture's own file puts them together.

mod attention;
mod block;
mod experts;
mod feed_forward;
mod input;
mod layer_input;
mod norm;
mod short_conv;

pub(crate) use attention::{Attention, HeadNorm, KeysValues, QkNorm};
pub(crate) use block::{Block, Mixer};
pub(crate) use experts::Experts;
pub use experts::RouterScratch;
pub(crate) use feed_forward::{FeedForward, Gated, Plain};
pub(crate) use input::Input;
pub(crate) use layer_input::{LayerInput, LayerInputShape, LayerInputs};
pub(crate) use norm::Norm;
pub(crate) use short_conv::ShortConv;
pub(crate) use wasm_chord_core::backend::{Activation, Gating, Routing};

use wasm_chord_core::Backend;
use wasm_chord_core::backend::{BackendError, Result};

use super::tensors::Linear;

/// `out = weight · x + bias`.
pub(crate) fn apply<B: Backend>(
    b: &mut B,
    linear: &Linear<B::Weight>,
    x: &B::Buffer,
    n: usize,
    out: &mut B::Buffer,
) -> Result<()> {
    b.matmul(x, n, &mut [(&linear.weight, out)])?;
    add_bias(b, linear, n, out)
}

fn add_bias<B: Backend>(b: &mut B, linear: &Linear<B::Weight>, n: usize, out: &mut B::Buffer) -> Result<()> {
    match &linear.bias {
        Some(bias) => b.add_bias(out, bias, n),
        None => Ok(()),
    }
}

/// The error for what only a mistake in a graph can bring about.
fn misplaced(what: &str) -> BackendError {
    BackendError::Shape { op: "forward", what: what.to_owned() }
}
