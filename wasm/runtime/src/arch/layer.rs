//! What the model asks of a block, and the memory that its blocks share.

use wasm_chord_core::backend::{Result, RopeAngles};
use wasm_chord_core::{Backend, Reference};

use super::parts::RouterScratch;

/// One transformer block.
pub trait Layer<B: Backend> {
    /// Memory for what the block has to know of earlier positions, up to `context` of them.
    ///
    /// # Errors
    /// There is no memory for it.
    fn cache(&self, backend: &mut B, context: usize) -> Result<LayerCache<B>>;

    /// How many positions the sequence may be taken back by; `None`: to any position. To its beginning it always may.
    fn rewind(&self) -> Option<usize>;

    /// The widths of the scratch it works in.
    fn widths(&self) -> Widths;

    /// Takes `step.n` rows of the residual stream `x`, `[n, hidden_size]`, through the block, in place: all the way, or up to
    /// where a mixture of experts has to know its router's logits.
    ///
    /// # Errors
    /// What the backend's ops fail with.
    fn forward(
        &self,
        backend: &mut B,
        step: &StepInfo<'_>,
        cache: &mut LayerCache<B>,
        scratch: &mut Scratch<B>,
        x: &mut B::Buffer,
    ) -> Result<Flow>;

    /// Goes on from [`Flow::Router`], when the logits have been read: see [`Scratch::read_router`].
    ///
    /// # Errors
    /// What the backend's ops fail with.
    fn finish(&self, backend: &mut B, step: &StepInfo<'_>, scratch: &mut Scratch<B>, x: &mut B::Buffer) -> Result<()>;
}

/// How far a block has come. Reading from the backend may mean to wait, and a block, called as a `dyn Layer`, cannot: its
/// caller does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// It is through.
    Through,
    /// It needs the router's logits, `[n, experts]`.
    Router {
        /// How many there are for a row.
        experts: usize,
    },
}

/// What one block remembers of a sequence.
pub enum LayerCache<B: Backend> {
    /// Keys and values of every position.
    Kv(B::KvCache),
    /// The last inputs of a convolution.
    Conv(B::Buffer),
    /// Nothing of its own: it looks at what this earlier layer remembers.
    Of(usize),
}

/// Where in the sequence a pass through the layers is.
pub struct StepInfo<'a> {
    /// Position of the first row.
    pub pos: usize,
    /// Rows.
    pub n: usize,
    /// Rotary angles of these positions, for each of the model's rotary embeddings.
    pub angles: &'a [RopeAngles],
}

/// Widths of the scratch that a block needs; 0 for what it does not use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Widths {
    /// Queries, and what attention or a convolution returns.
    pub q: usize,
    /// Keys, and values.
    pub kv: usize,
    /// The feed-forward network.
    pub ffn: usize,
    /// What a short convolution takes.
    pub conv: usize,
    /// Experts of a mixture.
    pub experts: usize,
    /// What an expert takes and returns.
    pub expert_io: usize,
    /// What all layers are told of a token beside the residual stream.
    pub told: usize,
}

impl Widths {
    /// The greater of each.
    pub fn max(self, other: Self) -> Self {
        Self {
            q: self.q.max(other.q),
            kv: self.kv.max(other.kv),
            ffn: self.ffn.max(other.ffn),
            conv: self.conv.max(other.conv),
            experts: self.experts.max(other.experts),
            expert_io: self.expert_io.max(other.expert_io),
            told: self.told.max(other.told),
        }
    }
}

/// Activations that the layers share, each for as many rows as go through at once.
pub struct Scratch<B: Backend> {
    /// A normed residual stream, `[n, hidden_size]`.
    pub normed: B::Buffer,
    /// What a branch returns, `[n, hidden_size]`.
    pub branch: B::Buffer,
    /// What a branch works in.
    pub inner: Inner<B>,
}

/// Activations inside a branch.
pub struct Inner<B: Backend> {
    /// Queries, `[n, n_heads × head_dim]`.
    pub q: B::Buffer,
    /// Keys, `[n, n_kv_heads × head_dim]`.
    pub k: B::Buffer,
    /// Values, `[n, n_kv_heads × head_dim]`.
    pub v: B::Buffer,
    /// Attention's or a convolution's result, as wide as the queries.
    pub attended: B::Buffer,
    /// The gate, then the activation, `[n, ffn]`.
    pub gate: B::Buffer,
    /// The up projection, `[n, ffn]`.
    pub up: B::Buffer,
    /// A convolution's input, `[n, 3 × hidden_size]`.
    pub conv: B::Buffer,
    /// The router's logits, `[n, experts]`.
    pub router: B::Buffer,
    /// The rows that one expert works on, `[n, hidden_size]`.
    pub expert_in: B::Buffer,
    /// What it returns, `[n, hidden_size]`.
    pub expert_out: B::Buffer,
    /// What all layers are told of each token beside the residual stream, `[n, layers × width]`.
    pub told: B::Buffer,
    /// As large as that, for working it out.
    pub told_spare: B::Buffer,
    /// Which rows of it are one layer's.
    pub(super) told_rows: Vec<u32>,
    pub(super) routed: RouterScratch,
}

impl Scratch<Reference> {
    /// Scratch for nothing.
    pub(crate) fn empty() -> Self {
        let nothing = Vec::new;
        Self {
            normed: nothing(),
            branch: nothing(),
            inner: Inner {
                q: nothing(),
                k: nothing(),
                v: nothing(),
                attended: nothing(),
                gate: nothing(),
                up: nothing(),
                conv: nothing(),
                router: nothing(),
                expert_in: nothing(),
                expert_out: nothing(),
                told: nothing(),
                told_spare: nothing(),
                told_rows: Vec::new(),
                routed: RouterScratch::default(),
            },
        }
    }
}

impl<B: Backend> Scratch<B> {
    /// Fetches the router's logits for `n` rows.
    ///
    /// # Errors
    /// What the backend fails with.
    pub(crate) async fn read_router(&mut self, backend: &mut B, n: usize, experts: usize) -> Result<()> {
        let Inner { router, routed, .. } = &mut self.inner;
        backend.read_async(router, routed.logits(n * experts)).await
    }

    /// Scratch for passes of up to `rows` rows.
    pub(crate) fn new(backend: &mut B, hidden: usize, widths: Widths, rows: usize) -> Result<Self> {
        let mut buffer = |width: usize| backend.buffer(rows * width);
        Ok(Self {
            normed: buffer(hidden)?,
            branch: buffer(hidden)?,
            inner: Inner {
                q: buffer(widths.q)?,
                k: buffer(widths.kv)?,
                v: buffer(widths.kv)?,
                attended: buffer(widths.q)?,
                gate: buffer(widths.ffn)?,
                up: buffer(widths.ffn)?,
                conv: buffer(widths.conv)?,
                router: buffer(widths.experts)?,
                expert_in: buffer(widths.expert_io)?,
                expert_out: buffer(widths.expert_io)?,
                told: buffer(widths.told)?,
                told_spare: buffer(widths.told)?,
                told_rows: Vec::with_capacity(if widths.told > 0 { rows } else { 0 }),
                routed: RouterScratch::default(),
            },
        })
    }
}
