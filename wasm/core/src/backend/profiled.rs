//! Where the time goes: a backend that runs another one's ops and times each.
//!
//! It knows no clock: natively that is `Instant`, in a browser `performance.now()`. An op is timed by two readings, so that
//! a backend that queues its ops must be asked for a result to be timed at all.

use super::{
    Activation, AttentionParams, Backend, Candidates, KvShape, Mixture, Result, RopeAngles, ShortConvShape, Unnormed,
};
use crate::gguf::{GgmlType, TensorInfo};

/// A backend with a profile of what it is asked to do. Switched off, as it is at first, it costs next to nothing.
#[derive(Clone, Debug)]
pub struct Profiled<B, C> {
    inner: B,
    clock: C, // milliseconds since whenever
    profile: Profile,
    on: bool,
}

/// A weight of the backend inside, and what a profile says of it.
#[derive(Clone, Debug)]
pub struct Tagged<T> {
    inner: T,
    ty: GgmlType,
    bytes: u64,
    vocab: bool, // whether logits come from it
}

impl<T> Tagged<T> {
    fn new(inner: T, info: &TensorInfo) -> Self {
        let vocab = matches!(info.name.as_str(), "output.weight" | "token_embd.weight");
        Self { inner, ty: info.ty, bytes: info.bytes, vocab }
    }

    fn map<U>(self, f: impl FnOnce(T) -> Result<U>) -> Result<Tagged<U>> {
        let Self { inner, ty, bytes, vocab } = self;
        Ok(Tagged { inner: f(inner)?, ty, bytes, vocab })
    }
}

/// What was measured, an entry for each kind of op.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    entries: Vec<ProfileEntry>,
}

/// All ops of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct ProfileEntry {
    /// What was done.
    pub op: ProfiledOp,
    /// Type of the weights that were multiplied, if any were.
    pub weights: Option<GgmlType>,
    /// How often.
    pub calls: u64,
    /// How long it took, in milliseconds.
    pub ms: f64,
    /// Bytes of weights that went through it, as stored in the file.
    pub bytes: u64,
}

/// Kinds of ops, as coarse as a person asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProfiledOp {
    /// Weights taken in while loading: copied, and rearranged.
    Load,
    /// Rows of the embedding.
    Embed,
    /// Norms, of either kind.
    Norm,
    /// Products with the layers' matrices.
    Matmul,
    /// The product that gives the logits.
    Logits,
    /// Biases added.
    Bias,
    /// The rotary embedding.
    Rope,
    /// Keys and values stored.
    KvWrite,
    /// Attention over the cache.
    Attention,
    /// The activation of a feed-forward network: SwiGLU and its kin.
    Activation,
    /// Short convolutions.
    ShortConv,
    /// Rows gathered for experts and scattered back; of a backend that stacks them, whole mixtures.
    Experts,
    /// Additions, copies and factors.
    Elementwise,
    /// Results read back.
    Read,
}

impl ProfiledOp {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Embed => "embed",
            Self::Norm => "norm",
            Self::Matmul => "matmul",
            Self::Logits => "logits",
            Self::Bias => "bias",
            Self::Rope => "rope",
            Self::KvWrite => "kv_write",
            Self::Attention => "attention",
            Self::Activation => "activation",
            Self::ShortConv => "short_conv",
            Self::Experts => "experts",
            Self::Elementwise => "elementwise",
            Self::Read => "read",
        }
    }
}

impl Profile {
    /// The entries, the one that took longest first.
    pub fn entries(&self) -> Vec<&ProfileEntry> {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by(|a, b| b.ms.total_cmp(&a.ms));
        entries
    }

    /// How long all ops took together, in milliseconds.
    pub fn total_ms(&self) -> f64 {
        self.entries.iter().map(|entry| entry.ms).sum()
    }

    /// Bytes of weights that were multiplied.
    pub fn multiplied_bytes(&self) -> u64 {
        let multiplied =
            |entry: &&ProfileEntry| matches!(entry.op, ProfiledOp::Matmul | ProfiledOp::Logits | ProfiledOp::Experts);
        self.entries.iter().filter(multiplied).map(|entry| entry.bytes).sum()
    }

