//! `olmoe` (Muennighoff et al. 2024): queries and keys normalised over all heads at once, and a mixture of experts whose
//! weights stay the router's probabilities.

use wasm_chord_core::backend::RopePairing;

use super::parts::{Attention, Block, Experts, FeedForward, Gating, Mixer, Norm, Routing};
use super::shape::{ExpertShape, Shape};
use super::{Decoder, Ends, Keys, Scope, Tensors};
use crate::error::Result;

#[derive(Clone, Debug)]
pub(super) struct OlmoE {
    shape: Shape,
    experts: ExpertShape,
}

const ROUTING: Routing = Routing { gating: Gating::Softmax, normalise: false, scale: 1.0 };

impl Decoder for OlmoE {
    fn read(keys: &Keys<'_>) -> Result<(Self, Ends)> {
        let shape = Shape::read(keys)?;
        let experts = shape.experts(keys, false)?;
        let ends = Ends::plain(shape.config.clone(), vec![shape.rope(keys, RopePairing::Halves)?]);
        Ok((Self { shape, experts }, ends))
    }

    fn block<T: Tensors>(&self, i: usize, t: &mut Scope<'_, T>) -> Result<Block<T::Weight>> {
        let (hidden, eps) = (self.shape.hidden(), self.shape.eps());
        Ok(Block::pre_norm(
            hidden,
            Norm::rms(t, "attn_norm", hidden, eps)?,
            Mixer::Attention(Attention::read_with_whole_norms(t, hidden, self.shape.attention(i), eps)?),
            Norm::rms(t, "ffn_norm", hidden, eps)?,
            FeedForward::Experts(Experts::read(t, hidden, self.experts, ROUTING)?),
        ))
    }
}
