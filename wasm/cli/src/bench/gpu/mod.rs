//! Measuring a GPU: how fast, and what is asked of it for a token. The counts are the same on every device; the times of
//! one that is software say nothing of one that is not.

mod bandwidth;
mod report;

pub use report::{Report, table};

use wasm_chord_gpu::{GpuBackend, Stats as Counts};
use wasm_chord_runtime::LoadOptions;

use super::measure::{Plan, Runner, Test, now};
use super::stats::Stats;
use crate::error::{CliError, Result};
use crate::{model_file, output};
use bandwidth::Memory;
use report::{PhaseProfile, Row};

/// Loads the model onto `gpu` and measures it.
pub fn measure(plan: &Plan, mut gpu: GpuBackend) -> Result<Report> {
    // Not after all that was measured.
    if plan.profile && !gpu.start_timer() {
        return Err(CliError::NoTimestamps);
    }
    gpu.stop_timer();
    let start = now();
    let mut session = model_file::load(&plan.model, gpu, LoadOptions { context: Some(plan.context()) })?;
    session.model_mut().tune()?;
    let load_ms = now() - start;
    let mut report = Report::new(session.info(), session.backend(), load_ms);
    let mut memory = Memory::new(session.backend_mut())?;
    let mut readings = Vec::with_capacity(plan.rounds);
    let mut runner = Runner::new(session.model_mut())?;
    runner.warm_up()?;
    let mut measured: Vec<(Test, Vec<f64>, Counts)> =
        plan.tests().into_iter().map(|test| (test, Vec::new(), Counts::default())).collect();
    for round in 0..plan.rounds {
        readings.push(memory.gb_s(runner.model.backend_mut())?);
        for (test, samples, counts) in &mut measured {
            let mut before = Counts::default();
            let ms = runner.time(*test, |gpu| before = gpu.stats())?;
            samples.push(test.parts().1 as f64 * 1e3 / ms);
            *counts = runner.model.backend().stats() - before; // The same in every round.
        }
        output::log(&format!("round {} of {} is done", round + 1, plan.rounds));
    }
    report.memory_gb_s = Stats::of(readings);
    for (test, samples, counts) in measured {
        report.rows.push(Row::new(test, samples, counts));
        if plan.profile {
            report.profile.push(profile(&mut runner, test)?);
        }
    }
    Ok(report)
}

/// What each kernel takes in one more round.
fn profile(runner: &mut Runner<'_, GpuBackend>, test: Test) -> Result<PhaseProfile> {
    runner.time(test, |gpu| _ = gpu.start_timer())?;
    Ok(PhaseProfile::new(test, runner.model.backend_mut().stop_timer()))
}
