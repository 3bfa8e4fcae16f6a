//! `granite` (IBM 2024): a llama with four factors: on embeddings, attention scores, branches and logits.

use wasm_chord_core::backend::{AttentionParams, RopePairing};

use super::parts::{Attention, Block, Mixer};
use super::shape::Shape;
use super::{Decoder, Ends, Keys, Scope, Tensors};
use crate::error::Result;

#[derive(Clone, Debug)]
pub(super) struct Granite {
    shape: Shape,
    attention_scale: Option<f32>,
    residual_scale: f32,
    /// Files turn the rotary embedding off by saying that its scaling is not fine-tuned.
    turns: bool,
}

impl Decoder for Granite {
    fn read(keys: &Keys<'_>) -> Result<(Self, Ends)> {
        keys.refuse_experts()?;
        let shape = Shape::read(keys)?;
        let ends = Ends {
            embedding_scale: keys.opt_factor("embedding_scale")?.unwrap_or(1.0),
            logit_scale: 1.0 / keys.opt_factor("logit_scale")?.unwrap_or(1.0),
            ..Ends::plain(shape.config.clone(), vec![shape.rope(keys, RopePairing::Adjacent)?])
        };
        let granite = Self {
            attention_scale: keys.opt_factor("attention.scale")?,
            residual_scale: keys.opt_factor("residual_scale")?.unwrap_or(1.0),
            turns: keys.opt_bool("rope.scaling.finetuned")?.unwrap_or(true),
            shape,
        };
        Ok((granite, ends))
    }

    fn block<T: Tensors>(&self, i: usize, t: &mut Scope<'_, T>) -> Result<Block<T::Weight>> {
        let plain = self.shape.attention(i);
        let params = AttentionParams { scale: self.attention_scale.unwrap_or(plain.scale), ..plain };
        let mut attention = Attention::read(t, self.shape.hidden(), params)?;
        attention.rope = self.turns.then_some(0);
        let block = Block::llama(t, &self.shape, i, Mixer::Attention(attention))?;
        Ok(Block { residual_scale: self.residual_scale, ..block })
    }
}
