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
use wasm_chord_runtime::LoadOptions;

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

impl Engine {
    fn cpu(self) -> CpuBackend {
        CpuBackend::new().with_cache(self.cache.ty()).with_pool(Pool::started(self.threads.into()))
    }

    fn load_options(self) -> LoadOptions {
        LoadOptions { context: self.context.map(|positions| positions as usize) }
    }
}
