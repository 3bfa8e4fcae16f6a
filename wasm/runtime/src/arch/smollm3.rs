//! `smollm3` (Hugging Face 2025): a llama in which every fourth layer does not encode positions (NoPE, Yang et al. 2025).

use wasm_chord_core::backend::RopePairing;

use super::parts::{Attention, Block, Mixer};
use super::shape::Shape;
use super::{Decoder, Ends, Keys, Scope, Tensors};
use crate::error::Result;

#[derive(Clone, Debug)]
pub(super) struct SmolLm3 {
    shape: Shape,
}

/// One layer in so many has no rotary embedding; files do not say.
const NOPE_PERIOD: usize = 4;

impl Decoder for SmolLm3 {
    fn read(keys: &Keys<'_>) -> Result<(Self, Ends)> {
        let shape = Shape::read(keys)?;
        let ends = Ends::plain(shape.config.clone(), vec![shape.rope(keys, RopePairing::Adjacent)?]);
        Ok((Self { shape }, ends))
    }

    fn block<T: Tensors>(&self, i: usize, t: &mut Scope<'_, T>) -> Result<Block<T::Weight>> {
        let mut attention = Attention::read(t, self.shape.hidden(), self.shape.attention(i))?;
        attention.rope = (!(i + 1).is_multiple_of(NOPE_PERIOD)).then_some(0);
        Block::llama(t, &self.shape, i, Mixer::Attention(attention))
    }
}
