//! `chord bench`: how fast a model is on this machine, and where the time goes.

use crate::args::Bench;
use crate::bench::{Plan, measure, table};
use crate::error::Result;
use crate::output;

pub fn run(args: &Bench) -> Result<()> {
    let report = measure(&Plan {
        model: args.model.clone(),
        cache: args.cache.ty(),
        prompts: args.prompt.clone(),
        generate: args.generate,
        depths: args.depth.clone(),
        threads: args.threads.clone(),
        rounds: args.repetitions.into(),
        profile: args.profile,
    })?;
    if args.json { output::json(&report) } else { output::text(&table(&report)) }
}
