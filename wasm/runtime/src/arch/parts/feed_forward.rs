//! The feed-forward half of a block.

use wasm_chord_core::Backend;
use wasm_chord_core::backend::Result;

use super::{Experts, add_bias, apply};
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

/// How a gate is activated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Activation {
    Silu,
    Gelu,
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

    /// `out = ffn(x)`, `[n, hidden]`; of a mixture, what comes before its experts are chosen: they are still to be
    /// [called](Experts::forward) then.
    pub fn forward<B: Backend<Weight = W>>(
        &self,
        b: &mut B,
        x: &B::Buffer,
        n: usize,
        s: &mut Inner<B>,
        out: &mut B::Buffer,
    ) -> Result<Flow> {
        match self {
            Self::Gated(Gated { gate, up, down, activation, ffn }) => {
                b.matmul(x, n, &mut [(&gate.weight, &mut s.gate), (&up.weight, &mut s.up)])?;
                add_bias(b, gate, n, &mut s.gate)?;
                add_bias(b, up, n, &mut s.up)?;
                match activation {
                    Activation::Silu => b.swiglu(&mut s.gate, &s.up, n * ffn)?,
                    Activation::Gelu => b.geglu(&mut s.gate, &s.up, n * ffn)?,
                }
                apply(b, down, &s.gate, n, out)?;
                Ok(Flow::Through)
            }
            Self::Plain(Plain { up, down, ffn }) => {
                apply(b, up, x, n, &mut s.up)?;
                b.gelu(&mut s.up, n * ffn)?;
                apply(b, down, &s.up, n, out)?;
                Ok(Flow::Through)
            }
            Self::Experts(experts) => experts.ask(b, x, n, s),
        }
    }
}
