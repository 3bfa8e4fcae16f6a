//! `gemma3` (Gemma Team 2025): Gemma 2 with head norms in place of soft caps, five windowed layers to one that sees
//! everything, and rotary embeddings of two bases: the windowed layers' has no scaling.

use wasm_chord_core::backend::{AttentionParams, RopePairing};

use super::gemma2::{attention_scale, embedding_scale, sandwich};
use super::parts::{Attention, Block};
use super::shape::Shape;
use super::{Decoder, Ends, Keys, Scope, Tensors};
use crate::error::Result;
use crate::rope::RopeRule;

#[derive(Clone, Debug)]
pub(super) struct Gemma3 {
    shape: Shape,
    /// Of each layer.
    windows: Vec<Option<usize>>,
    scale: f32,
}

const LAYERS_OF_27B: usize = 62;
const GLOBAL_ROPE: usize = 0;
const LOCAL_ROPE: usize = 1;

impl Decoder for Gemma3 {
    fn read(keys: &Keys<'_>) -> Result<(Self, Ends)> {
        let shape = Shape::read(keys)?;
        let windows = keys.windows(6, shape.layers())?;
        let local_base = keys.opt_positive("rope.freq_base_swa")?.unwrap_or(10_000.0);
        let local = RopeRule::plain(RopePairing::Halves, shape.n_rot, local_base);
        let ends = Ends {
            embedding_scale: embedding_scale(&shape),
            softcap: keys.opt_factor("final_logit_softcapping")?,
            ..Ends::plain(shape.config.clone(), vec![shape.rope(keys, RopePairing::Halves)?, local])
        };
        Ok((Self { windows, scale: attention_scale(&shape, LAYERS_OF_27B), shape }, ends))
    }

    fn block<T: Tensors>(&self, i: usize, t: &mut Scope<'_, T>) -> Result<Block<T::Weight>> {
        let window = self.windows.get(i).copied().flatten();
        let params = AttentionParams { window, scale: self.scale, ..self.shape.attention(i) };
        let mut attention = Attention::read_with_head_norms(t, self.shape.hidden(), params, self.shape.eps())?;
        attention.rope = Some(if window.is_some() { LOCAL_ROPE } else { GLOBAL_ROPE });
        sandwich(&self.shape, i, attention, t)
    }
}
