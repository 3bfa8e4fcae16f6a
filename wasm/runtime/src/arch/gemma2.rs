//! `gemma2` (Gemma Team 2024): norms before and after each branch, every other layer windowed, soft caps on attention
//! scores and logits, GELU gates, embeddings scaled by √hidden. The norms' weights already hold the 1 that is added.

use wasm_chord_core::backend::{AttentionParams, RopePairing};

use super::parts::{Activation, Attention, Block, FeedForward, Mixer, Norm};
use super::shape::Shape;
use super::{Decoder, Ends, Keys, Scope, Tensors};
use crate::error::Result;

#[derive(Clone, Debug)]
pub(super) struct Gemma2 {
    shape: Shape,
    /// Of each layer.
    windows: Vec<Option<usize>>,
    scale: f32,
    softcap: Option<f32>,
}

/// The one size of each generation whose scores are scaled by the width of a head's share of the stream.
const LAYERS_OF_27B: usize = 46;

/// The soft caps of all published models, for files that do not say.
const SOFTCAPS: (f32, f32) = (50.0, 30.0);

impl Decoder for Gemma2 {
    fn read(keys: &Keys<'_>) -> Result<(Self, Ends)> {
        let shape = Shape::read(keys)?;
        let windows = keys.windows(2, shape.layers())?;
        let softcap = keys.opt_positive("attn_logit_softcapping")?.unwrap_or(SOFTCAPS.0);
        let ends = Ends {
            embedding_scale: embedding_scale(&shape),
            softcap: Some(keys.opt_positive("final_logit_softcapping")?.unwrap_or(SOFTCAPS.1)),
            ..Ends::plain(shape.config.clone(), vec![shape.rope(keys, RopePairing::Halves)?])
        };
        let gemma = Self { windows, scale: attention_scale(&shape, LAYERS_OF_27B), softcap: Some(softcap), shape };
        Ok((gemma, ends))
    }

    fn block<T: Tensors>(&self, i: usize, t: &mut Scope<'_, T>) -> Result<Block<T::Weight>> {
        let params = AttentionParams {
            window: self.windows.get(i).copied().flatten(),
            softcap: self.softcap,
            scale: self.scale,
            ..self.shape.attention(i)
        };
        let attention = Attention::read(t, self.shape.hidden(), params)?;
        sandwich(&self.shape, i, attention, t)
    }
}

/// Gemma's embeddings are scaled by the square root of their width.
pub(super) fn embedding_scale(shape: &Shape) -> f32 {
    (shape.hidden() as f32).sqrt()
}

/// `1/√head_dim`, but for the model of `exception` layers, which divides by the width of the stream a head gets.
pub(super) fn attention_scale(shape: &Shape, exception: usize) -> f32 {
    let width = if shape.layers() == exception {
        shape.hidden() as f32 / shape.config.num_heads as f32
    } else {
        shape.head_dim as f32
    };
    1.0 / width.sqrt()
}

/// A block with norms on both sides of its branches and a GELU gate.
pub(super) fn sandwich<T: Tensors>(
    shape: &Shape,
    i: usize,
    attention: Attention<T::Weight>,
    t: &mut Scope<'_, T>,
) -> Result<Block<T::Weight>> {
    let (hidden, eps) = (shape.hidden(), shape.eps());
    Ok(Block {
        attn_norm: Some(Norm::rms(t, "attn_norm", hidden, eps)?),
        mixer: Mixer::Attention(attention),
        attn_post_norm: Some(Norm::rms(t, "post_attention_norm", hidden, eps)?),
        ffn_norm: Some(Norm::rms(t, "ffn_norm", hidden, eps)?),
        ffn: FeedForward::gated(t, hidden, shape.ffn(i), Activation::Gelu)?,
        ffn_post_norm: Some(Norm::rms(t, "post_ffw_norm", hidden, eps)?),
        input: None,
        residual_scale: 1.0,
        output_scale: 1.0,
        hidden,
    })
}
