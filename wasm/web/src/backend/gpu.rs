//! The GPU, through the browser's WebGPU.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;

use wasm_bindgen::prelude::*;
use wasm_chord_core::backend::{BackendError, Profiled};
use wasm_chord_gpu::device::Faults;
use wasm_chord_gpu::{CacheType, GpuBackend, GpuError, Options, Software, Tier};
use wasm_chord_runtime::{Error, Sampler, SamplingParams, Session};
use web_sys::Worker;

use super::{WARM_UP_TOKENS, WebBackend};
use crate::errors::EngineError;
use crate::platform;
use crate::types::{GpuInfo, GpuTier, KernelProgress, ModelKind};

pub(crate) type Backend = GpuBackend;

/// Which build of the module this is.
pub(crate) const BUILD: &str = "gpu";

/// What models are given to compute with.
pub(crate) struct Hardware {
    options: Options,
    info: GpuInfo,
    /// What was opened to see whether there is a device: the first model's.
    first: Cell<Option<GpuBackend>>,
}

impl Hardware {
    /// The browser's GPU. There is nothing here for other threads to do.
    pub(crate) async fn open(_helpers: Vec<Worker>, software_gpu: bool) -> Result<Self, EngineError> {
        ask_for_subgroups();
        let software = if software_gpu { Software::Allowed } else { Software::Refused };
        let options = Options { software, ..Options::default() };
        let gpu = GpuBackend::open(&options).await?;
        let info = info(&gpu);
        Ok(Self { options, info, first: Cell::new(Some(gpu)) })
    }

    /// A backend for one model of `kind`, on a device of its own: what went wrong with the last model's is past.
    pub(crate) async fn backend(&self, kind: ModelKind) -> Result<WebBackend, EngineError> {
        let gpu = match self.first.take() {
            Some(gpu) => gpu,
            None => GpuBackend::open(&self.options).await?,
        };
        // An emulation is there for tests, which are to give the same on every machine: nothing is measured on it.
        let gpu = if self.info.software { gpu } else { gpu.with_clock(platform::now) };
        // An encoder forgets a text's keys and values when it is done with it.
        let gpu = match kind {
            ModelKind::Generator => gpu.with_cache(CacheType::F16),
            ModelKind::Embedder => gpu.with_cache(CacheType::F32),
        };
        Ok(Profiled::new(gpu, platform::now))
    }

    /// The GPU that is used.
    pub(crate) fn gpu(&self) -> Option<GpuInfo> {
        Some(self.info.clone())
    }
}

#[wasm_bindgen(module = "/src/backend/subgroups.js")]
extern "C" {
    /// Has the browser's GPUs opened with subgroups, which wgpu does not ask for.
    #[wasm_bindgen(js_name = askForSubgroups)]
    fn ask_for_subgroups();
}

fn info(gpu: &GpuBackend) -> GpuInfo {
    let capabilities = gpu.capabilities();
    GpuInfo {
        name: capabilities.name.clone(),
        tier: match capabilities.target.tier {
            Tier { subgroups: false, f16: false, .. } => GpuTier::Base,
            Tier { subgroups: true, f16: false, .. } => GpuTier::Subgroups,
            Tier { subgroups: false, f16: true, .. } => GpuTier::F16,
            Tier { subgroups: true, f16: true, .. } => GpuTier::SubgroupsF16,
        },
        dp4a: capabilities.target.tier.dp4a,
        software: capabilities.is_software(),
    }
}

/// One thread asks the GPU.
pub(crate) struct ThreadCount;

impl ThreadCount {
    pub(crate) fn of(_backend: &WebBackend) -> Self {
        Self
    }

    #[allow(clippy::unused_self, reason = "another build counts")]
    pub(crate) fn now(&self) -> u32 {
        1
    }
}

/// A GPU needs no pacing.
pub(crate) struct Pace;

impl Pace {
    /// Goes through a token and through a few at once, so that the browser compiles the kernels of both before someone waits
    /// for them, and tells how far it is with that. However long that takes, the first answer would take it, without a word
    /// of why. What does not fit the GPU's memory shows here at the latest.
    pub(crate) async fn warm_up(
        session: &mut Session<WebBackend>,
        tell: impl Fn(KernelProgress) -> Result<(), EngineError>,
    ) -> Result<Self, EngineError> {
        let tokens = [0; WARM_UP_TOKENS];
        let tokens = &tokens[..WARM_UP_TOKENS.min(session.context())];
        let model = session.model_mut();
        let mut logits = vec![0.0; model.config.vocab_size];
        let faults = model.backend().inner().faults();
        told_of_kernels(model.tune_async(), &faults, &tell).await??;
        for (tokens, params) in [(&tokens[..1], SamplingParams::default()), (tokens, SamplingParams::greedy())] {
            let mut sampler = Sampler::new(params)?;
            let pass = model.choose_async(tokens, 0, &mut sampler, &[], &mut logits);
            let done = told_of_kernels(pass, &faults, &tell).await?;
            // A model that cannot do this for another reason will say so when it is asked something.
            if let Err(Error::Backend(BackendError::OutOfMemory { .. } | BackendError::DeviceLost { .. })) = done {
                done?;
            }
        }
        model.reset();
        Ok(Self)
    }

    pub(crate) fn of_texts() -> Self {
        Self
    }

    #[allow(clippy::unused_self, reason = "another build chooses threads")]
    pub(crate) fn before(&self, _backend: &WebBackend, _measured: bool) {}

    #[allow(clippy::unused_self, reason = "another build chooses threads")]
    pub(crate) fn after(&mut self, _backend: &WebBackend, _ms: f64) {}
}

/// What `run` resolves to; meanwhile tells of each kernel that is compiled.
async fn told_of_kernels<T>(
    run: impl Future<Output = T>,
    faults: &Faults,
    tell: &impl Fn(KernelProgress) -> Result<(), EngineError>,
) -> Result<T, EngineError> {
    let mut run = pin!(run);
    let mut told = None;
    poll_fn(|context| {
        let ran = run.as_mut().poll(context);
        let (done, total) = faults.kernels(context);
        let now = KernelProgress { done, total };
        if told.replace(now) != Some(now) {
            tell(now)?;
        }
        ran.map(Ok)
    })
    .await
}

impl From<GpuError> for EngineError {
    fn from(error: GpuError) -> Self {
        Self::NoGpu(error.to_string())
    }
}