    fn add(&mut self, op: ProfiledOp, weights: Option<GgmlType>, ms: f64, bytes: u64) {
        match self.entries.iter_mut().find(|entry| (entry.op, entry.weights) == (op, weights)) {
            Some(entry) => {
                entry.calls += 1;
                entry.ms += ms;
                entry.bytes += bytes;
            }
            None => self.entries.push(ProfileEntry { op, weights, calls: 1, ms, bytes }),
        }
    }
}

impl<B, C: Fn() -> f64> Profiled<B, C> {
    /// `inner`, not profiled yet. `clock` reads milliseconds from any beginning.
    pub fn new(inner: B, clock: C) -> Self {
        Self { inner, clock, profile: Profile::default(), on: false }
    }

    /// The backend inside.
    pub fn inner(&self) -> &B {
        &self.inner
    }

    /// The backend inside, to be set up.
    pub fn inner_mut(&mut self) -> &mut B {
        &mut self.inner
    }

    /// Begins an empty profile.
    pub fn start(&mut self) {
        self.profile = Profile::default();
        self.on = true;
    }

    /// Ends the profile, and gives what was measured.
    pub fn stop(&mut self) -> Profile {
        self.on = false;
        std::mem::take(&mut self.profile)
    }

    /// Runs `f` and books its time under `op`.
    fn timed<T>(&mut self, op: ProfiledOp, f: impl FnOnce(&mut B) -> Result<T>) -> Result<T> {
        self.timed_with(op, None, 0, f)
    }

    fn timed_with<T>(
        &mut self,
        op: ProfiledOp,
        weights: Option<GgmlType>,
        bytes: u64,
        f: impl FnOnce(&mut B) -> Result<T>,
    ) -> Result<T> {
        let start = self.begin();
        let result = f(&mut self.inner);
        self.end(start, op, weights, bytes);
        result
    }

    /// When an op begins; `None` when nothing is measured.
    fn begin(&self) -> Option<f64> {
        self.on.then(|| (self.clock)())
    }

    /// Books the op that began at `start`.
    fn end(&mut self, start: Option<f64>, op: ProfiledOp, weights: Option<GgmlType>, bytes: u64) {
        if let Some(start) = start {
            let ms = (self.clock)() - start;
            self.profile.add(op, weights, ms, bytes);
        }
    }
}

impl<'a, B: Backend, C: Fn() -> f64> Unnormed<'a, Profiled<B, C>> {
    /// The same for the backend inside.
    fn inside(self) -> Unnormed<'a, B> {
        let Self { x, weight, eps, spare } = self;
        Unnormed { x, weight: &weight.inner, eps, spare }
    }
}

/// One product of a [`matmul`](Backend::matmul).
type Product<'w, 'o, B> = (&'w Tagged<<B as Backend>::Weight>, &'o mut <B as Backend>::Buffer);

/// Products that are done in one call of the backend inside.
const AT_ONCE: usize = 3;

/// `f` of up to [`AT_ONCE`] products, with the weights inside.
fn inside<B: Backend>(
    jobs: &mut [Product<'_, '_, B>],
    f: impl FnOnce(&mut [(&B::Weight, &mut B::Buffer)]) -> Result<()>,
) -> Result<()> {
    match jobs {
        [] => Ok(()),
        [a] => f(&mut [(&a.0.inner, &mut *a.1)]),
        [a, c] => f(&mut [(&a.0.inner, &mut *a.1), (&c.0.inner, &mut *c.1)]),
        [a, c, d, ..] => f(&mut [(&a.0.inner, &mut *a.1), (&c.0.inner, &mut *c.1), (&d.0.inner, &mut *d.1)]),
    }
}

impl<B: Backend, C: Fn() -> f64> Backend for Profiled<B, C> {
    type Buffer = B::Buffer;
    type Staging = Tagged<B::Staging>;
    type Weight = Tagged<B::Weight>;
    type KvCache = B::KvCache;

    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn supports(&self, ty: GgmlType) -> bool {
        self.inner.supports(ty)
    }

    fn begin_weight(&mut self, info: &TensorInfo) -> Result<Self::Staging> {
        let staging = self.timed(ProfiledOp::Load, |b| b.begin_weight(info))?;
        Ok(Tagged::new(staging, info))
    }

