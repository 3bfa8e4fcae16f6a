//! Measuring a GPU: how fast, and what is asked of it for a token. The counts are the same on every device; the times of
//! one that is software say nothing of one that is not.

use std::collections::BTreeMap;

use serde::Serialize;
use wasm_chord_gpu::{GpuBackend, Stats as Counts};
use wasm_chord_runtime::LoadOptions;

use super::measure::{Plan, Runner, Test, now};
use super::stats::Stats;
use crate::error::Result;
use crate::{model_file, output};

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The model's name.
    pub model: String,
    /// The type most of its weights have.
    pub quantization: String,
    /// Bytes of its weights in the file.
    pub weight_bytes: u64,
    /// What the adapter calls itself.
    pub device: String,
    /// Vulkan, Metal or Dx12.
    pub api: String,
    /// DiscreteGpu, IntegratedGpu, Cpu and so on.
    pub kind: String,
    /// What the kernels may use: `base`, `subgroups`, `f16`, `dp4a`.
    pub tier: &'static str,
    /// For weights of each format, what prompts are multiplied in, as was measured when the model was loaded: `f32`, `f16`,
    /// `dp4a`.
    pub tiles: BTreeMap<&'static str, &'static str>,
    /// How long loading took, with that.
    pub load_ms: f64,
    /// A row for each test.
    pub rows: Vec<Row>,
}

/// One test.
#[derive(Debug, Serialize)]
pub struct Row {
    /// `prefill` or `decode`.
    pub test: &'static str,
    /// Tokens that were timed.
    pub tokens: usize,
    /// Positions filled before them.
    pub depth: usize,
    /// Tokens a second.
    pub tok_s: Stats,
    /// Of decode: gigabytes of weights multiplied a second, as they lie in the GPU's memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gb_s: Option<f64>,
    /// Kernels run for a token.
    pub dispatches: f64,
    /// Times that work was sent to the device for a token.
    pub submissions: f64,
    /// Times that something was read back for a token.
    pub reads: f64,
    /// Bytes of that.
    pub read_bytes: f64,
    /// Bytes that a token's kernels read and write.
    pub bytes: f64,
    /// Bytes of that which are weights it is multiplied with.
    pub weight_bytes: f64,
}

/// Loads the model onto `gpu` and measures it.
pub fn measure(plan: &Plan, gpu: GpuBackend) -> Result<Report> {
    let start = now();
    let mut session = model_file::load(&plan.model, gpu, LoadOptions { context: Some(plan.context()) })?;
    session.model_mut().tune()?;
    let load_ms = now() - start;
    let tiles = session.backend().tiles().into_iter();
    let tiles = tiles.map(|(format, arithmetic)| (format.name(), arithmetic.name())).collect();
    let capabilities = session.backend_mut().capabilities();
    let (device, api, kind) = (capabilities.name.clone(), capabilities.api.clone(), capabilities.kind.clone());
    let tier = capabilities.target.tier.name();
    let info = session.info();
    let (model, quantization, weight_bytes) = (info.name.clone(), info.quantization.clone(), info.weight_bytes);
    let mut runner = Runner::new(session.model_mut())?;
    runner.warm_up()?;
    let mut measured: Vec<(Test, Vec<f64>, Counts)> =
        plan.tests().into_iter().map(|test| (test, Vec::new(), Counts::default())).collect();
    for round in 0..plan.rounds {
        for (test, samples, counts) in &mut measured {
            let mut before = Counts::default();
            let ms = runner.time(*test, |gpu| before = gpu.stats())?;
            samples.push(test.parts().1 as f64 * 1e3 / ms);
            *counts = runner.model.backend().stats() - before; // The same in every round.
        }
        output::log(&format!("round {} of {} is done", round + 1, plan.rounds));
    }
    let rows = measured.into_iter().map(|(test, samples, counts)| Row::new(test, samples, counts)).collect();
    Ok(Report { model, quantization, weight_bytes, device, api, kind, tier, tiles, load_ms, rows })
}

impl Row {
    fn new(measured: Test, samples: Vec<f64>, counts: Counts) -> Self {
        let (test, tokens, depth) = measured.parts();
        let per_token = |count: u64| count as f64 / tokens.max(1) as f64;
        let tok_s = Stats::of(samples);
        let decode = matches!(measured, Test::Decode { .. });
        let weight_bytes = per_token(counts.weight_bytes);
        Self {
            test,
            tokens,
            depth,
            gb_s: decode.then(|| tok_s.median * weight_bytes / 1e9),
            tok_s,
            dispatches: per_token(counts.dispatches),
            submissions: per_token(counts.submissions),
            reads: per_token(counts.reads),
            read_bytes: per_token(counts.read_bytes),
            bytes: per_token(counts.bytes),
            weight_bytes,
        }
    }
}

/// The report for people.
pub fn table(report: &Report) -> String {
    let Report { model, quantization, weight_bytes, device, api, kind, tier, tiles, load_ms, .. } = report;
    let tiles: Vec<_> = tiles.iter().map(|(format, arithmetic)| format!("{format} in {arithmetic}")).collect();
    let mut text = format!(
        "{} ({quantization}, {:.1} MB) on {} ({api}, {kind}, {tier})\nloaded in {load_ms:.0} ms; prompts: {}\n\n",
        output::printable(model),
        *weight_bytes as f64 / 1e6,
        output::printable(device),
        tiles.join(", "),
    );
    let head =
        ["test", "tok/s", "±", "GB/s", "dispatches", "submissions", "reads", "kB read", "MB moved", "MB weights"];
    let rows = report.rows.iter().map(|row| {
        vec![
            super::report::what(row.test, row.tokens, row.depth),
            format!("{:.2}", row.tok_s.median),
            format!("{:.1} %", row.tok_s.spread * 100.0),
            row.gb_s.map_or_else(String::new, |gb_s| format!("{gb_s:.2}")),
            format!("{:.1}", row.dispatches),
            format!("{:.2}", row.submissions),
            format!("{:.2}", row.reads),
            format!("{:.1}", row.read_bytes / 1e3),
            format!("{:.2}", row.bytes / 1e6),
            format!("{:.2}", row.weight_bytes / 1e6),
        ]
    });
    text += &output::table(&std::iter::once(head.map(str::to_owned).to_vec()).chain(rows).collect::<Vec<_>>());
    text + "\nall counts are per token\n"
}
