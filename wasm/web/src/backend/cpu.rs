//! The CPU: kernels, and a pool of threads whose number is found out as tokens are written.

use wasm_chord_core::backend::Profiled;
use wasm_chord_cpu::pool::{Counter, Governor};
use wasm_chord_cpu::{CacheType, CpuBackend};
use wasm_chord_runtime::Session;
use web_sys::Worker;

use super::{WARM_UP_TOKENS, WebBackend};
use crate::errors::EngineError;
use crate::helpers::Helpers;
use crate::platform;
use crate::types::{GpuInfo, KernelProgress, ModelKind};

pub(crate) type Backend = CpuBackend;

/// Which build of the module this is.
pub(crate) const BUILD: &str = if cfg!(target_feature = "atomics") {
    "threads"
} else if cfg!(target_feature = "simd128") {
    "simd"
} else {
    "scalar"
};

/// How long warming up may go on, in ms: a person waits.
const MOST_WARM_UP_MS: f64 = 400.0;

/// What models are given to compute with.
pub(crate) struct Hardware {
    helpers: Helpers,
}

impl Hardware {
    /// The engine's thread and `helpers`. What there is of a GPU is of no use here.
    #[allow(clippy::unused_async, reason = "a GPU is waited for")]
    pub(crate) async fn open(helpers: Vec<Worker>, _software_gpu: bool) -> Result<Self, EngineError> {
        Ok(Self { helpers: Helpers::new(helpers) })
    }

    /// A backend for one model of `kind`.
    #[allow(clippy::unused_async, reason = "a GPU is waited for")]
    pub(crate) async fn backend(&self, kind: ModelKind) -> Result<WebBackend, EngineError> {
        let cpu = CpuBackend::new().with_pool(self.helpers.pool());
        // An encoder forgets a text's keys and values when it is done with it.
        let cpu = match kind {
            ModelKind::Generator => cpu.with_cache(CacheType::F16),
            ModelKind::Embedder => cpu,
        };
        Ok(Profiled::new(cpu, platform::now))
    }

    /// The GPU that is used.
    #[allow(clippy::unused_self, reason = "another build has one")]
    pub(crate) fn gpu(&self) -> Option<GpuInfo> {
        None
    }
}

/// Knows how many threads there are, whoever has the model.
pub(crate) struct ThreadCount(Counter);

impl ThreadCount {
    pub(crate) fn of(backend: &WebBackend) -> Self {
        Self(backend.inner().pool().counter())
    }

    pub(crate) fn now(&self) -> u32 {
        u32::try_from(self.0.threads()).unwrap_or(u32::MAX)
    }
}

/// How many threads are worth using.
pub(crate) struct Pace(Governor);

impl Pace {
    /// Goes through a few tokens, so that the browser compiles the kernels as well as it can before someone waits for them,
    /// and measures how many threads are fastest. No step is begun after [`MOST_WARM_UP_MS`]; a model that takes longer for
    /// one token is not made to do more.
    #[allow(clippy::unused_async, reason = "a GPU is waited for")]
    pub(crate) async fn warm_up(
        session: &mut Session<WebBackend>,
        _tell: impl Fn(KernelProgress) -> Result<(), EngineError>,
    ) -> Result<Self, EngineError> {
        let there = session.backend().inner().pool().threads();
        let tokens = [0; WARM_UP_TOKENS];
        let tokens = &tokens[..WARM_UP_TOKENS.min(session.context())];
        let started = platform::now();
        let model = session.model_mut();
        // A model that cannot do this will say so when it is asked something.
        let mut step = |threads, tokens: &[u32]| {
            let from = platform::now();
            if from - started > MOST_WARM_UP_MS {
                return None;
            }
            model.backend().inner().pool().set_active(threads);
            model.forward(tokens, 0).ok()?;
            Some(platform::now() - from)
        };
        let one = step(there, &[0]);
        if one.is_some_and(|one| one * (tokens.len() as f64) < MOST_WARM_UP_MS) {
            step(there, tokens);
        }
        let governor = Governor::measured(there, |threads| step(threads, &[0]));
        model.reset();
        session.backend().inner().pool().set_active(governor.threads());
        Ok(Self(governor))
    }

    /// For an embedding model: all threads that there are, to begin with, as a text is far more work than a token.
    pub(crate) fn of_texts() -> Self {
        Self(Governor::new(usize::MAX))
    }

    /// Before work: with all threads, or, for `measured` work, with as many as turned out to be worth it. Work that is
    /// measured is told of in [`after`](Self::after), and is to be about the same each time.
    pub(crate) fn before(&self, backend: &WebBackend, measured: bool) {
        let pool = backend.inner().pool();
        let there = pool.threads();
        pool.set_active(if measured { self.0.threads().min(there) } else { there });
    }

    /// After measured work that took `ms`.
    pub(crate) fn after(&mut self, backend: &WebBackend, ms: f64) {
        self.0.observe(ms, backend.inner().pool().threads());
    }
}
