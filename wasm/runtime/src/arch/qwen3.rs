//! `qwen3` (Yang et al. 2025): a llama that normalises each head's queries and keys.

use wasm_chord_core::backend::RopePairing;

use super::parts::{Attention, Block, Mixer};
use super::shape::Shape;
use super::{Decoder, Ends, Keys, Scope, Tensors};
use crate::error::Result;

#[derive(Clone, Debug)]
pub(super) struct Qwen3 {
    shape: Shape,
}

impl Decoder for Qwen3 {
    fn read(keys: &Keys<'_>) -> Result<(Self, Ends)> {
        let shape = Shape::read(keys)?;
        let ends = Ends::plain(shape.config.clone(), vec![shape.rope(keys, RopePairing::Halves)?]);
        Ok((Self { shape }, ends))
    }

    fn block<T: Tensors>(&self, i: usize, t: &mut Scope<'_, T>) -> Result<Block<T::Weight>> {
        let (hidden, eps) = (self.shape.hidden(), self.shape.eps());
        let attention = Attention::read_with_head_norms(t, hidden, self.shape.attention(i), eps)?;
        Block::llama(t, &self.shape, i, Mixer::Attention(attention))
    }
}
