//! One block of a decoder: a branch that mixes tokens and one that works on each, both added to the residual stream.

use wasm_chord_core::Backend;
use wasm_chord_core::backend::Result;

use super::{Activation, Attention, FeedForward, KeysValues, LayerInput, Norm, ShortConv, Target};
use crate::arch::shape::Shape;
use crate::arch::tensors::{Scope, Tensors};
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
    /// The norm in front of a branch, where what the branch works out is added to the residual stream as it is: then its
    /// last product may be, without being kept.
    fn direct<'n>(&self, norm: Option<&'n Norm<W>>, post_norm: Option<&Norm<W>>) -> Option<&'n Norm<W>> {
        norm.filter(|_| post_norm.is_none() && self.residual_scale == 1.0)
    }

    /// Mixes the tokens of `input` to `out`.
    fn mix<B: Backend<Weight = W>>(
        &self,
        b: &mut B,
        step: &StepInfo<'_>,
        cache: &mut LayerCache<B>,
        input: &B::Buffer,
        inner: &mut Inner<B>,
        out: Target<'_, B>,
    ) -> Result<()> {
        match (&self.mixer, cache) {
            (Mixer::Attention(attention), LayerCache::Kv(cache)) => {
                attention.forward(b, step, cache, input, inner, out)
            }
            (Mixer::ShortConv(conv), LayerCache::Conv(history)) => conv.forward(b, step, history, input, inner, out),
            // A layer is only ever given what its own `cache` made, or what that refers to.
            (Mixer::Attention(_) | Mixer::ShortConv(_), _) => Err(super::misplaced("another layer's cache")),
        }
    }

    /// What the feed-forward network is given: `x`, or its norm in `normed`.
    fn ffn_input<'x, B: Backend<Weight = W>>(
        &self,
        b: &mut B,
        n: usize,
        normed: &'x mut B::Buffer,
        x: &'x B::Buffer,
    ) -> Result<&'x B::Buffer> {
        match &self.ffn_norm {
            Some(norm) => {
                norm.forward(b, x, normed, n)?;
                Ok(normed)
            }
            None => Ok(x),
        }
    }

    /// Adds what the feed-forward network has left in `branch`, and does what follows it.
    fn leave<B: Backend<Weight = W>>(&self, b: &mut B, n: usize, s: &mut Scratch<B>, x: &mut B::Buffer) -> Result<()> {
        self.add(b, self.ffn_post_norm.as_ref(), &mut s.branch, &mut s.normed, x, n)?;
        self.follow(b, n, s, x)
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

        let len = n * self.hidden;
        if let Some(norm) = self.direct(self.attn_norm.as_ref(), self.attn_post_norm.as_ref()) {
            norm.forward(b, x, normed, n)?;
            self.mix(b, step, cache, normed, inner, Target::Residual { x: &mut *x, spare: &mut *branch, len })?;
        } else {
            let input = match &self.attn_norm {
                Some(norm) => {
                    norm.forward(b, x, normed, n)?;
                    &*normed
                }
                None => &*x,
            };
            self.mix(b, step, cache, input, inner, Target::Branch(&mut *branch))?;
            self.add(b, self.attn_post_norm.as_ref(), branch, normed, x, n)?;
        }

        // Where the host chooses, a mixture adds up what its experts work out in memory of its own.
        let whole = self.ffn.is_whole();
        if let Some(norm) = self.direct(self.ffn_norm.as_ref(), self.ffn_post_norm.as_ref()).filter(|_| whole) {
            norm.forward(b, x, normed, n)?;
            self.ffn.forward(b, normed, n, inner, Target::Residual { x: &mut *x, spare: branch, len })?;
            return self.follow(b, n, s, x).map(|()| Flow::Through);
        }
        let input = self.ffn_input(b, n, normed, x)?;
        match self.ffn.forward(b, input, n, inner, Target::Branch(branch))? {
            Flow::Through => self.leave(b, n, s, x).map(|()| Flow::Through),
            router @ Flow::Router { .. } => Ok(router),
        }
    }

    fn finish(&self, b: &mut B, step: &StepInfo<'_>, s: &mut Scratch<B>, x: &mut B::Buffer) -> Result<()> {
        let FeedForward::Experts(experts) = &self.ffn else { return Err(super::misplaced("a block that was through")) };
        let Scratch { normed, branch, inner } = s;
        let input = if self.ffn_norm.is_some() { &*normed } else { &*x };
        experts.forward(b, input, step.n, inner, branch)?;
        self.leave(b, step.n, s, x)
    }
}
