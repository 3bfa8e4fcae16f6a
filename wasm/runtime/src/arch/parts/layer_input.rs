//! What each layer is told of a token beside the residual stream: the per-layer embeddings of Gemma 3n and 4 (Gemma Team
//! 2025; the order of the steps is that of llama.cpp's `gemma4.cpp`).

use std::f32::consts::FRAC_1_SQRT_2;

use wasm_chord_core::Backend;
use wasm_chord_core::backend::Result;

use super::{Norm, apply};
use crate::arch::tensors::{Linear, Scope, Tensors};
use crate::arch::{Inner, Scratch, Widths};
use crate::error;

/// How much all layers are told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LayerInputShape {
    /// f32 for each layer.
    pub width: usize,
    pub layers: usize,
    pub hidden: usize,
    pub vocab: usize,
    pub eps: f32,
}

/// Where it comes from: half of it is looked up, half projected from the embeddings.
pub(crate) struct LayerInputs<W> {
    tokens: W,     // [vocab, layers × width]
    projection: W, // [layers × width, hidden]
    norm: W,       // [width]
    shape: LayerInputShape,
}

/// What one layer does with its part of it.
#[derive(Debug)]
pub(crate) struct LayerInput<W> {
    gate: Linear<W>,   // [width, hidden]
    output: Linear<W>, // [hidden, width]
    norm: Norm<W>,     // [hidden]
    layer: usize,
    shape: LayerInputShape,
}

impl<W> LayerInputs<W> {
    /// `per_layer_token_embd`, `per_layer_model_proj`, `per_layer_proj_norm`.
    pub fn read<T: Tensors<Weight = W>>(t: &mut Scope<'_, T>, shape: LayerInputShape) -> error::Result<Self> {
        let LayerInputShape { width, layers, hidden, vocab, .. } = shape;
        Ok(Self {
            tokens: t.matrix("per_layer_token_embd", layers * width, vocab)?,
            projection: t.matrix("per_layer_model_proj", hidden, layers * width)?,
            norm: t.tensor("per_layer_proj_norm.weight", &[width])?,
            shape,
        })
    }

    /// Works out what the layers are told of `tokens`, whose scaled embeddings are `x`, `[n, hidden]`.
    pub fn forward<B: Backend<Weight = W>>(
        &self,
        b: &mut B,
        tokens: &[u32],
        x: &B::Buffer,
        s: &mut Inner<B>,
    ) -> Result<()> {
        let LayerInputShape { width, layers, hidden, eps, .. } = self.shape;
        let (n, len) = (tokens.len(), tokens.len() * layers * width);
        b.embed(&self.tokens, tokens, &mut s.told)?;
        b.scale(&mut s.told, (width as f32).sqrt(), len)?;
        b.matmul(x, n, &mut [(&self.projection, &mut s.told_spare)])?;
        b.scale(&mut s.told_spare, 1.0 / (hidden as f32).sqrt(), len)?;
        b.rms_norm_in_place(&mut s.told_spare, &self.norm, eps, n * layers)?;
        b.add(&mut s.told, &s.told_spare, len)?;
        b.scale(&mut s.told, FRAC_1_SQRT_2, len)
    }
}

impl<W> LayerInput<W> {
    /// `inp_gate`, `proj` and `post_norm` of layer `layer`.
    pub fn read<T: Tensors<Weight = W>>(
        t: &mut Scope<'_, T>,
        layer: usize,
        shape: LayerInputShape,
    ) -> error::Result<Self> {
        let LayerInputShape { width, hidden, eps, .. } = shape;
        Ok(Self {
            gate: t.linear("inp_gate", hidden, width)?,
            output: t.linear("proj", width, hidden)?,
            norm: Norm::rms(t, "post_norm", hidden, eps)?,
            layer,
            shape,
        })
    }

    pub fn widths(&self) -> Widths {
        // It gates as a feed-forward network does, and in the same memory.
        Widths { ffn: self.shape.width, told: self.shape.layers * self.shape.width, ..Widths::default() }
    }

    /// `x += norm(output · (gelu(gate · x) × told))`, `[n, hidden]`.
    pub fn forward<B: Backend<Weight = W>>(
        &self,
        b: &mut B,
        n: usize,
        s: &mut Scratch<B>,
        x: &mut B::Buffer,
    ) -> Result<()> {
        let LayerInputShape { width, layers, hidden, .. } = self.shape;
        let Scratch { normed, branch, inner } = s;
        // A row of `told` is one part for each layer: `layers` rows of their own.
        inner.told_rows.clear();
        inner.told_rows.extend((0..n).map(|row| (row * layers + self.layer) as u32));
        b.gather(&inner.told, &inner.told_rows, width, &mut inner.up)?;
        apply(b, &self.gate, x, n, &mut inner.gate)?;
        b.geglu(&mut inner.gate, &inner.up, n * width)?;
        apply(b, &self.output, &inner.gate, n, branch)?;
        self.norm.forward(b, branch, normed, n)?;
        b.add(x, normed, n * hidden)
    }
}
