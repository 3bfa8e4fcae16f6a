//! The feed-forward half of a block.

use wasm_chord_core::Backend;
use wasm_chord_core::backend::{Activation, Result};

use super::{Experts, Target, add_bias, apply};
use crate::arch::tensors::{Linear, Scope, Tensors};
use crate::arch::{Flow, Inner, Widths};
use crate::error;

/// What a block does to each token by itself.
#[derive(Debug)]
pub(crate) enum FeedForward<W> {
    /// `down · (act(gate · x) × up · x)` (Shazeer 2020).
    Gated(Gated<W>),
    /// `down · gelu(up · x)`.
    Plain(Plain<W>),
    /// A mixture of gated networks, few of which see a token.
    Experts(Experts<W>),
}

/// A gated network.
#[derive(Debug)]
pub(crate) struct Gated<W> {
    pub gate: Linear<W>, // [ffn, hidden]
    pub up: Linear<W>,   // [ffn, hidden]
    pub down: Linear<W>, // [hidden, ffn]
    pub activation: Activation,
    pub ffn: usize,
}

/// A network without a gate.
#[derive(Debug)]
pub(crate) struct Plain<W> {
    pub up: Linear<W>,   // [ffn, hidden]
    pub down: Linear<W>, // [hidden, ffn]
    pub ffn: usize,
}

impl<W> FeedForward<W> {
    /// The gated network `ffn_gate`, `ffn_up`, `ffn_down`.
    pub fn gated<T: Tensors<Weight = W>>(
        t: &mut Scope<'_, T>,
        hidden: usize,
        ffn: usize,
        activation: Activation,
    ) -> error::Result<Self> {
        Ok(Self::Gated(Gated {
            gate: t.linear("ffn_gate", hidden, ffn)?,
            up: t.linear("ffn_up", hidden, ffn)?,
            down: t.linear("ffn_down", ffn, hidden)?,
            activation,
            ffn,
        }))
    }

    /// The network `ffn_up`, `ffn_down`.
    pub fn plain<T: Tensors<Weight = W>>(t: &mut Scope<'_, T>, hidden: usize, ffn: usize) -> error::Result<Self> {
        let (up, down) = (t.linear("ffn_up", hidden, ffn)?, t.linear("ffn_down", ffn, hidden)?);
        Ok(Self::Plain(Plain { up, down, ffn }))
    }

    pub fn widths(&self) -> Widths {
        match self {
            Self::Gated(Gated { ffn, .. }) | Self::Plain(Plain { ffn, .. }) => {
                Widths { ffn: *ffn, ..Widths::default() }
            }
            Self::Experts(experts) => experts.widths(),
        }
    }

    /// Whether [`forward`](Self::forward) goes all the way: not where the host chooses among experts.
    pub fn is_whole(&self) -> bool {
        match self {
            Self::Gated(_) | Self::Plain(_) => true,
            Self::Experts(experts) => experts.is_stacked(),
        }
    }

    /// `ffn(x)`, `[n, hidden]`, to `out`; of a mixture whose experts are chosen on the host, what comes before that: they are
    /// still to be [called](Experts::forward) then.
    pub fn forward<B: Backend<Weight = W>>(
        &self,
        b: &mut B,
        x: &B::Buffer,
        n: usize,
        s: &mut Inner<B>,
        out: Target<'_, B>,
    ) -> Result<Flow> {
        match self {
            Self::Gated(Gated { gate, up, down, activation, ffn }) => {
                let len = n * ffn;
                if gate.bias.is_none() && up.bias.is_none() {
                    b.gated(x, n, [&gate.weight, &up.weight], *activation, [&mut s.gate, &mut s.up], len)?;
                } else {
                    b.matmul(x, n, &mut [(&gate.weight, &mut s.gate), (&up.weight, &mut s.up)])?;
                    add_bias(b, gate, n, &mut s.gate)?;
                    add_bias(b, up, n, &mut s.up)?;
                    match activation {
                        Activation::Silu => b.swiglu(&mut s.gate, &s.up, len)?,
                        Activation::Gelu => b.geglu(&mut s.gate, &s.up, len)?,
                    }
                }
                out.take(b, down, &s.gate, n)?;
                Ok(Flow::Through)
            }
            Self::Plain(Plain { up, down, ffn }) => {
                apply(b, up, x, n, &mut s.up)?;
                b.gelu(&mut s.up, n * ffn)?;
                out.take(b, down, &s.up, n)?;
                Ok(Flow::Through)
            }
            Self::Experts(experts) => experts.ask(b, x, n, s, out),
        }
    }
}
