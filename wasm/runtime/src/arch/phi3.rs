//! `phi3` (Abdin et al. 2024; Phi-3 and Phi-4-mini): a llama whose queries, keys and values are stored in one matrix, as are
//! gate and up; part of each head may not turn; longrope (Ding et al. 2024) for long contexts. The window some files name
//! is not applied, as in llama.cpp.

use wasm_chord_core::backend::{AttentionParams, RopePairing};

use super::parts::{Activation, Attention, Block, FeedForward, Gated, KeysValues, Mixer, Norm};
use super::shape::Shape;
use super::tensors::Linear;
use super::{Decoder, Ends, Keys, Scope, Tensors};
use crate::error::Result;

#[derive(Clone, Debug)]
pub(super) struct Phi3 {
    shape: Shape,
}

impl Decoder for Phi3 {
    fn read(keys: &Keys<'_>) -> Result<(Self, Ends)> {
        let shape = Shape::read(keys)?;
        let rope = shape.rope(keys, RopePairing::Halves)?.with_long_factors();
        let ends = Ends::plain(shape.config.clone(), vec![rope]);
        Ok((Self { shape }, ends))
    }

    fn block<T: Tensors>(&self, i: usize, t: &mut Scope<'_, T>) -> Result<Block<T::Weight>> {
        let (hidden, eps, ffn) = (self.shape.hidden(), self.shape.eps(), self.shape.ffn(i));
        let params = self.shape.attention(i);
        let AttentionParams { n_heads, n_kv_heads, head_dim, .. } = params;
        let (q_width, kv_width) = (n_heads * head_dim, n_kv_heads * head_dim);

        let attn_norm = Norm::rms(t, "attn_norm", hidden, eps)?;
        let [q, k, v] = t.split("attn_qkv", hidden, [q_width, kv_width, kv_width])?.map(without_bias);
        let output = t.linear("attn_output", q_width, hidden)?;
        let kv = KeysValues::Own { k, v, v_norm: None };
        let attention = Attention { q, kv, output, qk_norm: None, rope: Some(0), params };

        let ffn_norm = Norm::rms(t, "ffn_norm", hidden, eps)?;
        let [gate, up] = t.split("ffn_up", hidden, [ffn, ffn])?.map(without_bias);
        let down = t.linear("ffn_down", ffn, hidden)?;
        let gated = Gated { gate, up, down, activation: Activation::Silu, ffn };
        Ok(Block::pre_norm(hidden, attn_norm, Mixer::Attention(attention), ffn_norm, FeedForward::Gated(gated)))
    }
}

fn without_bias<W>(weight: W) -> Linear<W> {
    Linear { weight, bias: None }
}
