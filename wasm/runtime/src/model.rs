//! A decoder-only transformer on a backend: embedding, layers, last norm, output.

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg32;
use wasm_chord_core::backend::{Candidates, ReferenceWeight, RopeAngles};
use wasm_chord_core::gguf::{GgmlType, TensorInfo};
use wasm_chord_core::{Backend, Reference};

use crate::arch::{
    Architecture, Flow, Input, Layer, LayerCache, LayerInputs, Norm, Place, Scope, Scratch, StepInfo, TensorSpec,
    Weights, Widths,
};
use crate::at_once::at_once;
use crate::config::TransformerConfig;
use crate::error::{Error, Result};
use crate::sampler::{Sampler, SamplingParams};

/// A model's weights and the state of one sequence.
pub struct Model<B: Backend = Reference> {
    /// The model's shape.
    pub config: TransformerConfig,
    /// The transformer blocks, in order.
    pub layers: Vec<Box<dyn Layer<B>>>,
    /// What each layer remembers of the sequence: keys and values, or a convolution's last inputs.
    pub kv_caches: Vec<LayerCache<B>>,
    pub(crate) backend: B,
    context: usize,
    batch: usize,          // rows that go through the layers at once
    filled: usize,         // positions that the caches know
    reached: usize,        // the furthest position since the beginning of the sequence
    rewind: Option<usize>, // how far back from there the sequence may be taken up again; None: anywhere
    angles: Vec<RopeAngles>,
    tensors: Ends<B::Weight>,
    pub(crate) scales: Scales,
    scratch: Scratch<B>,
    hidden: B::Buffer,                 // [batch, hidden_size]
    last: B::Buffer,                   // [1, hidden_size]
    pub(crate) logits: B::Buffer,      // [1, vocab_size]
    pub(crate) candidates: Candidates, // of those, where the backend picks them
    pub(crate) apart: Vec<u32>,        // tokens that are not among them
}

/// The tensors before the first layer and after the last.
struct Ends<W> {
    embedding: W,      // [vocab_size, hidden_size]
    norm: Norm<W>,     // [hidden_size]
    output: Option<W>, // [vocab_size, hidden_size]; None: tied to the embedding
    layer_inputs: Option<LayerInputs<W>>,
}

/// What is done to the numbers before the first layer and after the last.
pub(crate) struct Scales {
    embedding: f32,
    logits: f32,
    softcap: Option<f32>,
    pub(crate) suppressed: Vec<u32>, // tokens whose logits become -∞
}

impl Model<Reference> {
    /// A llama of the given shape with seeded random weights, on the reference backend: for trying the API, and for tests.
    /// The same configuration always gives the same model. A configuration that [`TransformerConfig::validate`] refuses
    /// gives a model without layers, whose [`forward`](Self::forward) says why.
    pub fn new(config: TransformerConfig) -> Self {
        Self::random(config.clone()).unwrap_or_else(|_| Self::hollow(config))
    }

    fn random(config: TransformerConfig) -> Result<Self> {
        let arch = Architecture::llama(config)?;
        let mut rng = Pcg32::seed_from_u64(0);
        let mut weights = Weights::new(arch.name());
        for spec in arch.tensors()?.into_iter().filter(|spec| spec.required) {
            let row_len = spec.dims.first().copied().unwrap_or(0);
            let rows = spec.dims.iter().skip(1).product::<usize>();
            let mut data = Vec::new();
            data.try_reserve_exact(row_len * rows).map_err(|_| Error::bad("config", row_len * rows, "less memory"))?;
            let is_norm = spec.dims.len() == 1;
            let bound = (3.0 / row_len as f32).sqrt(); // uniform ±bound has the variance 1/row_len
            data.extend((0..row_len * rows).map(|_| {
                let unit = rng.next_u32() as f32 / u32::MAX as f32 * 2.0 - 1.0;
                if is_norm { 1.0 } else { unit * bound }
            }));
            weights.insert(spec.name, ReferenceWeight::from_f32(data, rows)?);
        }
        let context = arch.config().max_seq_len;
        Self::from_weights(Reference, arch, weights, context)
    }

    /// A model that can do nothing but say what is wrong with its configuration.
    fn hollow(config: TransformerConfig) -> Self {
        let nothing = Vec::new;
        let norm = Norm::Rms { weight: ReferenceWeight::default(), eps: 0.0 };
        Self {
            config,
            layers: Vec::new(),
            kv_caches: Vec::new(),
            backend: Reference,
            context: 0,
            batch: 1,
            filled: 0,
            reached: 0,
            rewind: None,
            angles: Vec::new(),
            tensors: Ends { embedding: ReferenceWeight::default(), norm, output: None, layer_inputs: None },
            scales: Scales { embedding: 1.0, logits: 1.0, softcap: None, suppressed: Vec::new() },
            scratch: Scratch::empty(),
            hidden: nothing(),
            last: nothing(),
            logits: nothing(),
            candidates: Candidates::default(),
            apart: Vec::new(),
        }
    }
}

