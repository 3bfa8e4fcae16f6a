//! `qwen2` (Qwen2 and Qwen2.5, Yang et al. 2024): a llama whose queries, keys and values have biases.

use wasm_chord_core::backend::RopePairing;

use super::parts::{Attention, Block, Mixer};
use super::shape::Shape;
use super::{Decoder, Ends, Keys, Scope, Tensors};
use crate::error::Result;

#[derive(Clone, Debug)]
pub(super) struct Qwen2 {
    shape: Shape,
}

impl Decoder for Qwen2 {
    fn read(keys: &Keys<'_>) -> Result<(Self, Ends)> {
        let shape = Shape::read(keys)?;
        let ends = Ends::plain(shape.config.clone(), vec![shape.rope(keys, RopePairing::Halves)?]);
        Ok((Self { shape }, ends))
    }

    fn block<T: Tensors>(&self, i: usize, t: &mut Scope<'_, T>) -> Result<Block<T::Weight>> {
        let attention = Attention::read(t, self.shape.hidden(), self.shape.attention(i))?;
        Block::llama(t, &self.shape, i, Mixer::Attention(attention))
    }
}
