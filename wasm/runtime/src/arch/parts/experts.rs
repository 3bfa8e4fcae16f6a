//! A mixture of experts (Shazeer et al. 2017): a router sends each token to the few networks that score highest for it.
//!
//! ```text
//! p = softmax(router · x), or its sigmoid
//! chosen = the `used` experts with the highest p + bias
//! out = Σ over chosen: scale × p[e] (/ Σ p of the chosen) × expert[e](x)
//! ```
//! The choice is made on the host; then each expert works on its tokens together, so that a prompt reads its weights once.

use wasm_chord_core::Backend;
use wasm_chord_core::backend::{Activation, Result};

use crate::arch::shape::ExpertShape;
use crate::arch::tensors::{Scope, Tensors};
use crate::arch::{Flow, Inner, Widths};
use crate::error;

/// How the router's logits become weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gating {
    Softmax,
    Sigmoid,
}

/// How experts are chosen and weighed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Routing {
    pub gating: Gating,
    /// Whether the chosen ones' weights are made to add up to 1.
    pub normalise: bool,
    /// Factor on the weights.
    pub scale: f32,
}

/// A router and its experts, SwiGLU networks of one width.
#[derive(Debug)]
pub(crate) struct Experts<W> {
    router: W,              // [experts, hidden]
    bias: Option<Vec<f32>>, // [experts], for the choice alone
    gate: Vec<W>,           // experts of [ffn, hidden]
    up: Vec<W>,             // experts of [ffn, hidden]
    down: Vec<W>,           // experts of [hidden, ffn]
    hidden: usize,
    shape: ExpertShape,
    routing: Routing,
}

/// The sum that weights are divided by is no less than this: llama.cpp's bound, the least normal f16.
const LEAST_SUM: f32 = 6.103_515_6e-5;

/// Memory for the router's work, on the host.
#[derive(Debug, Default)]
pub struct RouterScratch {
    logits: Vec<f32>,          // [n, experts]
    ranked: Vec<(f32, usize)>, // of one token: (score, expert)
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
        Widths { ffn: self.shape.ffn, experts: self.shape.experts, expert_io: self.hidden, ..Widths::default() }
    }

    /// The router's logits for `x`, `[n, experts]`, of which [`forward`](Self::forward) needs a copy on the host.
    pub fn ask<B: Backend<Weight = W>>(&self, b: &mut B, x: &B::Buffer, n: usize, s: &mut Inner<B>) -> Result<Flow> {
        b.matmul(x, n, &mut [(&self.router, &mut s.router)])?;
        Ok(Flow::Router { experts: self.shape.experts })
    }

    /// `out = Σ weight × expert(x)`, `[n, hidden]`.
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
        for (i, ((gate, up), down)) in self.gate.iter().zip(&self.up).zip(&self.down).enumerate() {
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
        for (token, probabilities) in (0u32..).zip(r.logits.chunks_exact_mut(experts)) {
            self.routing.gating.apply(probabilities);
            r.ranked.clear();
            r.ranked.extend(probabilities.iter().enumerate().map(|(i, p)| (p + self.choice_bias(i), i)));
            // The lower index wins a tie, as in a stable sort.
            r.ranked.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            r.ranked.truncate(used);
            let weight = |expert: usize| probabilities.get(expert).copied().unwrap_or(0.0);
            let sum: f32 = r.ranked.iter().map(|(_, expert)| weight(*expert)).sum();
            let sum = if self.routing.normalise { sum.max(LEAST_SUM) } else { 1.0 };
            for &(_, expert) in &r.ranked {
                if let (Some(tokens), Some(factors)) = (r.tokens.get_mut(expert), r.factors.get_mut(expert)) {
                    tokens.push(token);
                    factors.push(self.routing.scale * weight(expert) / sum);
                }
            }
        }
    }

    fn choice_bias(&self, expert: usize) -> f32 {
        self.bias.as_ref().and_then(|bias| bias.get(expert)).copied().unwrap_or(0.0)
    }
}

impl Gating {
    /// Logits of one token to probabilities.
    fn apply(self, x: &mut [f32]) {
        match self {
            Self::Sigmoid => x.iter_mut().for_each(|x| *x = 1.0 / (1.0 + (-*x).exp())),
            Self::Softmax => {
                let max = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                x.iter_mut().for_each(|x| *x = (*x - max).exp());
                let sum: f32 = x.iter().sum();
                x.iter_mut().for_each(|x| *x /= sum);
            }
        }
    }
}
