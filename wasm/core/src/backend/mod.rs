//! What a model graph asks of whatever runs it.
//!
//! A [`Backend`] owns memory and kernels; the runtime owns the graph. Ops are recorded or run in call order, so a GPU may
//! queue them and only [`Backend::read_async`] has to wait. [`Reference`] is the definition of every op: too
//! simple to be wrong, and what the other backends are tested against.
//!
//! Shapes are row-major; `n` is the number of tokens (rows) an op works on, from row 0.

mod candidates;
mod mixture;
mod params;
mod profiled;
mod reference;
mod unnormed;

pub use candidates::{Candidates, likelier};
pub use mixture::{Gating, Mixture, Routing};
pub use params::{Activation, AttentionParams, KvShape, RopeAngles, RopePairing, RopeSpec, ShortConvShape};
pub use profiled::{Profile, ProfileEntry, Profiled, ProfiledOp, Tagged};
pub use reference::{Reference, ReferenceKvCache, ReferenceStaging, ReferenceWeight};
pub use unnormed::Unnormed;

use std::future::{Future, ready};

use crate::gguf::{GgmlType, TensorInfo};

/// Why a backend could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// Memory for `what` could not be had.
    #[error("out of memory: {what}{}; close other tabs or use a smaller model or context", needs(*bytes))]
    OutOfMemory {
        /// What was to be allocated.
        what: String,
        /// How many bytes it needs; 0 where nobody says.
        bytes: u64,
    },
    /// No kernel for a tensor's type.
    #[error("tensor '{tensor}' is stored as {ty}, which the {backend} backend cannot run")]
    UnsupportedType {
        /// The tensor's name.
        tensor: String,
        /// How it is stored.
        ty: GgmlType,
        /// The backend's name.
        backend: &'static str,
    },
    /// More or fewer bytes arrived for a tensor than its shape needs.
    #[error("tensor '{tensor}' needs {expected} bytes of data, got {got}")]
    WrongLength {
        /// The tensor's name.
        tensor: String,
        /// Bytes its shape needs.
        expected: u64,
        /// Bytes that arrived.
        got: u64,
    },
    /// An op was called with buffers or weights that do not fit each other: an error in the graph, not in the file.
    #[error("{op}: {what}")]
    Shape {
        /// The op's name.
        op: &'static str,
        /// What does not fit.
        what: String,
    },
    /// The device went away; nothing on it can be used any more.
    #[error("the {backend} device was lost: {reason}")]
    DeviceLost {
        /// The backend's name.
        backend: &'static str,
        /// What the device said.
        reason: String,
    },
    /// Something was to be waited for where nothing may block.
    #[error("the {backend} backend cannot be waited for here; await the call's async sibling instead")]
    WouldBlock {
        /// The backend's name.
        backend: &'static str,
    },
}

fn needs(bytes: u64) -> String {
    if bytes > 0 { format!(" needs {bytes} more bytes") } else { " has no room".to_owned() }
}

/// Rows that go through the layers at once unless a backend says otherwise: enough to read each weight once for many tokens,
/// few enough that their activations stay in a core's L2 and that a stop is noticed soon.
pub const DEFAULT_BATCH: usize = 64;

/// A result of a backend's op.
pub type Result<T> = std::result::Result<T, BackendError>;

/// Memory and kernels that a model graph runs on.
pub trait Backend {
    /// f32 activations, `[n, width]`.
    type Buffer;
    /// A weight tensor that is still arriving.
    type Staging;
    /// A whole weight tensor, `[rows, row_len]`, laid out as this backend's kernels like it.
    type Weight;
    /// Keys and values of one layer, `[capacity, n_kv_heads × head_dim]` each.
    type KvCache;

    /// Its name in one word, for errors and `--backend`.
    fn name(&self) -> &'static str;

    /// Whether weights stored as `ty` can be loaded.
    fn supports(&self, ty: GgmlType) -> bool;

    /// Makes room for a tensor; its bytes follow in order through [`Self::write_weight`].
    fn begin_weight(&mut self, info: &TensorInfo) -> Result<Self::Staging>;

    /// Takes the next bytes of a tensor, in pieces of any length.
    fn write_weight(&mut self, staging: &mut Self::Staging, bytes: &[u8]) -> Result<()>;

