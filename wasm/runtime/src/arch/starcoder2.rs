//! `starcoder2` (Lozhkov et al. 2024): LayerNorm, biases everywhere, and a feed-forward network without a gate.

use wasm_chord_core::backend::RopePairing;

use super::parts::{Attention, Block, FeedForward, Mixer, Norm};
use super::shape::Shape;
use super::{Decoder, Ends, Keys, Scope, Tensors};
use crate::error::Result;

#[derive(Clone, Debug)]
pub(super) struct StarCoder2 {
    shape: Shape,
}

impl Decoder for StarCoder2 {
    fn read(keys: &Keys<'_>) -> Result<(Self, Ends)> {
        let shape = Shape::read_layer_norm(keys)?;
        let rope = shape.rope(keys, RopePairing::Halves)?;
        let ends = Ends { layer_norm: true, ..Ends::plain(shape.config.clone(), vec![rope]) };
        Ok((Self { shape }, ends))
    }

    fn block<T: Tensors>(&self, i: usize, t: &mut Scope<'_, T>) -> Result<Block<T::Weight>> {
        let (hidden, eps) = (self.shape.hidden(), self.shape.eps());
        Ok(Block::pre_norm(
            hidden,
            Norm::layer(t, "attn_norm", hidden, eps)?,
            Mixer::Attention(Attention::read(t, hidden, self.shape.attention(i))?),
            Norm::layer(t, "ffn_norm", hidden, eps)?,
            FeedForward::plain(t, hidden, self.shape.ffn(i))?,
        ))
    }
}
