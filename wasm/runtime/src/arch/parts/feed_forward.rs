//! The feed-forward half of a block.

use wasm_chord_core::Backend;
use wasm_chord_core::backend::{Activation, Result};

use super::{Experts, Input, add_bias};
use crate::arch::tensors::{Linear, Scope, Tensors};
use crate::arch::{Inner, Widths};
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
        Plain::read(t, hidden, ffn).map(Self::Plain)
    }

    pub fn widths(&self) -> Widths {
        match self {
            Self::Gated(Gated { ffn, .. }) => Widths { ffn: *ffn, ..Widths::default() },
            Self::Plain(plain) => plain.widths(),
            Self::Experts(experts) => experts.widths(),
        }
    }
}

impl<W> Gated<W> {
    /// `act(gate · x) × up · x` of `input`, `[n, hidden]`: what `down` is still to be multiplied with, `[n, ffn]`.
    pub fn forward<'s, B: Backend<Weight = W>>(
        &self,
        b: &mut B,
        input: Input<'_, B>,
        n: usize,
        s: &'s mut Inner<B>,
    ) -> Result<&'s B::Buffer> {
        let Self { gate, up, activation, ffn, .. } = self;
        let len = n * ffn;
        if gate.bias.is_none() && up.bias.is_none() {
            input.gated(b, n, [&gate.weight, &up.weight], *activation, [&mut s.gate, &mut s.up], len)?;
            return Ok(&s.gate);
        }
        input.matmul(b, n, &mut [(&gate.weight, &mut s.gate), (&up.weight, &mut s.up)])?;
        add_bias(b, gate, n, &mut s.gate)?;
        add_bias(b, up, n, &mut s.up)?;
        match activation {
            Activation::Silu => b.swiglu(&mut s.gate, &s.up, len)?,
            Activation::Gelu => b.geglu(&mut s.gate, &s.up, len)?,
        }
        Ok(&s.gate)
    }
}

impl<W> Plain<W> {
    /// The network `ffn_up`, `ffn_down`.
    pub fn read<T: Tensors<Weight = W>>(t: &mut Scope<'_, T>, hidden: usize, ffn: usize) -> error::Result<Self> {
        Ok(Self { up: t.linear("ffn_up", hidden, ffn)?, down: t.linear("ffn_down", ffn, hidden)?, ffn })
    }

    pub fn widths(&self) -> Widths {
        Widths { ffn: self.ffn, ..Widths::default() }
    }

    /// `gelu(up · x)` of `input`, `[n, hidden]`: what `down` is still to be multiplied with, `[n, ffn]`.
    pub fn forward<'s, B: Backend<Weight = W>>(
        &self,
        b: &mut B,
        input: Input<'_, B>,
        n: usize,
        s: &'s mut Inner<B>,
    ) -> Result<&'s B::Buffer> {
        input.matmul(b, n, &mut [(&self.up.weight, &mut s.up)])?;
        add_bias(b, &self.up, n, &mut s.up)?;
        b.gelu(&mut s.up, n * self.ffn)?;
        Ok(&s.up)
    }
}
