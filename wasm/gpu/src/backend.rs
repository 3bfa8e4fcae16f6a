//! [`GpuBackend`]: the device, its memory and its queue behind the [`Backend`] trait. The ops are in `ops/`.

use std::collections::HashMap;

use wasm_chord_core::backend::{
    Activation, AttentionParams, Backend, BackendError, Candidates, KvShape, Mixture, Result, RopeAngles,
    ShortConvShape, Unnormed,
};
use wasm_chord_core::gguf::{GgmlType, TensorInfo};
use wgpu::BufferUsages;

use crate::NAME;
#[cfg(target_arch = "wasm32")]
use crate::device::Faults;
use crate::device::{Capabilities, Device, Options};
use crate::error::GpuError;
use crate::kernel::{Elementwise, Pairwise};
use crate::kv_cache::{CacheType, KvCache};
use crate::memory::{Allocator, Memory};
use crate::ops::{Input, MOST_ATTENTION_OPS, MOST_CANDIDATES, check, norm_call};
use crate::pipelines::{Binding, Pipelines};
use crate::portion::Portion;
use crate::read::PendingRead;
use crate::recorder::{Call, Recorder};
use crate::scratch::Scratch;
use crate::stats::Stats;
#[cfg(not(target_arch = "wasm32"))]
use crate::timer::KernelTime;
use crate::weight::{Format, Staging, Weight, stacks};

/// Rows that go through the layers at once: several tiles of the matrix products, so that each weight is decoded for many.
pub(crate) const BATCH: usize = 256;

/// The system's clock.
#[cfg(not(target_arch = "wasm32"))]
const CLOCK: Option<fn() -> f64> = Some(|| {
    static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed().as_secs_f64() * 1e3
});
#[cfg(target_arch = "wasm32")]
const CLOCK: Option<fn() -> f64> = None;

/// f32 in GPU memory.
#[derive(Debug)]
pub struct Buffer {
    memory: Memory,
    len: usize,
}

impl Buffer {
    /// Its elements.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All of it, for a kernel.
    pub(crate) fn binding(&self) -> Binding<'_> {
        Binding::whole(&self.memory)
    }
}

/// Runs a model on a GPU. Weights stay quantised in its memory; ops are queued, and a read submits them.
#[derive(Debug)]
pub struct GpuBackend {
    pub(crate) device: Device,
    pub(crate) allocator: Allocator,
    pub(crate) recorder: Recorder,
    pub(crate) scratch: Scratch,
    pub(crate) attention_ops: u64, // operations of one dispatch of attention at most
    pub(crate) shapes: HashMap<(Format, usize, usize), usize>, // matrices so far: format, rows, their length; how many
    clock: Option<fn() -> f64>,    // milliseconds, for measuring
    cache: CacheType,
    pub(crate) lists: Option<Buffer>, // the likeliest tokens, when none are being picked
    pub(crate) picked: Vec<f32>,      // what was read of that
    landing: Option<Memory>,          // where reads arrive, when none is under way
    last: Option<Portion>,            // what was sent off last without a read
}

impl GpuBackend {
    /// Opens the best device that `options` allow.
    ///
    /// # Errors
    /// There is none, or it cannot be used.
    pub async fn open(options: &Options) -> std::result::Result<Self, GpuError> {
        let device = Device::open(options).await?;
        let name = device.capabilities.name.clone();
        let fails = |error: BackendError| GpuError::NoDevice { name: name.clone(), reason: error.to_string() };
        let mut gpu = Self::on(device, Pipelines::default()).map_err(fails)?;
        if gpu.device.capabilities.target.tier.subgroups {
            if !gpu.lanes_follow_one_another().await.map_err(fails)? {
                gpu.device.capabilities.target.tier.subgroups = false;
            }
            gpu.recorder.stats = Stats::default();
        }
        Ok(gpu)
    }

