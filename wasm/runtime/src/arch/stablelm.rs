//! `stablelm` (Bellagente et al. 2024; StableLM 2 1.6B and its kin): a llama with LayerNorm, of which a quarter of each head
//! turns. The variants with head norms or parallel branches are refused.

use wasm_chord_core::backend::RopePairing;

use super::parts::{Activation, Attention, Block, FeedForward, Mixer, Norm};
use super::shape::Shape;
use super::{Decoder, Ends, Keys, Scope, Tensors};
use crate::error::{Error, Result};

#[derive(Clone, Debug)]
pub(super) struct StableLm {
    shape: Shape,
}

impl Decoder for StableLm {
    fn read(keys: &Keys<'_>) -> Result<(Self, Ends)> {
        let key = "use_parallel_residual";
        if keys.opt_bool(key)?.unwrap_or(false) {
            return Err(Error::UnsupportedFeature { what: format!("parallel branches ('{}')", keys.key(key)) });
        }
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
            FeedForward::gated(t, hidden, self.shape.ffn(i), Activation::Silu)?,
        ))
    }
}
