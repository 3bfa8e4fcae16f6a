//! `qwen3moe` (Yang et al. 2025): Qwen3 with a mixture of experts in each block; the chosen ones' weights add up to 1.

use wasm_chord_core::backend::RopePairing;

use super::parts::{Attention, Block, Experts, FeedForward, Gating, Mixer, Norm, Routing};
use super::shape::{ExpertShape, Shape};
use super::{Decoder, Ends, Keys, Scope, Tensors};
use crate::error::Result;

#[derive(Clone, Debug)]
pub(super) struct Qwen3Moe {
    shape: Shape,
    experts: ExpertShape,
}

const ROUTING: Routing = Routing { gating: Gating::Softmax, normalise: true, scale: 1.0 };

impl Decoder for Qwen3Moe {
    fn read(keys: &Keys<'_>) -> Result<(Self, Ends)> {
        let shape = Shape::read(keys)?;
        let experts = shape.experts(keys, true)?;
        let ends = Ends::plain(shape.config.clone(), vec![shape.rope(keys, RopePairing::Halves)?]);
        Ok((Self { shape, experts }, ends))
    }

    fn block<T: Tensors>(&self, i: usize, t: &mut Scope<'_, T>) -> Result<Block<T::Weight>> {
        let (hidden, eps) = (self.shape.hidden(), self.shape.eps());
        Ok(Block::pre_norm(
            hidden,
            Norm::rms(t, "attn_norm", hidden, eps)?,
            Mixer::Attention(Attention::read_with_head_norms(t, hidden, self.shape.attention(i), eps)?),
            Norm::rms(t, "ffn_norm", hidden, eps)?,
            FeedForward::Experts(Experts::read(t, hidden, self.experts, ROUTING)?),
        ))
    }
}