    fn write_weight(&mut self, staging: &mut Self::Staging, bytes: &[u8]) -> Result<()> {
        let Tagged { inner, ty, .. } = staging;
        self.timed_with(ProfiledOp::Load, Some(*ty), bytes.len() as u64, |b| b.write_weight(inner, bytes))
    }

    fn finish_weight(&mut self, staging: Self::Staging) -> Result<Self::Weight> {
        let ty = staging.ty;
        self.timed_with(ProfiledOp::Load, Some(ty), 0, |b| staging.map(|inner| b.finish_weight(inner)))
    }

    fn buffer(&mut self, len: usize) -> Result<Self::Buffer> {
        self.inner.buffer(len)
    }

    fn kv_cache(&mut self, shape: KvShape) -> Result<Self::KvCache> {
        self.inner.kv_cache(shape)
    }

    fn embed(&mut self, table: &Self::Weight, tokens: &[u32], out: &mut Self::Buffer) -> Result<()> {
        self.timed(ProfiledOp::Embed, |b| b.embed(&table.inner, tokens, out))
    }

    fn rms_norm(
        &mut self,
        x: &Self::Buffer,
        weight: &Self::Weight,
        eps: f32,
        out: &mut Self::Buffer,
        n: usize,
    ) -> Result<()> {
        self.timed(ProfiledOp::Norm, |b| b.rms_norm(x, &weight.inner, eps, out, n))
    }

    fn rms_norm_in_place(&mut self, x: &mut Self::Buffer, weight: &Self::Weight, eps: f32, n: usize) -> Result<()> {
        self.timed(ProfiledOp::Norm, |b| b.rms_norm_in_place(x, &weight.inner, eps, n))
    }

    fn layer_norm(
        &mut self,
        x: &Self::Buffer,
        weight: &Self::Weight,
        bias: Option<&Self::Weight>,
        eps: f32,
        out: &mut Self::Buffer,
        n: usize,
    ) -> Result<()> {
        let bias = bias.map(|bias| &bias.inner);
        self.timed(ProfiledOp::Norm, |b| b.layer_norm(x, &weight.inner, bias, eps, out, n))
    }

    fn add_bias(&mut self, x: &mut Self::Buffer, bias: &Self::Weight, n: usize) -> Result<()> {
        self.timed(ProfiledOp::Bias, |b| b.add_bias(x, &bias.inner, n))
    }

    /// While it is profiled, weights of different types are multiplied in calls of their own, and their input is prepared
    /// for each.
    fn matmul(&mut self, x: &Self::Buffer, n: usize, jobs: &mut [(&Self::Weight, &mut Self::Buffer)]) -> Result<()> {
        if !self.on {
            let b = &mut self.inner;
            return jobs.chunks_mut(AT_ONCE).try_for_each(|jobs| inside::<B>(jobs, |jobs| b.matmul(x, n, jobs)));
        }
        for same in jobs.chunk_by_mut(|a, b| a.0.ty == b.0.ty) {
            for jobs in same.chunks_mut(AT_ONCE) {
                let bytes = jobs.iter().map(|(weight, _)| weight.bytes).sum();
                let Some((ty, vocab)) = jobs.first().map(|(weight, _)| (weight.ty, weight.vocab)) else { continue };
                let op = if vocab { ProfiledOp::Logits } else { ProfiledOp::Matmul };
                self.timed_with(op, Some(ty), bytes, |b| inside::<B>(jobs, |jobs| b.matmul(x, n, jobs)))?;
            }
        }
        Ok(())
    }

    /// While it is profiled, its parts are told apart.
    fn matmul_add(
        &mut self,
        x: &Self::Buffer,
        n: usize,
        weight: &Self::Weight,
        out: &mut Self::Buffer,
        len: usize,
        spare: &mut Self::Buffer,
    ) -> Result<()> {
        if self.on {
            self.matmul(x, n, &mut [(weight, &mut *spare)])?;
            return self.add(out, spare, len);
        }
        self.inner.matmul_add(x, n, &weight.inner, out, len, spare)
    }

