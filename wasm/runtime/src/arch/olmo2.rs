//! `olmo2` (OLMo Team 2024): what comes out of a branch is normalised, not what goes in; queries and keys are normalised
//! over all heads at once. OLMo 3 calls itself the same and adds windowed layers, whose rotary embedding is not scaled.

use wasm_chord_core::backend::{AttentionParams, RopePairing};

use super::parts::{Activation, Attention, Block, FeedForward, Mixer, Norm};
use super::shape::Shape;
use super::{Decoder, Ends, Keys, Scope, Tensors};
use crate::error::Result;
use crate::rope::RopeRule;

#[derive(Clone, Debug)]
pub(super) struct Olmo2 {
    shape: Shape,
    /// Of each layer.
    windows: Vec<Option<usize>>,
}

const GLOBAL_ROPE: usize = 0;
const LOCAL_ROPE: usize = 1;

impl Decoder for Olmo2 {
    fn read(keys: &Keys<'_>) -> Result<(Self, Ends)> {
        let shape = Shape::read(keys)?;
        let windows = keys.windows(4, shape.layers())?;
        let local = RopeRule::plain(RopePairing::Halves, shape.n_rot, shape.config.rope_theta);
        let ends = Ends::plain(shape.config.clone(), vec![shape.rope(keys, RopePairing::Halves)?, local]);
        Ok((Self { shape, windows }, ends))
    }

    fn block<T: Tensors>(&self, i: usize, t: &mut Scope<'_, T>) -> Result<Block<T::Weight>> {
        let (hidden, eps) = (self.shape.hidden(), self.shape.eps());
        let window = self.windows.get(i).copied().flatten();
        let params = AttentionParams { window, ..self.shape.attention(i) };
        let mut attention = Attention::read_with_whole_norms(t, hidden, params, eps)?;
        attention.rope = Some(if window.is_some() { LOCAL_ROPE } else { GLOBAL_ROPE });
        Ok(Block {
            attn_norm: None,
            mixer: Mixer::Attention(attention),
            attn_post_norm: Some(Norm::rms(t, "post_attention_norm", hidden, eps)?),
            ffn_norm: None,
            ffn: FeedForward::gated(t, hidden, self.shape.ffn(i), Activation::Silu)?,
            ffn_post_norm: Some(Norm::rms(t, "post_ffw_norm", hidden, eps)?),
            input: None,
            residual_scale: 1.0,
            output_scale: 1.0,
            hidden,
        })
    }
}
