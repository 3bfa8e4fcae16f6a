//! `chord bench`: how fast a model is on this machine, and where the time goes.

use crate::args::{BackendName, Bench};
#[cfg(feature = "gpu")]
use crate::bench::gpu;
use crate::bench::{Plan, measure, table};
use crate::error::{CliError, Result};
use crate::output;

pub fn run(args: &Bench) -> Result<()> {
    let plan = Plan {
        model: args.model.clone(),
        cache: args.cache,
        prompts: args.prompt.clone(),
        generate: args.generate,
        depths: args.depth.clone(),
        threads: args.threads.clone(),
        rounds: args.repetitions.into(),
        profile: args.profile,
    };
    match args.backend {
        BackendName::Reference => Err(CliError::NotMeasured),
        BackendName::Cpu => {
            let report = measure(&plan)?;
            if args.json { output::json(&report) } else { output::text(&table(&report)) }
        }
        #[cfg(feature = "gpu")]
        BackendName::Gpu | BackendName::SoftwareGpu => {
            let report = gpu::measure(&plan, args.backend.gpu(Some(args.cache))?)?;
            if args.json { output::json(&report) } else { output::text(&gpu::table(&report)) }
        }
    }
}