    /// While it is profiled, its parts are told apart.
    fn gated(
        &mut self,
        x: &Self::Buffer,
        n: usize,
        [gate, up]: [&Self::Weight; 2],
        activation: Activation,
        [out, spare]: [&mut Self::Buffer; 2],
        len: usize,
    ) -> Result<()> {
        if !self.on {
            return self.inner.gated(x, n, [&gate.inner, &up.inner], activation, [out, spare], len);
        }
        self.matmul(x, n, &mut [(gate, &mut *out), (up, &mut *spare)])?;
        match activation {
            Activation::Silu => self.swiglu(out, spare, len),
            Activation::Gelu => self.geglu(out, spare, len),
        }
    }

    fn stacks_experts(&self, info: &TensorInfo) -> bool {
        self.inner.stacks_experts(info)
    }

    /// Its parts are not told apart: nothing but the backend inside knows them. The bytes are those of the experts that see the
    /// tokens, were they all different.
    fn mixture(
        &mut self,
        x: &Self::Buffer,
        n: usize,
        mixture: &Mixture<'_, Self::Weight>,
        logits: &mut Self::Buffer,
        out: &mut Self::Buffer,
        add: bool,
    ) -> Result<()> {
        let Mixture { router, bias, gate, up, down, experts, used, routing, activation } = *mixture;
        let seen = n.saturating_mul(used).min(experts) as u64;
        let bytes = router.bytes + (gate.bytes + up.bytes + down.bytes) / experts.max(1) as u64 * seen;
        let (router, gate, up, down) = (&router.inner, &gate.inner, &up.inner, &down.inner);
        let inside = Mixture { router, bias, gate, up, down, experts, used, routing, activation };
        self.timed_with(ProfiledOp::Experts, Some(mixture.gate.ty), bytes, |b| {
            b.mixture(x, n, &inside, logits, out, add)
        })
    }

    /// While it is profiled, its parts are told apart.
    fn norm_matmul(
        &mut self,
        rows: Unnormed<'_, Self>,
        n: usize,
        jobs: &mut [(&Self::Weight, &mut Self::Buffer)],
    ) -> Result<()> {
        if self.on || jobs.len() > AT_ONCE {
            let x = rows.norm(self, n)?;
            return self.matmul(x, n, jobs);
        }
        inside::<B>(jobs, |jobs| self.inner.norm_matmul(rows.inside(), n, jobs))
    }

    /// While it is profiled, its parts are told apart.
    fn norm_gated(
        &mut self,
        rows: Unnormed<'_, Self>,
        n: usize,
        [gate, up]: [&Self::Weight; 2],
        activation: Activation,
        outs: [&mut Self::Buffer; 2],
        len: usize,
    ) -> Result<()> {
        if self.on {
            let x = rows.norm(self, n)?;
            return self.gated(x, n, [gate, up], activation, outs, len);
        }
        self.inner.norm_gated(rows.inside(), n, [&gate.inner, &up.inner], activation, outs, len)
    }

    fn rope(
        &mut self,
        x: &mut Self::Buffer,
        angles: &RopeAngles,
        n_heads: usize,
        head_dim: usize,
        n: usize,
    ) -> Result<()> {
        self.timed(ProfiledOp::Rope, |b| b.rope(x, angles, n_heads, head_dim, n))
    }

    fn kv_write(
        &mut self,
        cache: &mut Self::KvCache,
        k: &Self::Buffer,
        v: &Self::Buffer,
        pos: usize,
        n: usize,
    ) -> Result<()> {
        self.timed(ProfiledOp::KvWrite, |b| b.kv_write(cache, k, v, pos, n))
    }

    /// While it is profiled, its parts are told apart.
    fn rope_kv_write(
        &mut self,
        q: &mut Self::Buffer,
        k: &mut Self::Buffer,
        v: &Self::Buffer,
        angles: Option<&RopeAngles>,
        cache: &mut Self::KvCache,
        params: &AttentionParams,
        pos: usize,
        n: usize,
    ) -> Result<()> {
        if !self.on {
            return self.inner.rope_kv_write(q, k, v, angles, cache, params, pos, n);
        }
        if let Some(angles) = angles {
            self.rope(q, angles, params.n_heads, params.head_dim, n)?;
            self.rope(k, angles, params.n_kv_heads, params.head_dim, n)?;
        }
        self.kv_write(cache, k, v, pos, n)
    }

