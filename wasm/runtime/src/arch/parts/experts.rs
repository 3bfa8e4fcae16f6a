//! A mixture of experts (Shazeer et al. 2017): a router sends each token to the few networks that score highest for it.
//!
//! ```text
//! p = softmax(router · x), or its sigmoid
//! chosen = the `used` experts with the highest p + bias
//! out = Σ over chosen: scale × p[e] (/ Σ p of the chosen) × expert[e](x)
//! ```
//! A backend that [stacks](Backend::stacks_experts) experts does all of it. Otherwise the choice is made on the host; then each
//! expert works on its tokens together, so that a prompt reads its weights once.

use wasm_chord_core::Backend;
use wasm_chord_core::backend::{Activation, Mixture, Result, Routing};

use crate::arch::shape::ExpertShape;
use crate::arch::tensors::{Scope, Stack, Tensors};
use crate::arch::{Flow, Inner, Widths};
use crate::error;

/// A router and its experts, SwiGLU networks of one width.
#[derive(Debug)]
pub(crate) struct Experts<W> {
    router: W,              // [experts, hidden]
    bias: Option<Vec<f32>>, // [experts], for the choice alone
    gate: Stack<W>,         // experts of [ffn, hidden]
    up: Stack<W>,           // experts of [ffn, hidden]
    down: Stack<W>,         // experts of [hidden, ffn]
    hidden: usize,
    shape: ExpertShape,
    routing: Routing,
}

/// Memory for the router's work, on the host.
#[derive(Debug, Default)]
pub struct RouterScratch {
    logits: Vec<f32>,          // [n, experts]
    chosen: Vec<(f32, usize)>, // of one token: weights and experts
    tokens: Vec<Vec<u32>>,     // of each expert: its tokens
    factors: Vec<Vec<f32>>,    // of each expert: how much each of them gets
}

impl RouterScratch {
    /// Room for `len` logits.
    pub(crate) fn logits(&mut self, len: usize) -> &mut [f32] {
        self.logits.resize(len, 0.0);
        &mut self.logits
    }
}

impl<W> Experts<W> {
    /// `ffn_gate_inp` and the networks `ffn_gate_exps`, `ffn_up_exps`, `ffn_down_exps`.
    pub fn read<T: Tensors<Weight = W>>(
        t: &mut Scope<'_, T>,
        hidden: usize,
        shape: ExpertShape,
        routing: Routing,
    ) -> error::Result<Self> {
        let ExpertShape { experts, ffn, .. } = shape;
        Ok(Self {
            router: t.matrix("ffn_gate_inp", hidden, experts)?,
            bias: None,
            gate: t.experts("ffn_gate_exps", hidden, ffn, experts)?,
            up: t.experts("ffn_up_exps", hidden, ffn, experts)?,
            down: t.experts("ffn_down_exps", ffn, hidden, experts)?,
            hidden,
            shape,
            routing,
        })
    }

    /// With `exp_probs_b.bias` added to the scores that experts are chosen by, where the file has it.
    pub fn with_choice_bias<T: Tensors<Weight = W>>(mut self, t: &mut Scope<'_, T>) -> error::Result<Self> {
        self.bias = t.host("exp_probs_b.bias", self.shape.experts)?;
        Ok(self)
    }

    pub fn widths(&self) -> Widths {
        let experts = Widths { experts: self.shape.experts, ..Widths::default() };
        match self.stacked() {
            Some(_) => experts,
            None => Widths { ffn: self.shape.ffn, expert_io: self.hidden, ..experts },
        }
    }

    /// Whether the backend does all of it.
    pub fn is_stacked(&self) -> bool {
        self.stacked().is_some()
    }

    fn stacked(&self) -> Option<[&W; 3]> {
        Some([self.gate.whole()?, self.up.whole()?, self.down.whole()?])
    }

    /// All of it, to `out`, or to `add` as much more, where the backend stacks experts. Else the router's logits for `x`, `[n, experts]`, of which
    /// [`forward`](Self::forward) needs a copy on the host.
    pub fn ask<B: Backend<Weight = W>>(
        &self,
        b: &mut B,
        x: &B::Buffer,
        n: usize,
        s: &mut Inner<B>,
        out: &mut B::Buffer,
        add: bool,
    ) -> Result<Flow> {
        let ExpertShape { experts, used, .. } = self.shape;
        let Some([gate, up, down]) = self.stacked() else {
            b.matmul(x, n, &mut [(&self.router, &mut s.router)])?;
            return Ok(Flow::Router { experts });
        };
        let (router, bias, routing, activation) = (&self.router, self.bias.as_deref(), self.routing, Activation::Silu);
        let mixture = Mixture { router, bias, gate, up, down, experts, used, routing, activation };
        b.mixture(x, n, &mixture, &mut s.router, out, add)?;
        Ok(Flow::Through)
    }

    /// `out = Σ weight × expert(x)`, `[n, hidden]`, where experts are weights of their own.
    pub fn forward<B: Backend<Weight = W>>(
        &self,
        b: &mut B,
        x: &B::Buffer,
        n: usize,
        s: &mut Inner<B>,
        out: &mut B::Buffer,
    ) -> Result<()> {
        let r = &mut s.routed;
        self.route(r);
        b.zero(out, n * self.hidden)?;
        for (i, ((gate, up), down)) in self.gate.each().iter().zip(self.up.each()).zip(self.down.each()).enumerate() {
            let (Some(tokens), Some(factors)) = (r.tokens.get(i), r.factors.get(i)) else { continue };
            if tokens.is_empty() {
                continue;
            }
            b.gather(x, tokens, self.hidden, &mut s.expert_in)?;
            let len = tokens.len() * self.shape.ffn;
            b.gated(&s.expert_in, tokens.len(), [gate, up], Activation::Silu, [&mut s.gate, &mut s.up], len)?;
            b.matmul(&s.gate, tokens.len(), &mut [(down, &mut s.expert_out)])?;
            b.scatter_add(&s.expert_out, tokens, factors, self.hidden, out)?;
        }
        Ok(())
    }

    /// Fills `tokens` and `factors` from `logits`.
    fn route(&self, r: &mut RouterScratch) {
        let ExpertShape { experts, used, .. } = self.shape;
        r.tokens.resize_with(experts, Vec::new);
        r.factors.resize_with(experts, Vec::new);
        r.tokens.iter_mut().for_each(Vec::clear);
        r.factors.iter_mut().for_each(Vec::clear);
        for (token, logits) in (0u32..).zip(r.logits.chunks_exact_mut(experts)) {
            self.routing.choose(used, logits, self.bias.as_deref(), &mut r.chosen);
            for &(weight, expert) in &r.chosen {
                if let (Some(tokens), Some(factors)) = (r.tokens.get_mut(expert), r.factors.get_mut(expert)) {
                    tokens.push(token);
                    factors.push(weight);
                }
            }
        }
    }
}
