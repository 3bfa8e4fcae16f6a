//! One file a command: what it does, and the types of what it prints.

mod bench;
mod convert;
mod embed;
mod generate;
mod inspect;
mod logits;
mod make_model;
mod perplexity;
mod template;
mod tokenize;

use wasm_chord_core::Reference;
use wasm_chord_cpu::pool::Pool;
use wasm_chord_cpu::{CacheType, CpuBackend};
#[cfg(feature = "gpu")]
use wasm_chord_gpu::{GpuBackend, Software};
use wasm_chord_runtime::LoadOptions;

#[cfg(feature = "gpu")]
use crate::args::BackendName;
use crate::args::{Args, CacheName, Command, Engine};
use crate::error::{CliError, Result};

/// Does what the command line asks.
pub fn run(args: Args) -> Result<()> {
    match args.command {
        Command::Inspect(args) => inspect::run(&args),
        Command::Tokenize(args) => tokenize::run(&args),
        Command::Template(args) => template::run(&args),
        Command::Logits(args) => logits::run(&args),
        Command::Generate(args) => generate::run(&args),
        Command::Embed(args) => embed::run(&args),
        Command::Perplexity(args) => perplexity::run(&args),
        Command::Convert(args) => convert::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::MakeModel(args) => make_model::run(&args),
    }
}

impl CacheName {
    /// The reference, which keeps keys and values as they are.
    fn reference(cache: Option<Self>) -> Result<Reference> {
        match cache {
            None | Some(Self::F32) => Ok(Reference),
            Some(cache) => Err(cache.missing_from("reference")),
        }
    }

    /// The processor's word for it.
    pub(crate) fn cpu(self) -> Result<CacheType> {
        match self {
            Self::F32 => Ok(CacheType::F32),
            Self::F16 => Ok(CacheType::F16),
            Self::Q8 => Err(self.missing_from("cpu")),
        }
    }

    fn missing_from(self, backend: &'static str) -> CliError {
        CliError::NoSuchCache { backend, cache: self.name() }
    }
}

#[cfg(feature = "gpu")]
impl BackendName {
    /// The GPU it names.
    fn gpu(self, cache: Option<CacheName>) -> Result<GpuBackend> {
        let software = if self == Self::SoftwareGpu { Software::Only } else { Software::Refused };
        let gpu = GpuBackend::new(&wasm_chord_gpu::Options { software, ..Default::default() })?;
        Ok(match cache {
            None => gpu,
            Some(CacheName::F32) => gpu.with_cache(wasm_chord_gpu::CacheType::F32),
            Some(CacheName::F16) => gpu.with_cache(wasm_chord_gpu::CacheType::F16),
            Some(CacheName::Q8) => gpu.with_cache(wasm_chord_gpu::CacheType::Q8),
        })
    }
}

impl Engine {
    fn cpu(self) -> Result<CpuBackend> {
        let cache = self.cache.unwrap_or(CacheName::F32).cpu()?;
        Ok(CpuBackend::new().with_cache(cache).with_pool(Pool::started(self.threads.into())))
    }

    fn load_options(self) -> LoadOptions {
        LoadOptions { context: self.context.map(|positions| positions as usize) }
    }
}
