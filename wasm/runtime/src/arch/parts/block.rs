//! One block of a decoder: a branch that mixes tokens and one that works on each, both added to the residual stream.

use wasm_chord_core::Backend;
use wasm_chord_core::backend::Result;

use super::{Activation, Attention, Experts, FeedForward, Input, KeysValues, LayerInput, Norm, ShortConv, apply};
use crate::arch::shape::Shape;
use crate::arch::tensors::{Linear, Scope, Tensors};
use crate::arch::{Flow, Inner, Layer, LayerCache, Scratch, StepInfo, Widths};
use crate::error;

/// A block. Most architectures normalise what goes into a branch, some what comes out, some both.
#[derive(Debug)]
pub(crate) struct Block<W> {
    pub attn_norm: Option<Norm<W>>,
    pub mixer: Mixer<W>,
    pub attn_post_norm: Option<Norm<W>>,
    pub ffn_norm: Option<Norm<W>>,
    pub ffn: FeedForward<W>,
    pub ffn_post_norm: Option<Norm<W>>,
    /// A third branch, for what the layer is told beside the residual stream.
    pub input: Option<LayerInput<W>>,
    /// Factor on a branch before it is added.
    pub residual_scale: f32,
    /// Factor on the residual stream behind the block.
    pub output_scale: f32,
    pub hidden: usize,
}

/// How a block lets tokens see each other.
#[derive(Debug)]
pub(crate) enum Mixer<W> {
    Attention(Attention<W>),
    ShortConv(ShortConv<W>),
}

impl<W> Block<W> {
    /// A block with norms in front of its branches (Xiong et al. 2020): the usual one.
    pub fn pre_norm(
        hidden: usize,
        attn_norm: Norm<W>,
        mixer: Mixer<W>,
        ffn_norm: Norm<W>,
        ffn: FeedForward<W>,
    ) -> Self {
        Self {
            attn_norm: Some(attn_norm),
            mixer,
            attn_post_norm: None,
            ffn_norm: Some(ffn_norm),
            ffn,
            ffn_post_norm: None,
            input: None,
            residual_scale: 1.0,
            output_scale: 1.0,
            hidden,
        }
    }

    /// Block `i` of a llama around some mixer: RMSNorm in front of each branch, SwiGLU.
    pub fn llama<T: Tensors<Weight = W>>(
        t: &mut Scope<'_, T>,
        shape: &Shape,
        i: usize,
        mixer: Mixer<W>,
    ) -> error::Result<Self> {
        let (hidden, eps) = (shape.hidden(), shape.eps());
        let attn_norm = Norm::rms(t, "attn_norm", hidden, eps)?;
        let ffn_norm = Norm::rms(t, "ffn_norm", hidden, eps)?;
        let ffn = FeedForward::gated(t, hidden, shape.ffn(i), Activation::Silu)?;
        Ok(Self::pre_norm(hidden, attn_norm, mixer, ffn_norm, ffn))
    }

    /// `x += scale × norm(branch)`, with `branch` and a spare buffer.
    fn add<B: Backend<Weight = W>>(
        &self,
        b: &mut B,
        norm: Option<&Norm<W>>,
        branch: &mut B::Buffer,
        spare: &mut B::Buffer,
        x: &mut B::Buffer,
        n: usize,
    ) -> Result<()> {
        let len = n * self.hidden;
        let branch = match norm {
            Some(norm) => {
                norm.forward(b, branch, spare, n)?;
                spare
            }
            None => branch,
        };
        if self.residual_scale != 1.0 {
            b.scale(branch, self.residual_scale, len)?;
        }
        b.add(x, branch, len)
    }
}

impl<W> Block<W> {
    /// Whether what a branch works out is added to the residual stream as it is.
    fn is_direct(&self, post_norm: Option<&Norm<W>>) -> bool {
        post_norm.is_none() && self.residual_scale == 1.0
    }

    /// `x += scale × norm(linear · h)`, the end of a branch, with two spare buffers: in one product where nothing comes between
    /// that and the sum.
    fn leave<B: Backend<Weight = W>>(
        &self,
        b: &mut B,
        (linear, h): (&Linear<W>, &B::Buffer),
        post_norm: Option<&Norm<W>>,
        [branch, normed]: [&mut B::Buffer; 2],
        x: &mut B::Buffer,
        n: usize,
    ) -> Result<()> {
        if self.is_direct(post_norm) && linear.bias.is_none() {
            return b.matmul_add(h, n, &linear.weight, x, n * self.hidden, branch);
        }
        apply(b, linear, h, n, branch)?;
        self.add(b, post_norm, branch, normed, x, n)
    }