    /// Ends a tensor. Fails unless exactly the bytes its shape needs have arrived.
    fn finish_weight(&mut self, staging: Self::Staging) -> Result<Self::Weight>;

    /// A zeroed buffer of `len` f32.
    fn buffer(&mut self, len: usize) -> Result<Self::Buffer>;

    /// An empty cache for one layer. It may grow up to `shape.capacity` positions as they are written.
    fn kv_cache(&mut self, shape: KvShape) -> Result<Self::KvCache>;

    /// `out[i] = table[tokens[i]]`. Every token must be below the table's rows.
    fn embed(&mut self, table: &Self::Weight, tokens: &[u32], out: &mut Self::Buffer) -> Result<()>;

    /// `out[i] = x[i] / sqrt(mean(x[i]²) + eps) × weight`, rows as wide as `weight`.
    fn rms_norm(
        &mut self,
        x: &Self::Buffer,
        weight: &Self::Weight,
        eps: f32,
        out: &mut Self::Buffer,
        n: usize,
    ) -> Result<()>;

    /// [`rms_norm`](Self::rms_norm) of `n` rows where they are: a post-norm, or the norm of each head's queries.
    fn rms_norm_in_place(&mut self, x: &mut Self::Buffer, weight: &Self::Weight, eps: f32, n: usize) -> Result<()>;

    /// `out[i] = (x[i] - mean) / sqrt(variance + eps) × weight + bias`, rows as wide as `weight` (Ba et al. 2016).
    fn layer_norm(
        &mut self,
        x: &Self::Buffer,
        weight: &Self::Weight,
        bias: Option<&Self::Weight>,
        eps: f32,
        out: &mut Self::Buffer,
        n: usize,
    ) -> Result<()>;

    /// `x[i] += bias` for `n` rows as wide as `bias`.
    fn add_bias(&mut self, x: &mut Self::Buffer, bias: &Self::Weight, n: usize) -> Result<()>;

    /// `out[i] = weight · x[i]` for each job; the jobs share their input, so that it is quantised once.
    fn matmul(&mut self, x: &Self::Buffer, n: usize, jobs: &mut [(&Self::Weight, &mut Self::Buffer)]) -> Result<()>;

    /// `out[i] += weight · x[i]`: a branch's last product, onto the residual stream. `len` elements of `out`, `n` times the
    /// weight's rows, and as many of `spare`, whose content is lost.
    fn matmul_add(
        &mut self,
        x: &Self::Buffer,
        n: usize,
        weight: &Self::Weight,
        out: &mut Self::Buffer,
        len: usize,
        spare: &mut Self::Buffer,
    ) -> Result<()> {
        self.matmul(x, n, &mut [(weight, &mut *spare)])?;
        self.add(out, spare, len)
    }

    /// `out[i] = act(gate · x[i]) × up · x[i]` (Shazeer 2020), `len` elements: `n` times the rows of either weight. As many
    /// of `spare`, whose content is lost.
    fn gated(
        &mut self,
        x: &Self::Buffer,
        n: usize,
        [gate, up]: [&Self::Weight; 2],
        activation: Activation,
        [out, spare]: [&mut Self::Buffer; 2],
        len: usize,
    ) -> Result<()> {
        self.matmul(x, n, &mut [(gate, &mut *out), (up, &mut *spare)])?;
        match activation {
            Activation::Silu => self.swiglu(out, spare, len),
            Activation::Gelu => self.geglu(out, spare, len),
        }
    }

    /// Whether the experts' matrices that `info` describes, `[row_len, rows, experts]`, are wanted in one weight, for
    /// [`mixture`](Self::mixture). Otherwise each is a weight of its own, and the graph chooses among them on the host. Of a
    /// model's, it is all or none.
    fn stacks_experts(&self, _info: &TensorInfo) -> bool {
        false
    }

