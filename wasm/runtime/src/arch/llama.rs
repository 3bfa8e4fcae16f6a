//! `llama` (Touvron et al. 2023): RMSNorm before each branch, rotary grouped-query attention, SwiGLU. Also what
//! TinyLlama, SmolLM2, Mistral and Llama 3 files call themselves.

use wasm_chord_core::backend::RopePairing;

use super::parts::{Attention, Block, Mixer};
use super::shape::Shape;
use super::{Decoder, Ends, Keys, Scope, Tensors};
use crate::config::TransformerConfig;
use crate::error::Result;
use crate::rope::RopeRule;

#[derive(Clone, Debug)]
pub(super) struct Llama {
    shape: Shape,
}

impl Llama {
    pub fn from_config(config: TransformerConfig) -> Result<(Self, Ends)> {
        let shape = Shape::from_config(config)?;
        let rope = RopeRule::plain(RopePairing::Adjacent, shape.n_rot, shape.config.rope_theta);
        let ends = Ends::plain(shape.config.clone(), vec![rope]);
        Ok((Self { shape }, ends))
    }
}

impl Decoder for Llama {
    fn read(keys: &Keys<'_>) -> Result<(Self, Ends)> {
        keys.refuse_experts()?;
        let shape = Shape::read(keys)?;
        let ends = Ends::plain(shape.config.clone(), vec![shape.rope(keys, RopePairing::Adjacent)?]);
        Ok((Self { shape }, ends))
    }

    fn block<T: Tensors>(&self, i: usize, t: &mut Scope<'_, T>) -> Result<Block<T::Weight>> {
        let attention = Attention::read(t, self.shape.hidden(), self.shape.attention(i))?;
        Block::llama(t, &self.shape, i, Mixer::Attention(attention))
    }
}