    /// Mixes the tokens of `input`; the product that is still to be made, and what with.
    fn mix<'s, B: Backend<Weight = W>>(
        &'s self,
        b: &mut B,
        step: &StepInfo<'_>,
        cache: &mut LayerCache<B>,
        input: Input<'_, B>,
        inner: &'s mut Inner<B>,
    ) -> Result<(&'s Linear<W>, &'s B::Buffer)> {
        match (&self.mixer, cache) {
            (Mixer::Attention(attention), LayerCache::Kv(cache)) => {
                attention.forward(b, step, cache, input, inner)?;
                Ok((&attention.output, &inner.attended))
            }
            (Mixer::ShortConv(conv), LayerCache::Conv(history)) => {
                conv.forward(b, step, history, input, inner)?;
                Ok((&conv.output, &inner.attended))
            }
            // A layer is only ever given what its own `cache` made, or what that refers to.
            (Mixer::Attention(_) | Mixer::ShortConv(_), _) => Err(super::misplaced("another layer's cache")),
        }
    }

    /// The feed-forward half of a mixture of experts, whose router and experts all read the normed rows: all of it, or what comes
    /// before the host chooses.
    fn ask<B: Backend<Weight = W>>(
        &self,
        b: &mut B,
        experts: &Experts<W>,
        n: usize,
        s: &mut Scratch<B>,
        x: &mut B::Buffer,
    ) -> Result<Flow> {
        let Scratch { normed, branch, inner } = s;
        let post_norm = self.ffn_post_norm.as_ref();
        let flow = match &self.ffn_norm {
            None => experts.ask(b, x, n, inner, branch, false)?,
            Some(norm) => {
                norm.forward(b, x, normed, n)?;
                if self.is_direct(post_norm) && experts.is_stacked() {
                    experts.ask(b, normed, n, inner, x, true)?;
                    return self.follow(b, n, s, x).map(|()| Flow::Through);
                }
                experts.ask(b, normed, n, inner, branch, false)?
            }
        };
        if flow == Flow::Through {
            self.add(b, post_norm, branch, normed, x, n)?;
            self.follow(b, n, s, x)?;
        }
        Ok(flow)
    }

    /// What follows the feed-forward network.
    fn follow<B: Backend<Weight = W>>(&self, b: &mut B, n: usize, s: &mut Scratch<B>, x: &mut B::Buffer) -> Result<()> {
        if let Some(input) = &self.input {
            input.forward(b, n, s, x)?;
        }
        if self.output_scale != 1.0 {
            b.scale(x, self.output_scale, n * self.hidden)?;
        }
        Ok(())
    }
}

impl<B: Backend> Layer<B> for Block<B::Weight> {
    fn cache(&self, backend: &mut B, context: usize) -> Result<LayerCache<B>> {
        match &self.mixer {
            Mixer::Attention(Attention { kv: KeysValues::Of(layer), .. }) => Ok(LayerCache::Of(*layer)),
            Mixer::Attention(attention) => Ok(LayerCache::Kv(backend.kv_cache(attention.kv_shape(context))?)),
            Mixer::ShortConv(conv) => Ok(LayerCache::Conv(backend.buffer(conv.history_len())?)),
        }
    }

    fn rewind(&self) -> Option<usize> {
        match &self.mixer {
            Mixer::Attention(_) => None,
            Mixer::ShortConv(conv) => Some(conv.rewind()),
        }
    }

    fn widths(&self) -> Widths {
        let mixer = match &self.mixer {
            Mixer::Attention(attention) => attention.widths(),
            Mixer::ShortConv(conv) => conv.widths(),
        };
        let input = self.input.as_ref().map(LayerInput::widths).unwrap_or_default();
        mixer.max(self.ffn.widths()).max(input)
    }

    fn forward(
        &self,
        b: &mut B,
        step: &StepInfo<'_>,
        cache: &mut LayerCache<B>,
        s: &mut Scratch<B>,
        x: &mut B::Buffer,
    ) -> Result<Flow> {
        let n = step.n;
        let Scratch { normed, branch, inner } = s;
        let input = Input::new(b, x, self.attn_norm.as_ref(), normed, n)?;
        let last = self.mix(b, step, cache, input, inner)?;
        self.leave(b, last, self.attn_post_norm.as_ref(), [branch, normed], x, n)?;

        let norm = self.ffn_norm.as_ref();
        let last = match &self.ffn {
            FeedForward::Gated(network) => {
                let input = Input::new(b, x, norm, normed, n)?;
                (&network.down, network.forward(b, input, n, inner)?)
            }
            FeedForward::Plain(network) => {
                let input = Input::new(b, x, norm, normed, n)?;
                (&network.down, network.forward(b, input, n, inner)?)
            }
            FeedForward::Experts(experts) => return self.ask(b, experts, n, s, x),
        };
        self.leave(b, last, self.ffn_post_norm.as_ref(), [branch, normed], x, n)?;
        self.follow(b, n, s, x).map(|()| Flow::Through)
    }

    fn finish(&self, b: &mut B, step: &StepInfo<'_>, s: &mut Scratch<B>, x: &mut B::Buffer) -> Result<()> {
        let FeedForward::Experts(experts) = &self.ffn else { return Err(super::misplaced("a block that was through")) };
        let Scratch { normed, branch, inner } = s;
        let input = if self.ffn_norm.is_some() { &*normed } else { &*x };
        experts.forward(b, input, step.n, inner, branch)?;
        self.add(b, self.ffn_post_norm.as_ref(), branch, normed, x, step.n)?;
        self.follow(b, step.n, s, x)
    }
}