    fn on(device: Device, pipelines: Pipelines) -> Result<Self> {
        let mut allocator = Allocator::default();
        let recorder = Recorder::new(&device, &mut allocator, pipelines)?;
        let cache = CacheType::default();
        let attention_ops = MOST_ATTENTION_OPS;
        let (scratch, lists, picked, landing, last) = (Scratch::default(), None, Vec::new(), None, None);
        let (shapes, clock) = (HashMap::new(), CLOCK);
        Ok(Self {
            device,
            allocator,
            recorder,
            cache,
            scratch,
            attention_ops,
            shapes,
            clock,
            lists,
            picked,
            landing,
            last,
        })
    }

    /// Another backend on the same device, for use by the same thread: with memory and a queue of its own, and the pipelines
    /// that either has built.
    ///
    /// # Errors
    /// [`BackendError::OutOfMemory`], [`BackendError::DeviceLost`]; what ails the device ails both.
    pub fn sibling(&self) -> Result<Self> {
        let clock = self.clock;
        Ok(Self { clock, ..Self::on(self.device.clone(), self.recorder.pipelines())?.with_cache(self.cache) })
    }

    /// [`open`](Self::open), blocking.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    #[cfg(not(target_arch = "wasm32"))]
    pub fn new(options: &Options) -> std::result::Result<Self, GpuError> {
        pollster::block_on(Self::open(options))
    }

    /// The same with KV caches of type `cache`, of those that are yet to be made.
    pub fn with_cache(mut self, cache: CacheType) -> Self {
        self.set_cache(cache);
        self
    }

    /// The same with a clock, in milliseconds: a browser's is the page's affair, and without one nothing is measured there.
    pub fn with_clock(mut self, now: fn() -> f64) -> Self {
        self.clock = Some(now);
        self
    }

    /// KV caches of type `cache`, of those that are yet to be made.
    pub fn set_cache(&mut self, cache: CacheType) {
        self.cache = cache;
    }

    /// What the device is and can do.
    pub fn capabilities(&self) -> &Capabilities {
        &self.device.capabilities
    }

    /// What was asked of the device so far.
    pub fn stats(&self) -> Stats {
        self.recorder.stats
    }

    /// Times each kernel from now on; whether the device can. It waits for the device at each submission from then on.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn start_timer(&mut self) -> bool {
        self.recorder.start_timer(&self.device)
    }

    /// What each kernel has taken since [`start_timer`](Self::start_timer), the longest first.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn stop_timer(&mut self) -> Vec<KernelTime> {
        self.recorder.stop_timer(&self.device)
    }

    /// Bind groups that are kept for ops like those so far, and with them their buffers.
    pub fn bind_groups(&self) -> usize {
        self.recorder.bind_groups()
    }

    /// Bytes of the device's memory that this backend has, with what is dropped and was not yet given back.
    pub fn allocated(&self) -> u64 {
        self.allocator.bytes()
    }

    /// What is heard of this device, also while the backend computes.
    #[cfg(target_arch = "wasm32")]
    pub fn faults(&self) -> Faults {
        self.device.faults.clone()
    }

    /// Takes the device away, as a driver's reset does: every op fails from then on.
    pub fn destroy(&mut self) {
        self.device.handle.destroy();
    }

    /// Submits all ops so far, and copies the first `len` elements of `x` to the host when they are through.
    ///
    /// # Errors
    /// [`BackendError::Shape`] when `x` has fewer; [`BackendError::OutOfMemory`], [`BackendError::DeviceLost`].
    pub fn read_later(&mut self, x: &Buffer, len: usize) -> Result<PendingRead> {
        check("read", x.len() >= len, || format!("{len} of {} elements", x.len()))?;
        let bytes = 4 * len.max(1) as u64;
        let landing = match self.landing.take().filter(|landing| landing.bytes() >= bytes) {
            Some(landing) => landing,
            None => {
                let usage = BufferUsages::MAP_READ | BufferUsages::COPY_DST;
                self.allocator.buffer(&self.device, "read-back", bytes, usage)?
            }
        };
        self.device.faults.check()?;
        self.recorder.submit(&self.device, Some((&x.memory, &landing.buffer, bytes)));
        self.recorder.give_back(&mut self.allocator);
        self.recorder.stats.reads += 1;
        self.recorder.stats.read_bytes += bytes;
        Ok(PendingRead::new(landing, len.max(1), self.device.faults.clone()))
    }

    /// Makes room for an op with `bytes` of data.
    pub(crate) fn reserve(&mut self, bytes: usize) -> Result<()> {
        self.recorder.reserve(&self.device, &mut self.allocator, bytes)
    }

    /// Queues an op for which there is room.
    pub(crate) fn dispatch(&mut self, call: &Call<'_>) {
        self.recorder.dispatch(&self.device, call);
    }
}

