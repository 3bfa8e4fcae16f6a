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

use wasm_chord_cpu::CpuBackend;
use wasm_chord_cpu::pool::Pool;
#[cfg(feature = "gpu")]
use wasm_chord_gpu::{GpuBackend, Software};
use wasm_chord_runtime::LoadOptions;

#[cfg(feature = "gpu")]
use crate::args::BackendName;
use crate::args::{Args, Command, Engine};
use crate::error::Result;

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

#[cfg(feature = "gpu")]
impl BackendName {
    /// The GPU it names.
    fn gpu(self) -> Result<GpuBackend> {
        let software = if self == Self::SoftwareGpu { Software::Only } else { Software::Refused };
        Ok(GpuBackend::new(&wasm_chord_gpu::Options { software, ..Default::default() })?)
    }
}

impl Engine {
    fn cpu(self) -> CpuBackend {
        CpuBackend::new().with_cache(self.cache.ty()).with_pool(Pool::started(self.threads.into()))
    }

    fn load_options(self) -> LoadOptions {
        LoadOptions { context: self.context.map(|positions| positions as usize) }
    }
}
