//! `lfm2moe` (Liquid AI 2025): LFM2 with a mixture of experts in all but the first layers, chosen by a sigmoid with a bias.

use super::lfm2::{ends, mixer, taps};
use super::parts::{Activation, Block, Experts, FeedForward, Gating, Norm, Routing};
use super::shape::{ExpertShape, Shape};
use super::{Decoder, Ends, Keys, Scope, Tensors};
use crate::error::{Error, Result};

#[derive(Clone, Debug)]
pub(super) struct Lfm2Moe {
    shape: Shape,
    taps: usize,
    experts: ExpertShape,
    routing: Routing,
    /// Layers at the front that have a plain network.
    dense: usize,
}

impl Decoder for Lfm2Moe {
    fn read(keys: &Keys<'_>) -> Result<(Self, Ends)> {
        let shape = Shape::read(keys)?;
        let key = "expert_gating_func";
        let gating = match keys.opt_size(key)? {
            Some(1) => Gating::Softmax,
            Some(2) | None => Gating::Sigmoid,
            Some(other) => return Err(Error::bad(keys.key(key), other, "1 (softmax) or 2 (sigmoid)")),
        };
        let scale = keys.opt_factor("expert_weights_scale")?.unwrap_or(1.0);
        let model = Self {
            taps: taps(keys)?,
            experts: shape.experts(keys, false)?,
            routing: Routing { gating, normalise: true, scale },
            dense: keys.opt_size("leading_dense_block_count")?.unwrap_or(0),
            shape,
        };
        let ends = ends(&model.shape, keys)?;
        Ok((model, ends))
    }

    fn block<T: Tensors>(&self, i: usize, t: &mut Scope<'_, T>) -> Result<Block<T::Weight>> {
        let (hidden, eps) = (self.shape.hidden(), self.shape.eps());
        let attn_norm = Norm::rms(t, "attn_norm", hidden, eps)?;
        let mixer = mixer(&self.shape, self.taps, i, t)?;
        let ffn_norm = Norm::rms(t, "ffn_norm", hidden, eps)?;
        let ffn = if i < self.dense {
            FeedForward::gated(t, hidden, self.shape.ffn(i), Activation::Silu)?
        } else {
            let experts = Experts::read(t, hidden, self.experts, self.routing)?;
            FeedForward::Experts(experts.with_choice_bias(t)?)
        };
        Ok(Block::pre_norm(hidden, attn_norm, mixer, ffn_norm, ffn))
    }
}