/// What puts a gate and its partner together.
fn pairwise(activation: Activation) -> Pairwise {
    match activation {
        Activation::Silu => Pairwise::SwiGlu,
        Activation::Gelu => Pairwise::GeGlu,
    }
}

impl Backend for GpuBackend {
    type Buffer = Buffer;
    type Staging = Staging;
    type Weight = Weight;
    type KvCache = KvCache;

    fn name(&self) -> &'static str {
        NAME
    }

    fn supports(&self, _ty: GgmlType) -> bool {
        true
    }

    fn begin_weight(&mut self, info: &TensorInfo) -> Result<Staging> {
        self.device.faults.check()?;
        self.recorder.give_back(&mut self.allocator);
        Staging::new(&self.device, info)
    }

    fn write_weight(&mut self, staging: &mut Staging, bytes: &[u8]) -> Result<()> {
        staging.write(&self.device, &mut self.allocator, bytes)
    }

    fn finish_weight(&mut self, staging: Staging) -> Result<Weight> {
        let weight = staging.finish(&self.device, &mut self.allocator)?;
        if let Weight::Matrix(matrix) = &weight {
            match matrix.expert_rows {
                Some(_) => self.prepare_experts(matrix),
                None => self.prepare_matmul(matrix),
            }
        }
        Ok(weight)
    }

    async fn tune(&mut self) -> Result<()> {
        match self.clock {
            Some(now) => self.measure_tiles(now).await,
            None => Ok(()),
        }
    }

    fn buffer(&mut self, len: usize) -> Result<Buffer> {
        let bytes = (len as u64).saturating_mul(4);
        if bytes > self.device.capabilities.activation_bytes() {
            return Err(BackendError::OutOfMemory { what: "activations".to_owned(), bytes });
        }
        let usage = BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST;
        Ok(Buffer { memory: self.allocator.buffer(&self.device, "activations", bytes, usage)?, len })
    }

    fn kv_cache(&mut self, shape: KvShape) -> Result<KvCache> {
        check("kv_cache", shape.n_kv_heads > 0 && shape.head_dim > 0, || format!("{shape:?} is empty"))?;
        KvCache::new(&self.device, &mut self.allocator, shape, self.cache)
    }

    fn embed(&mut self, table: &Weight, tokens: &[u32], out: &mut Buffer) -> Result<()> {
        self.embed_rows(table, tokens, out)
    }

    fn rms_norm(&mut self, x: &Buffer, weight: &Weight, eps: f32, out: &mut Buffer, n: usize) -> Result<()> {
        self.norm(&norm_call("rms_norm", false, weight, None, eps), Some(x), out, n)
    }

    fn rms_norm_in_place(&mut self, x: &mut Buffer, weight: &Weight, eps: f32, n: usize) -> Result<()> {
        self.norm(&norm_call("rms_norm_in_place", false, weight, None, eps), None, x, n)
    }

    fn layer_norm(
        &mut self,
        x: &Buffer,
        weight: &Weight,
        bias: Option<&Weight>,
        eps: f32,
        out: &mut Buffer,
        n: usize,
    ) -> Result<()> {
        self.norm(&norm_call("layer_norm", true, weight, bias, eps), Some(x), out, n)
    }

    fn add_bias(&mut self, x: &mut Buffer, bias: &Weight, n: usize) -> Result<()> {
        self.bias(x, bias, n)
    }

    fn matmul(&mut self, x: &Buffer, n: usize, jobs: &mut [(&Weight, &mut Buffer)]) -> Result<()> {
        self.multiply(Input::rows(x, n), jobs)
    }

    fn matmul_add(
        &mut self,
        x: &Buffer,
        n: usize,
        weight: &Weight,
        out: &mut Buffer,
        _len: usize,
        _spare: &mut Buffer,
    ) -> Result<()> {
        self.multiply_add(Input::rows(x, n), weight, out)
    }

    fn gated(
        &mut self,
        x: &Buffer,
        n: usize,
        [gate, up]: [&Weight; 2],
        activation: Activation,
        outs: [&mut Buffer; 2],
        len: usize,
    ) -> Result<()> {
        self.gate_up(Input::rows(x, n), [gate, up], pairwise(activation), outs, len)
    }

    fn norm_matmul(&mut self, rows: Unnormed<'_, Self>, n: usize, jobs: &mut [(&Weight, &mut Buffer)]) -> Result<()> {
        let input = self.normed(rows, n)?;
        self.multiply(input, jobs)
    }

    fn norm_gated(
        &mut self,
        rows: Unnormed<'_, Self>,
        n: usize,
        weights: [&Weight; 2],
        activation: Activation,
        outs: [&mut Buffer; 2],
        len: usize,
    ) -> Result<()> {
        let input = self.normed(rows, n)?;
        self.gate_up(input, weights, pairwise(activation), outs, len)
    }

    fn stacks_experts(&self, info: &TensorInfo) -> bool {
        stacks(&self.device, info)
    }

    fn mixture(
        &mut self,
        x: &Buffer,
        n: usize,
        mixture: &Mixture<'_, Weight>,
        logits: &mut Buffer,
        out: &mut Buffer,
        add: bool,
    ) -> Result<()> {
        self.mix(x, n, mixture, logits, out, add)
    }

    fn rope(&mut self, x: &mut Buffer, angles: &RopeAngles, n_heads: usize, head_dim: usize, n: usize) -> Result<()> {
        self.rotate(x, angles, n_heads, head_dim, n)
    }

    fn kv_write(&mut self, cache: &mut KvCache, k: &Buffer, v: &Buffer, pos: usize, n: usize) -> Result<()> {
        self.remember(cache, k, v, pos, n)
    }

    fn rope_kv_write(
        &mut self,
        q: &mut Buffer,
        k: &mut Buffer,
        v: &Buffer,
        angles: Option<&RopeAngles>,
        cache: &mut KvCache,
        params: &AttentionParams,
        pos: usize,
        n: usize,
    ) -> Result<()> {
        match angles {
            Some(angles) => self.rotate_and_remember(q, [k, v], angles, cache, params, pos, n),
            None => self.remember(cache, k, v, pos, n),
        }
    }

    fn attention(
        &mut self,
        q: &Buffer,
        cache: &KvCache,
        params: &AttentionParams,
        out: &mut Buffer,
        pos: usize,
        n: usize,
    ) -> Result<()> {
        self.attend(q, cache, params, out, pos, n)
    }

    fn swiglu(&mut self, gate: &mut Buffer, up: &Buffer, len: usize) -> Result<()> {
        self.pair("swiglu", Pairwise::SwiGlu, gate, up, len)
    }

    fn geglu(&mut self, gate: &mut Buffer, up: &Buffer, len: usize) -> Result<()> {
        self.pair("geglu", Pairwise::GeGlu, gate, up, len)
    }

    fn gelu(&mut self, x: &mut Buffer, len: usize) -> Result<()> {
        self.elementwise("gelu", Elementwise::Gelu, x, 0.0, len)
    }

    fn zero(&mut self, x: &mut Buffer, len: usize) -> Result<()> {
        self.elementwise("zero", Elementwise::Zero, x, 0.0, len)
    }

    fn scale(&mut self, x: &mut Buffer, factor: f32, len: usize) -> Result<()> {
        self.elementwise("scale", Elementwise::Scale, x, factor, len)
    }

    fn softcap(&mut self, x: &mut Buffer, cap: f32, len: usize) -> Result<()> {
        self.elementwise("softcap", Elementwise::Softcap, x, cap, len)
    }

    fn short_conv(
        &mut self,
        bcx: &Buffer,
        kernel: &Weight,
        history: &mut Buffer,
        out: &mut Buffer,
        shape: ShortConvShape,
        pos: usize,
        n: usize,
    ) -> Result<()> {
        self.convolve(bcx, kernel, history, out, shape, pos, n)
    }

    fn gather(&mut self, x: &Buffer, rows: &[u32], width: usize, out: &mut Buffer) -> Result<()> {
        self.gather_rows(x, rows, width, out)
    }

    fn scatter_add(&mut self, x: &Buffer, rows: &[u32], factors: &[f32], width: usize, out: &mut Buffer) -> Result<()> {
        self.scatter_rows(x, rows, factors, width, out)
    }

    fn add(&mut self, x: &mut Buffer, y: &Buffer, len: usize) -> Result<()> {
        self.pair("add", Pairwise::Add, x, y, len)
    }

    fn copy(&mut self, src: &Buffer, from: usize, dst: &mut Buffer, len: usize) -> Result<()> {
        self.copy_elements(src, from, dst, len)
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn read(&mut self, x: &Buffer, out: &mut [f32]) -> Result<()> {
        check("read", x.len() >= out.len(), || format!("{} of {} elements", out.len(), x.len()))?;
        if out.is_empty() {
            return Ok(());
        }
        let pending = self.read_later(x, out.len())?;
        pending.wait(&self.device.handle, out)?;
        self.landing = Some(pending.into_memory());
        Ok(())
    }

    #[cfg(target_arch = "wasm32")]
    fn read(&mut self, _x: &Buffer, _out: &mut [f32]) -> Result<()> {
        Err(BackendError::WouldBlock { backend: NAME })
    }

    #[cfg(target_arch = "wasm32")]
    async fn read_async(&mut self, x: &Buffer, out: &mut [f32]) -> Result<()> {
        check("read", x.len() >= out.len(), || format!("{} of {} elements", out.len(), x.len()))?;
        if out.is_empty() {
            return Ok(());
        }
        let pending = self.read_later(x, out.len())?;
        let arrived = pending.arrive(out).await;
        // That there was no memory for a buffer says more than that reading it failed.
        self.device.faults.check()?;
        arrived?;
        self.landing = Some(pending.into_memory());
        Ok(())
    }

    fn most_candidates(&self) -> usize {
        MOST_CANDIDATES
    }

    async fn candidates_async(
        &mut self,
        logits: &Buffer,
        n: usize,
        k: usize,
        apart: &[u32],
        out: &mut Candidates,
    ) -> Result<()> {
        self.pick(logits, n, k, apart, out).await
    }

    async fn settle(&mut self) -> Result<()> {
        let submission = self.recorder.submit(&self.device, None);
        self.recorder.give_back(&mut self.allocator);
        if let Some(submission) = submission {
            let now = Portion::of(&self.device, submission);
            if let Some(before) = self.last.replace(now) {
                before.done(&self.device).await?;
            }
        }
        self.device.faults.check()
    }

    fn batch(&self) -> usize {
        BATCH
    }
}