    fn attention(
        &mut self,
        q: &Self::Buffer,
        cache: &Self::KvCache,
        params: &AttentionParams,
        out: &mut Self::Buffer,
        pos: usize,
        n: usize,
    ) -> Result<()> {
        self.timed(ProfiledOp::Attention, |b| b.attention(q, cache, params, out, pos, n))
    }

    fn swiglu(&mut self, gate: &mut Self::Buffer, up: &Self::Buffer, len: usize) -> Result<()> {
        self.timed(ProfiledOp::Activation, |b| b.swiglu(gate, up, len))
    }

    fn geglu(&mut self, gate: &mut Self::Buffer, up: &Self::Buffer, len: usize) -> Result<()> {
        self.timed(ProfiledOp::Activation, |b| b.geglu(gate, up, len))
    }

    fn gelu(&mut self, x: &mut Self::Buffer, len: usize) -> Result<()> {
        self.timed(ProfiledOp::Activation, |b| b.gelu(x, len))
    }

    fn zero(&mut self, x: &mut Self::Buffer, len: usize) -> Result<()> {
        self.timed(ProfiledOp::Elementwise, |b| b.zero(x, len))
    }

    fn scale(&mut self, x: &mut Self::Buffer, factor: f32, len: usize) -> Result<()> {
        self.timed(ProfiledOp::Elementwise, |b| b.scale(x, factor, len))
    }

    fn softcap(&mut self, x: &mut Self::Buffer, cap: f32, len: usize) -> Result<()> {
        self.timed(ProfiledOp::Elementwise, |b| b.softcap(x, cap, len))
    }

    fn short_conv(
        &mut self,
        bcx: &Self::Buffer,
        kernel: &Self::Weight,
        history: &mut Self::Buffer,
        out: &mut Self::Buffer,
        shape: ShortConvShape,
        pos: usize,
        n: usize,
    ) -> Result<()> {
        self.timed(ProfiledOp::ShortConv, |b| b.short_conv(bcx, &kernel.inner, history, out, shape, pos, n))
    }

    fn gather(&mut self, x: &Self::Buffer, rows: &[u32], width: usize, out: &mut Self::Buffer) -> Result<()> {
        self.timed(ProfiledOp::Experts, |b| b.gather(x, rows, width, out))
    }

    fn scatter_add(
        &mut self,
        x: &Self::Buffer,
        rows: &[u32],
        factors: &[f32],
        width: usize,
        out: &mut Self::Buffer,
    ) -> Result<()> {
        self.timed(ProfiledOp::Experts, |b| b.scatter_add(x, rows, factors, width, out))
    }

    fn add(&mut self, x: &mut Self::Buffer, y: &Self::Buffer, len: usize) -> Result<()> {
        self.timed(ProfiledOp::Elementwise, |b| b.add(x, y, len))
    }

    fn copy(&mut self, src: &Self::Buffer, from: usize, dst: &mut Self::Buffer, len: usize) -> Result<()> {
        self.timed(ProfiledOp::Elementwise, |b| b.copy(src, from, dst, len))
    }

    fn read(&mut self, x: &Self::Buffer, out: &mut [f32]) -> Result<()> {
        self.timed(ProfiledOp::Read, |b| b.read(x, out))
    }

    async fn read_async(&mut self, x: &Self::Buffer, out: &mut [f32]) -> Result<()> {
        let start = self.begin();
        let result = self.inner.read_async(x, out).await;
        self.end(start, ProfiledOp::Read, None, 0);
        result
    }

    fn tune(&mut self) -> impl Future<Output = Result<()>> {
        self.inner.tune()
    }

    fn most_candidates(&self) -> usize {
        self.inner.most_candidates()
    }

    async fn candidates_async(
        &mut self,
        logits: &Self::Buffer,
        n: usize,
        k: usize,
        apart: &[u32],
        out: &mut Candidates,
    ) -> Result<()> {
        let start = self.begin();
        let result = self.inner.candidates_async(logits, n, k, apart, out).await;
        self.end(start, ProfiledOp::Read, None, 0);
        result
    }

    async fn settle(&mut self) -> Result<()> {
        let start = self.begin();
        let result = self.inner.settle().await;
        self.end(start, ProfiledOp::Read, None, 0);
        result
    }

    fn batch(&self) -> usize {
        self.inner.batch()
    }
}
