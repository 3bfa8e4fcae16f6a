//! Rotary grouped-query self-attention (Vaswani et al. 2017; Su et al. 2021; Ainslie et al. 2023).

use wasm_chord_core::Backend;
use wasm_chord_core::backend::{AttentionParams, KvShape, Result};

use super::{add_bias, apply};
use crate::arch::tensors::{Linear, Scope, Tensors};
use crate::arch::{Inner, StepInfo, Widths};
use crate::error;

/// One layer's attention.
#[derive(Debug)]
pub(crate) struct Attention<W> {
    pub q: Linear<W>,      // [n_heads × head_dim, hidden]
    pub k: Linear<W>,      // [n_kv_heads × head_dim, hidden]
    pub v: Linear<W>,      // [n_kv_heads × head_dim, hidden]
    pub output: Linear<W>, // [hidden, n_heads × head_dim]
    pub qk_norm: Option<QkNorm<W>>,
    /// Which of the model's rotary embeddings turns queries and keys; `None`: positions are not encoded (NoPE).
    pub rope: Option<usize>,
    pub params: AttentionParams,
}

/// RMSNorm of queries and keys before they turn.
#[derive(Debug)]
pub(crate) struct QkNorm<W> {
    pub q: W, // [head_dim], or [n_heads × head_dim]
    pub k: W, // [head_dim], or [n_kv_heads × head_dim]
    pub eps: f32,
    /// Whether each head is normalised by itself, or the whole projection at once.
    pub per_head: bool,
}

impl<W> Attention<W> {
    /// Attention with the projections `attn_q`, `attn_k`, `attn_v` and `attn_output`, and rotary embedding 0.
    pub fn read<T: Tensors<Weight = W>>(
        t: &mut Scope<'_, T>,
        hidden: usize,
        params: AttentionParams,
    ) -> error::Result<Self> {
        let (q_width, kv_width) = (params.n_heads * params.head_dim, params.n_kv_heads * params.head_dim);
        Ok(Self {
            q: t.linear("attn_q", hidden, q_width)?,
            k: t.linear("attn_k", hidden, kv_width)?,
            v: t.linear("attn_v", hidden, kv_width)?,
            output: t.linear("attn_output", q_width, hidden)?,
            qk_norm: None,
            rope: Some(0),
            params,
        })
    }

    /// [`read`](Self::read), with a norm of each head's queries and keys.
    pub fn read_with_head_norms<T: Tensors<Weight = W>>(
        t: &mut Scope<'_, T>,
        hidden: usize,
        params: AttentionParams,
        eps: f32,
    ) -> error::Result<Self> {
        Self::read(t, hidden, params)?.with_norms(t, eps, true)
    }

    /// [`read`](Self::read), with a norm over all queries and one over all keys of a token.
    pub fn read_with_whole_norms<T: Tensors<Weight = W>>(
        t: &mut Scope<'_, T>,
        hidden: usize,
        params: AttentionParams,
        eps: f32,
    ) -> error::Result<Self> {
        Self::read(t, hidden, params)?.with_norms(t, eps, false)
    }

    fn with_norms<T: Tensors<Weight = W>>(self, t: &mut Scope<'_, T>, eps: f32, per_head: bool) -> error::Result<Self> {
        let AttentionParams { n_heads, n_kv_heads, head_dim, .. } = self.params;
        let width = |heads: usize| if per_head { head_dim } else { heads * head_dim };
        let q = t.tensor("attn_q_norm.weight", &[width(n_heads)])?;
        let k = t.tensor("attn_k_norm.weight", &[width(n_kv_heads)])?;
        Ok(Self { qk_norm: Some(QkNorm { q, k, eps, per_head }), ..self })
    }

    pub fn kv_shape(&self, capacity: usize) -> KvShape {
        KvShape { capacity, n_kv_heads: self.params.n_kv_heads, head_dim: self.params.head_dim }
    }

    pub fn widths(&self) -> Widths {
        Widths { q: self.params.n_heads * self.params.head_dim, kv: self.kv_shape(0).width(), ..Widths::default() }
    }

    /// `out = attention(x)`, `[n, hidden]`.
    pub fn forward<B: Backend<Weight = W>>(
        &self,
        b: &mut B,
        step: &StepInfo<'_>,
        cache: &mut B::KvCache,
        x: &B::Buffer,
        s: &mut Inner<B>,
        out: &mut B::Buffer,
    ) -> Result<()> {
        let &StepInfo { pos, n, angles } = step;
        let AttentionParams { n_heads, n_kv_heads, head_dim, .. } = self.params;

        b.matmul(x, n, &mut [(&self.q.weight, &mut s.q), (&self.k.weight, &mut s.k), (&self.v.weight, &mut s.v)])?;
        add_bias(b, &self.q, n, &mut s.q)?;
        add_bias(b, &self.k, n, &mut s.k)?;
        add_bias(b, &self.v, n, &mut s.v)?;
        if let Some(norm) = &self.qk_norm {
            let (q_rows, k_rows) = if norm.per_head { (n * n_heads, n * n_kv_heads) } else { (n, n) };
            b.rms_norm_in_place(&mut s.q, &norm.q, norm.eps, q_rows)?;
            b.rms_norm_in_place(&mut s.k, &norm.k, norm.eps, k_rows)?;
        }
        if let Some(angles) = self.rope.and_then(|index| angles.get(index)) {
            b.rope(&mut s.q, angles, n_heads, head_dim, n)?;
            b.rope(&mut s.k, angles, n_kv_heads, head_dim, n)?;
        }
        b.kv_write(cache, &s.k, &s.v, pos, n)?;
        b.attention(&s.q, cache, &self.params, &mut s.attended, pos, n)?;
        apply(b, &self.output, &s.attended, n, out)
    }
}