    /// `out[i] = Σ weight × down[e] · (act(gate[e] · x[i]) × up[e] · x[i])` over the experts `e` that
    /// [`Routing::choose`] takes by `router · x[i]`, `[n, hidden]`; or, to `add`, as much more than what is there. What is in
    /// `logits`, `[n, experts]`, is lost. Only for weights that [`stacks_experts`](Self::stacks_experts) wanted so.
    fn mixture(
        &mut self,
        _x: &Self::Buffer,
        _n: usize,
        _mixture: &Mixture<'_, Self::Weight>,
        _logits: &mut Self::Buffer,
        _out: &mut Self::Buffer,
        _add: bool,
    ) -> Result<()> {
        Err(BackendError::Shape { op: "mixture", what: "experts are weights of their own here".to_owned() })
    }

    /// [`matmul`](Self::matmul) of the RMSNorm of `n` rows.
    fn norm_matmul(
        &mut self,
        rows: Unnormed<'_, Self>,
        n: usize,
        jobs: &mut [(&Self::Weight, &mut Self::Buffer)],
    ) -> Result<()> {
        let x = rows.norm(self, n)?;
        self.matmul(x, n, jobs)
    }

    /// [`gated`](Self::gated) of the RMSNorm of `n` rows.
    fn norm_gated(
        &mut self,
        rows: Unnormed<'_, Self>,
        n: usize,
        weights: [&Self::Weight; 2],
        activation: Activation,
        outs: [&mut Self::Buffer; 2],
        len: usize,
    ) -> Result<()> {
        let x = rows.norm(self, n)?;
        self.gated(x, n, weights, activation, outs, len)
    }

    /// Rotates the first `angles.n_rot` of each head of `x`, `[n, n_heads × head_dim]`, in place; row `i` by row `i` of
    /// `angles`.
    fn rope(
        &mut self,
        x: &mut Self::Buffer,
        angles: &RopeAngles,
        n_heads: usize,
        head_dim: usize,
        n: usize,
    ) -> Result<()>;

    /// Stores keys and values, `[n, n_kv_heads × head_dim]`, at positions `pos..pos + n`.
    fn kv_write(
        &mut self,
        cache: &mut Self::KvCache,
        k: &Self::Buffer,
        v: &Self::Buffer,
        pos: usize,
        n: usize,
    ) -> Result<()>;

