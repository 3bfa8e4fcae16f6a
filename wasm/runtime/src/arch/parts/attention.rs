//! Rotary grouped-query self-attention (Vaswani et al. 2017; Su et al. 2021; Ainslie et al. 2023).

use wasm_chord_core::Backend;
use wasm_chord_core::backend::{AttentionParams, KvShape, Result};

use super::{Input, add_bias};
use crate::arch::tensors::{Linear, Scope, Tensors};
use crate::arch::{Inner, StepInfo, Widths};
use crate::error;

/// One layer's attention.
#[derive(Debug)]
pub(crate) struct Attention<W> {
    pub q: Linear<W>, // [n_heads × head_dim, hidden]
    pub kv: KeysValues<W>,
    pub output: Linear<W>, // [hidden, n_heads × head_dim]
    pub qk_norm: Option<QkNorm<W>>,
    /// Which of the model's rotary embeddings turns queries and keys; `None`: positions are not encoded (NoPE).
    pub rope: Option<usize>,
    pub params: AttentionParams,
}

/// Where a layer has its keys and values from.
#[derive(Debug)]
pub(crate) enum KeysValues<W> {
    /// Its own projections, `[n_kv_heads × head_dim, hidden]` each.
    Own { k: Linear<W>, v: Linear<W>, v_norm: Option<HeadNorm<W>> },
    /// One projection: what the keys are before their norm, the values are before theirs.
    Alike { k: Linear<W>, v_norm: Option<HeadNorm<W>> },
    /// The cache of this earlier layer.
    Of(usize),
}

/// RMSNorm of each head's values.
#[derive(Debug)]
pub(crate) struct HeadNorm<W> {
    pub weight: W, // [head_dim]
    pub eps: f32,
}

/// RMSNorm of queries and keys before they turn.
#[derive(Debug)]
pub(crate) struct QkNorm<W> {
    pub q: W, // [head_dim], or [n_heads × head_dim]
    /// `[head_dim]`, or `[n_kv_heads × head_dim]`; `None` where the keys are another layer's.
    pub k: Option<W>,
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
            kv: KeysValues::Own {
                k: t.linear("attn_k", hidden, kv_width)?,
                v: t.linear("attn_v", hidden, kv_width)?,
                v_norm: None,
            },
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
        let k = Some(t.tensor("attn_k_norm.weight", &[width(n_kv_heads)])?);
        Ok(Self { qk_norm: Some(QkNorm { q, k, eps, per_head }), ..self })
    }

    pub fn kv_shape(&self, capacity: usize) -> KvShape {
        KvShape { capacity, n_kv_heads: self.params.n_kv_heads, head_dim: self.params.head_dim }
    }

    pub fn widths(&self) -> Widths {
        Widths { q: self.params.n_heads * self.params.head_dim, kv: self.kv_shape(0).width(), ..Widths::default() }
    }

    /// Attention of `input`, `[n, hidden]`, to `s.attended`; [`output`](Self::output) is still to be multiplied with it.
    pub fn forward<B: Backend<Weight = W>>(
        &self,
        b: &mut B,
        step: &StepInfo<'_>,
        cache: &mut B::KvCache,
        input: Input<'_, B>,
        s: &mut Inner<B>,
    ) -> Result<()> {
        let &StepInfo { pos, n, angles } = step;
        let AttentionParams { n_heads, n_kv_heads, head_dim, .. } = self.params;

        let kv = match &self.kv {
            KeysValues::Own { k, v, v_norm } => {
                input.matmul(b, n, &mut [(&self.q.weight, &mut s.q), (&k.weight, &mut s.k), (&v.weight, &mut s.v)])?;
                add_bias(b, k, n, &mut s.k)?;
                add_bias(b, v, n, &mut s.v)?;
                Some(v_norm)
            }
            KeysValues::Alike { k, v_norm } => {
                input.matmul(b, n, &mut [(&self.q.weight, &mut s.q), (&k.weight, &mut s.k)])?;
                add_bias(b, k, n, &mut s.k)?;
                b.copy(&s.k, 0, &mut s.v, n * n_kv_heads * head_dim)?;
                Some(v_norm)
            }
            KeysValues::Of(_) => {
                input.matmul(b, n, &mut [(&self.q.weight, &mut s.q)])?;
                None
            }
        };
        add_bias(b, &self.q, n, &mut s.q)?;
        let angles = self.rope.and_then(|index| angles.get(index));
        let norm_rows = |norm: &QkNorm<W>, heads: usize| if norm.per_head { n * heads } else { n };
        if let Some(norm) = &self.qk_norm {
            b.rms_norm_in_place(&mut s.q, &norm.q, norm.eps, norm_rows(norm, n_heads))?;
        }
        if let Some(v_norm) = kv {
            if let Some(norm) = &self.qk_norm
                && let Some(k) = &norm.k
            {
                b.rms_norm_in_place(&mut s.k, k, norm.eps, norm_rows(norm, n_kv_heads))?;
            }
            if let Some(HeadNorm { weight, eps }) = v_norm {
                b.rms_norm_in_place(&mut s.v, weight, *eps, n * n_kv_heads)?;
            }
            b.rope_kv_write(&mut s.q, &mut s.k, &s.v, angles, cache, &self.params, pos, n)?;
        } else if let Some(angles) = angles {
            b.rope(&mut s.q, angles, n_heads, head_dim, n)?;
        }
        b.attention(&s.q, cache, &self.params, &mut s.attended, pos, n)
    }
}