impl<B: Backend + 'static> Model<B> {
    /// Puts loaded tensors together, with caches for a context of `context` positions.
    pub(crate) fn from_weights(
        mut backend: B,
        arch: Architecture,
        mut weights: Weights<B::Weight>,
        context: usize,
    ) -> Result<Self> {
        for spec in arch.tensors()?.into_iter().filter(|spec| spec.place == Place::Ones) {
            let ones = ones(&mut backend, &spec)?;
            weights.insert(spec.name, ones);
        }
        let layers = arch.layers::<B>(&mut weights)?;
        let kv_caches = layers.iter().map(|layer| layer.cache(&mut backend, context)).collect::<Result<_, _>>()?;
        let widths = layers.iter().fold(Widths::default(), |widths, layer| widths.max(layer.widths()));
        let ends = &arch.ends;
        let mut angles = Vec::new();
        for rope in &ends.ropes {
            angles.push(RopeAngles::new(rope.resolve(context, &mut weights)?));
        }
        let (rows, hidden, vocab) =
            (backend.batch().clamp(1, context.max(1)), ends.config.hidden_size, ends.config.vocab_size);
        let mut scope = Scope::new(&mut weights, "");
        let (embedding, output) =
            (scope.matrix("token_embd", hidden, vocab)?, scope.optional("output.weight", &[hidden, vocab])?);
        Ok(Self {
            rewind: layers.iter().filter_map(|layer| layer.rewind()).min(),
            layers,
            kv_caches,
            context,
            batch: rows,
            filled: 0,
            reached: 0,
            angles,
            tensors: Ends {
                embedding,
                norm: arch.norm(&mut weights)?,
                output,
                layer_inputs: arch.layer_inputs(&mut weights)?,
            },
            scales: Scales {
                embedding: ends.embedding_scale,
                logits: ends.logit_scale,
                softcap: ends.softcap,
                suppressed: ends.suppressed.clone(),
            },
            scratch: Scratch::new(&mut backend, hidden, widths, rows)?,
            hidden: backend.buffer(rows * hidden)?,
            last: backend.buffer(hidden)?,
            logits: backend.buffer(vocab)?,
            candidates: Candidates::default(),
            apart: Vec::new(),
            config: arch.ends.config,
            backend,
        })
    }

    /// Positions the caches may hold.
    pub fn context(&self) -> usize {
        self.context
    }

    /// Tokens that go through the layers at once.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// What computes.
    pub fn backend(&self) -> &B {
        &self.backend
    }

    /// The backend's name.
    pub fn backend_name(&self) -> &'static str {
        self.backend.name()
    }

    /// The backend, to be set up or asked.
    pub fn backend_mut(&mut self) -> &mut B {
        &mut self.backend
    }

    /// Has the backend try which of its kernels are fastest with this model's weights.
    ///
    /// # Errors
    /// What the backend fails with.
    pub fn tune(&mut self) -> Result<()> {
        let name = self.backend_name();
        at_once(name, self.tune_async())
    }

    /// [`tune`](Self::tune) for backends that have to be awaited: the GPU of a browser.
    ///
    /// # Errors
    /// As [`tune`](Self::tune).
    pub async fn tune_async(&mut self) -> Result<()> {
        Ok(self.backend.tune().await?)
    }

    /// Feeds `tokens` at positions `position..`, and returns the logits of the last, `[vocab_size]`. Positions before
    /// `position` must have been fed already; those from it on are overwritten.
    ///
    /// # Errors
    /// [`Error::BadRequest`] for no tokens, a token outside the vocabulary or a gap in the positions;
    /// [`Error::ContextFull`]; whatever the backend fails with.
    pub fn forward(&mut self, tokens: &[u32], position: usize) -> Result<Vec<f32>> {
        self.check(tokens, position)?;
        let mut logits = self.logits_buffer(1);
        self.forward_into(tokens, position, &mut logits)?;
        Ok(logits)
    }

    /// [`forward`](Self::forward) into the caller's memory: `logits` is `[vocab_size]`.
    ///
    /// # Errors
    /// As [`forward`](Self::forward), and [`Error::BadRequest`] for a slice of another length.
    pub fn forward_into(&mut self, tokens: &[u32], position: usize, logits: &mut [f32]) -> Result<()> {
        at_once(self.backend_name(), self.forward_async(tokens, position, logits))
    }

    /// [`forward_into`](Self::forward_into) for backends that have to be awaited: the GPU of a browser.
    ///
    /// # Errors
    /// As [`forward_into`](Self::forward_into).
    pub async fn forward_async(&mut self, tokens: &[u32], position: usize, logits: &mut [f32]) -> Result<()> {
        self.check_logits(logits)?;
        self.advance(tokens, position).await?;
        self.read_logits(logits).await
    }

    /// The vocabulary's size, unless there is room for another number of `logits`.
    pub(crate) fn check_logits(&self, logits: &[f32]) -> Result<usize> {
        if logits.len() != self.config.vocab_size {
            let what = format!("{} logits asked of a vocabulary of {}", logits.len(), self.config.vocab_size);
            return Err(Error::BadRequest { what });
        }
        Ok(logits.len())
    }

    /// Feeds `tokens`, and works out the logits of the last.
    pub(crate) async fn advance(&mut self, tokens: &[u32], position: usize) -> Result<()> {
        let last_rows = self.feed(tokens, position).await?;
        self.project(last_rows - 1)
    }

    /// Feeds `tokens` and computes no logits: all but the last piece of a prompt.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn prefill(&mut self, tokens: &[u32], position: usize) -> Result<()> {
        at_once(self.backend_name(), self.prefill_async(tokens, position))
    }

    /// [`prefill`](Self::prefill) for backends that have to be awaited. It may end a little before the device is through.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub async fn prefill_async(&mut self, tokens: &[u32], position: usize) -> Result<()> {
        self.feed(tokens, position).await?;
        Ok(self.backend.settle().await?)
    }

    /// [`forward`](Self::forward) with the logits of every token, `[tokens.len(), vocab_size]`: for evaluation.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub fn forward_all(&mut self, tokens: &[u32], position: usize) -> Result<Vec<f32>> {
        at_once(self.backend_name(), self.forward_all_async(tokens, position))
    }

    /// [`forward_all`](Self::forward_all) for backends that have to be awaited.
    ///
    /// # Errors
    /// As [`forward`](Self::forward).
    pub async fn forward_all_async(&mut self, tokens: &[u32], position: usize) -> Result<Vec<f32>> {
        self.check(tokens, position)?;
        let vocab = self.config.vocab_size;
        let mut logits = self.logits_buffer(tokens.len());
        let mut at = 0;
        for chunk in tokens.chunks(self.batch) {
            self.pass(chunk, position + at).await?;
            for row in 0..chunk.len() {
                self.project(row)?;
                self.read_logits(&mut logits[(at + row) * vocab..(at + row + 1) * vocab]).await?;
            }
            at += chunk.len();
        }
        Ok(logits)
    }

    /// Chooses a token from `logits`: the likeliest for `temperature` 0, else one drawn (with a fixed seed, so that the
    /// same logits give the same token) from the `top_k` likeliest (0: all) that make up `top_p` of the probability. A
    /// [`Sampler`] does more, and draws differently each time.
    ///
    /// # Errors
    /// [`Error::BadRequest`] for options out of range, [`Error::InvalidLogits`] when no logit is a number.
    pub fn sample(&self, logits: &[f32], temperature: f32, top_p: f32, top_k: u32) -> Result<u32> {
        let params = SamplingParams { temperature, top_p, top_k: top_k as usize, ..SamplingParams::greedy() };
        Sampler::new(params)?.sample(logits, &[])
    }

    /// The greatest position, up to `position`, from which the sequence can be taken up again: a convolution remembers only
    /// so much of what was before.
    pub fn resumable(&self, position: usize) -> usize {
        let position = position.min(self.filled);
        match self.rewind {
            Some(rewind) if position + rewind < self.reached => 0,
            _ => position,
        }
    }

    /// Forgets the sequence.
    pub fn reset(&mut self) {
        self.filled = 0;
    }

    fn logits_buffer(&self, rows: usize) -> Vec<f32> {
        vec![0.0; rows * self.config.vocab_size]
    }

    fn check(&self, tokens: &[u32], position: usize) -> Result<()> {
        if self.layers.is_empty() {
            Architecture::llama(self.config.clone())?; // A hollow model: says what its configuration lacks.
        }
        let bad = |what: String| Err(Error::BadRequest { what });
        if tokens.is_empty() {
            return bad("no tokens were given; a pass needs at least one".to_owned());
        }
        if let Some(token) = tokens.iter().find(|token| **token as usize >= self.config.vocab_size) {
            return bad(format!("token {token} is not in the vocabulary of {}", self.config.vocab_size));
        }
        if position > self.filled {
            return bad(format!("position {position} leaves a gap after the {} that were fed", self.filled));
        }
        if self.resumable(position) != position {
            return bad(format!("this model cannot go back to position {position}; begin again at 0"));
        }
        let needed = position.saturating_add(tokens.len());
        if needed > self.context {
            return Err(Error::ContextFull { needed, context: self.context });
        }
        Ok(())
    }

    /// Feeds `tokens`; how many rows of `hidden` the last pass filled.
    async fn feed(&mut self, tokens: &[u32], position: usize) -> Result<usize> {
        self.check(tokens, position)?;
        let mut at = position;
        let mut rows = 0;
        for chunk in tokens.chunks(self.batch) {
            if at > position {
                self.backend.settle().await?;
            }
            self.pass(chunk, at).await?;
            at += chunk.len();
            rows = chunk.len();
        }
        Ok(rows)
    }

    /// Takes up to `batch` checked tokens through all layers, into `hidden`.
    async fn pass(&mut self, tokens: &[u32], pos: usize) -> Result<()> {
        let n = tokens.len();
        self.filled = pos; // Until the pass is through, what it overwrites does not count.
        self.reached = if pos == 0 { n } else { self.reached.max(pos + n) };
        for angles in &mut self.angles {
            angles.prepare(pos, n);
        }
        self.backend.embed(&self.tensors.embedding, tokens, &mut self.hidden)?;
        if self.scales.embedding != 1.0 {
            self.backend.scale(&mut self.hidden, self.scales.embedding, n * self.config.hidden_size)?;
        }
        if let Some(inputs) = &self.tensors.layer_inputs {
            inputs.forward(&mut self.backend, tokens, &self.hidden, &mut self.scratch.inner)?;
        }
        let step = StepInfo { pos, n, angles: &self.angles };
        for (i, layer) in self.layers.iter().enumerate() {
            let at = match self.kv_caches.get(i) {
                Some(LayerCache::Of(earlier)) => *earlier,
                _ => i,
            };
            let Some(cache) = self.kv_caches.get_mut(at) else { continue }; // One each: none is missing.
            let (b, scratch, x) = (&mut self.backend, &mut self.scratch, &mut self.hidden);
            if let Flow::Router { experts } = layer.forward(b, &step, cache, scratch, x)? {
                scratch.read_router(b, n, experts).await?;
                layer.finish(b, &step, scratch, x)?;
            }
        }
        self.filled = pos + n;
        Ok(())
    }

    /// Works out the logits of row `row` of `hidden`.
    fn project(&mut self, row: usize) -> Result<()> {
        let width = self.config.hidden_size;
        let b = &mut self.backend;
        b.copy(&self.hidden, row * width, &mut self.last, width)?;
        let output = self.tensors.output.as_ref().unwrap_or(&self.tensors.embedding);
        let input = Input::new(b, &self.last, Some(&self.tensors.norm), &mut self.scratch.normed, 1)?;
        input.matmul(b, 1, &mut [(output, &mut self.logits)])?;
        if self.scales.logits != 1.0 {
            b.scale(&mut self.logits, self.scales.logits, self.config.vocab_size)?;
        }
        if let Some(cap) = self.scales.softcap {
            b.softcap(&mut self.logits, cap, self.config.vocab_size)?;
        }
        Ok(())
    }

    /// Reads the logits that were worked out last, `[vocab_size]`.
    pub(crate) async fn read_logits(&mut self, logits: &mut [f32]) -> Result<()> {
        self.backend.read_async(&self.logits, logits).await?;
        for &token in &self.scales.suppressed {
            if let Some(logit) = logits.get_mut(token as usize) {
                *logit = f32::NEG_INFINITY;
            }
        }
        Ok(())
    }
}

/// A weight that no file holds.
fn ones<B: Backend>(backend: &mut B, spec: &TensorSpec) -> Result<B::Weight> {
    let len: usize = spec.dims.iter().product();
    let (name, dims, bytes) = (spec.name.clone(), spec.dims.clone(), 4 * len as u64);
    let info = TensorInfo { name, ty: GgmlType::F32, dims, offset: 0, bytes };
    let mut staging = backend.begin_weight(&info)?;
    backend.write_weight(&mut staging, &1f32.to_le_bytes().repeat(len))?;
    Ok(backend.finish_weight(staging)?)
}