    /// [`rope`](Self::rope) of queries and keys, if there are `angles`, and [`kv_write`](Self::kv_write) of keys and values.
    /// The heads are those of `params`. What `k` holds afterwards is not said.
    #[allow(clippy::too_many_arguments, reason = "three buffers, a cache, and where in the sequence they are")]
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
        if let Some(angles) = angles {
            self.rope(q, angles, params.n_heads, params.head_dim, n)?;
            self.rope(k, angles, params.n_kv_heads, params.head_dim, n)?;
        }
        self.kv_write(cache, k, v, pos, n)
    }

    /// Attention of `n` queries, the first at position `pos`, over all positions up to `pos + n` that each may see:
    /// `softmax(softcap(q·k × scale)) · v`, `[n, n_heads × head_dim]`. Query head `h` reads key head
    /// `h / (n_heads / n_kv_heads)`.
    fn attention(
        &mut self,
        q: &Self::Buffer,
        cache: &Self::KvCache,
        params: &AttentionParams,
        out: &mut Self::Buffer,
        pos: usize,
        n: usize,
    ) -> Result<()>;

    /// `gate[i] = silu(gate[i]) × up[i]` over the first `len` elements.
    fn swiglu(&mut self, gate: &mut Self::Buffer, up: &Self::Buffer, len: usize) -> Result<()>;

    /// `gate[i] = gelu(gate[i]) × up[i]` over the first `len` elements.
    fn geglu(&mut self, gate: &mut Self::Buffer, up: &Self::Buffer, len: usize) -> Result<()>;

    /// `x[i] = gelu(x[i])` over the first `len` elements: `x/2 × (1 + tanh(√(2/π) (x + 0.044715 x³)))` (Hendrycks &
    /// Gimpel 2016), which models trained with the exact erf tolerate as well.
    fn gelu(&mut self, x: &mut Self::Buffer, len: usize) -> Result<()>;

    /// `x[i] = 0` over the first `len` elements, whatever they were.
    fn zero(&mut self, x: &mut Self::Buffer, len: usize) -> Result<()>;

    /// `x[i] = x[i] × factor` over the first `len` elements.
    fn scale(&mut self, x: &mut Self::Buffer, factor: f32, len: usize) -> Result<()>;

    /// `x[i] = cap × tanh(x[i] / cap)` over the first `len` elements.
    fn softcap(&mut self, x: &mut Self::Buffer, cap: f32, len: usize) -> Result<()>;

    /// The gated short convolution of LFM2 over `n` tokens, the first at position `pos`. A row of `bcx`, `[n, 3 × width]`,
    /// is `b | c | x`; with `u = b × x`, `out[i] = c[i] × Σ_t kernel[t] × u[i - (taps - 1 - t)]`, `[n, width]`; before
    /// position 0, `u` is 0. `kernel`, `[width, taps]`, is loaded as a vector. `history`, `[rows, width]`, holds the `u` of
    /// position `p` in row `p % rows`; with more rows than taps the sequence may go on from a little earlier.
    #[allow(clippy::too_many_arguments, reason = "three buffers, a weight, and where in the sequence it is")]
    fn short_conv(
        &mut self,
        bcx: &Self::Buffer,
        kernel: &Self::Weight,
        history: &mut Self::Buffer,
        out: &mut Self::Buffer,
        shape: ShortConvShape,
        pos: usize,
        n: usize,
    ) -> Result<()>;

    /// `out[i] = x[rows[i]]`, rows of `width`.
    fn gather(&mut self, x: &Self::Buffer, rows: &[u32], width: usize, out: &mut Self::Buffer) -> Result<()>;

    /// `out[rows[i]] += factors[i] × x[i]`, rows of `width`.
    fn scatter_add(
        &mut self,
        x: &Self::Buffer,
        rows: &[u32],
        factors: &[f32],
        width: usize,
        out: &mut Self::Buffer,
    ) -> Result<()>;

    /// `x[i] += y[i]` over the first `len` elements.
    fn add(&mut self, x: &mut Self::Buffer, y: &Self::Buffer, len: usize) -> Result<()>;

    /// Copies `len` elements of `src` from `from` to the start of `dst`.
    fn copy(&mut self, src: &Self::Buffer, from: usize, dst: &mut Self::Buffer, len: usize) -> Result<()>;

    /// Blocks until all ops so far are done, and copies the start of `x` to the host. Fails where nothing may block: on the
    /// GPU of a browser.
    fn read(&mut self, x: &Self::Buffer, out: &mut [f32]) -> Result<()>;

    /// [`read`](Self::read), to be awaited: what a graph calls. It is there at once on whatever can block.
    fn read_async(&mut self, x: &Self::Buffer, out: &mut [f32]) -> impl Future<Output = Result<()>> {
        ready(self.read(x, out))
    }

    /// Called when a model's weights are all there, by whoever is about to ask much of it: a backend may try which of its kernels
    /// are fastest on this machine. What ops give may change with that, within the error of what a backend rounds.
    fn tune(&mut self) -> impl Future<Output = Result<()>> {
        ready(Ok(()))
    }

    /// The greatest `k` for which [`candidates_async`](Self::candidates_async) costs less than reading the row; 0: for none.
    fn most_candidates(&self) -> usize {
        0
    }

    /// The `k` greatest of the first `n` of `logits`, a row of a vocabulary. The tokens of `apart`, all different, are not
    /// among them: theirs are told in any case. `k` is 1 to [`most_candidates`](Self::most_candidates), or any where that
    /// is 0.
    fn candidates_async(
        &mut self,
        logits: &Self::Buffer,
        n: usize,
        k: usize,
        apart: &[u32],
        out: &mut Candidates,
    ) -> impl Future<Output = Result<()>> {
        async move {
            let mut row = vec![0.0; n];
            self.read_async(logits, &mut row).await?;
            *out = Candidates::of(&row, k, apart);
            Ok(())
        }
    }

    /// Called between passes whose results nobody reads: sends off what is queued, and waits until the device is no more
    /// than one such portion behind. So a long prompt neither piles up in the queue nor leaves the device idle.
    fn settle(&mut self) -> impl Future<Output = Result<()>> {
        ready(Ok(()))
    }

    /// Rows that go through the layers at once; a longer input is cut into passes of this many.
    fn batch(&self) -> usize {
        DEFAULT_BATCH
    }
}
