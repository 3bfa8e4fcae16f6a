//! `gemma4` (Google 2026): Gemma 3 with wider heads in the layers that see everything, values normalised as keys are, a
//! third branch fed by embeddings of its own, and last layers that look at the keys and values of earlier ones.

use wasm_chord_core::backend::{AttentionParams, RopePairing};

use super::gemma2::{embedding_scale, sandwich};
use super::parts::{Attention, Block, HeadNorm, KeysValues, LayerInput, LayerInputShape, QkNorm};
use super::shape::{HeadShape, Shape};
use super::tensors::Linear;
use super::{Decoder, Ends, Keys, Scope, Tensors};
use crate::error::{Error, Result};
use crate::rope::RopeRule;

#[derive(Clone, Debug)]
pub(super) struct Gemma4 {
    shape: Shape,
    /// Of each layer.
    windows: Vec<Option<usize>>,
    /// Heads of the layers with a window.
    local: HeadShape,
    /// Layers from this one on have no keys and values of their own.
    first_shared: usize,
    input: Option<LayerInputShape>,
}

const GLOBAL_ROPE: usize = 0;
const LOCAL_ROPE: usize = 1;

/// 64 times what the published models tell each layer.
const MAX_INPUT: usize = 1 << 14;

impl Decoder for Gemma4 {
    fn read(keys: &Keys<'_>) -> Result<(Self, Ends)> {
        keys.refuse_experts()?;
        let shape = Shape::read(keys)?;
        let windows = keys.windows(6, shape.layers())?;
        let local = HeadShape::read(keys, "_swa", shape.head_dim)?;
        let local_base = keys.opt_positive("rope.freq_base_swa")?.unwrap_or(10_000.0);
        let input = input(keys, &shape)?;
        let ends = Ends {
            embedding_scale: embedding_scale(&shape),
            softcap: keys.opt_factor("final_logit_softcapping")?,
            layer_inputs: input,
            ..Ends::plain(
                shape.config.clone(),
                vec![
                    shape.rope(keys, RopePairing::Halves)?,
                    RopeRule::plain(RopePairing::Halves, local.n_rot, local_base),
                ],
            )
        };
        let first_shared = first_shared(keys, &shape, &windows)?;
        Ok((Self { shape, windows, local, first_shared, input }, ends))
    }

    fn block<T: Tensors>(&self, i: usize, t: &mut Scope<'_, T>) -> Result<Block<T::Weight>> {
        let attention = self.attention(i, t)?;
        let block = sandwich(&self.shape, i, attention, t)?;
        let input = self.input.map(|shape| LayerInput::read(t, i, shape)).transpose()?;
        let output_scale = t.host("layer_output_scale.weight", 1)?.and_then(|scale| scale.first().copied());
        Ok(Block { input, output_scale: output_scale.unwrap_or(1.0), ..block })
    }
}

impl Gemma4 {
    fn attention<T: Tensors>(&self, i: usize, t: &mut Scope<'_, T>) -> Result<Attention<T::Weight>> {
        let (hidden, eps) = (self.shape.hidden(), self.shape.eps());
        let window = self.windows.get(i).copied().flatten();
        let (head_dim, rope) = match window {
            Some(_) => (self.local.head_dim, LOCAL_ROPE),
            None => (self.shape.head_dim, GLOBAL_ROPE),
        };
        let params = AttentionParams { head_dim, window, scale: 1.0, ..self.shape.attention(i) };
        let (q_width, kv_width) = (params.n_heads * head_dim, params.n_kv_heads * head_dim);
        let q = t.linear("attn_q", hidden, q_width)?;
        let q_norm = t.tensor("attn_q_norm.weight", &[head_dim])?;
        let (kv, k_norm) = if i < self.first_shared {
            let k = t.linear("attn_k", hidden, kv_width)?;
            let v_norm = Some(HeadNorm { weight: t.ones("attn_v_norm.weight", head_dim)?, eps });
            let kv = match t.optional("attn_v.weight", &[hidden, kv_width])? {
                Some(weight) => KeysValues::Own { k, v: Linear { weight, bias: None }, v_norm },
                None => KeysValues::Alike { k, v_norm },
            };
            (kv, Some(t.tensor("attn_k_norm.weight", &[head_dim])?))
        } else {
            // Files may hold what training left here; it is not looked at.
            t.optional("attn_k.weight", &[hidden, kv_width])?;
            t.optional("attn_v.weight", &[hidden, kv_width])?;
            t.optional("attn_k_norm.weight", &[head_dim])?;
            (KeysValues::Of(source(self.first_shared, window).unwrap_or(0)), None)
        };
        let qk_norm = Some(QkNorm { q: q_norm, k: k_norm, eps, per_head: true });
        Ok(Attention { q, kv, output: t.linear("attn_output", q_width, hidden)?, qk_norm, rope: Some(rope), params })
    }
}

/// What the layers are told beside the residual stream, if they are.
fn input(keys: &Keys<'_>, shape: &Shape) -> Result<Option<LayerInputShape>> {
    let key = "embedding_length_per_layer_input";
    let (layers, hidden, vocab, eps) = (shape.layers(), shape.hidden(), shape.config.vocab_size, shape.eps());
    match keys.opt_nonzero(key)? {
        Some(width) if width > MAX_INPUT => Err(Error::bad(keys.key(key), width, format!("0 to {MAX_INPUT}"))),
        width => Ok(width.map(|width| LayerInputShape { width, layers, hidden, vocab, eps })),
    }
}

/// The layer whose keys and values the layers from `first` on look at: the last one but one before them has a window, the
/// last one has none.
fn source(first: usize, window: Option<usize>) -> Option<usize> {
    first.checked_sub(if window.is_some() { 2 } else { 1 })
}

/// The first layer without keys and values of its own.
fn first_shared(keys: &Keys<'_>, shape: &Shape, windows: &[Option<usize>]) -> Result<usize> {
    let key = "attention.shared_kv_layers";
    let shared = keys.opt_size(key)?.unwrap_or(0);
    let bad = || Error::bad(keys.key(key), shared, "a number that leaves layers of the same kinds before them");
    let first = shape.layers().checked_sub(shared).ok_or_else(bad)?;
    for (i, window) in windows.iter().enumerate().skip(first) {
        let source = source(first, *window).ok_or_else(bad)?;
        let alike = windows.get(source).is_some_and(|other| other.is_some() == window.is_some());
        if !alike || shape.kv(source) != shape.kv(i) {
            return Err(bad());
        }
    }
    Ok(first)
}
