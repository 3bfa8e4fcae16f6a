//! What `chord bench` prints of a GPU.

use std::collections::BTreeMap;

use serde::Serialize;
use wasm_chord_gpu::{GpuBackend, KernelTime, Stats as Counts};
use wasm_chord_runtime::ModelInfo;

use crate::bench::measure::Test;
use crate::bench::report::what;
use crate::bench::stats::Stats;
use crate::output;

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
    /// How fast its memory is read, in gigabytes a second.
    pub memory_gb_s: Stats,
    /// A row for each test.
    pub rows: Vec<Row>,
    /// With `--profile`, what each kernel took in one more round of each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub profile: Vec<PhaseProfile>,
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
    /// Of prefill: 10¹² multiplications and additions a second, of the weights with activations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tflop_s: Option<f64>,
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

/// What each kernel took in one test.
#[derive(Debug, Serialize)]
pub struct PhaseProfile {
    pub test: &'static str,
    pub tokens: usize,
    pub depth: usize,
    /// Milliseconds of a token in which kernels ran: what is around them does not count.
    pub ms_per_token: f64,
    /// The longest first.
    pub kernels: Vec<KernelProfile>,
}

/// One kernel.
#[derive(Debug, Serialize)]
pub struct KernelProfile {
    pub kernel: String,
    pub calls_per_token: f64,
    pub us_per_token: f64,
    /// Of the time of all kernels.
    pub share: f64,
    /// Gigabytes a second that it reads and writes.
    pub gb_s: f64,
}

impl Report {
    /// A report of a model that `gpu` took `load_ms` to load.
    pub fn new(info: &ModelInfo, gpu: &GpuBackend, load_ms: f64) -> Self {
        let capabilities = gpu.capabilities();
        let tiles = gpu.tiles().into_iter();
        Self {
            model: info.name.clone(),
            quantization: info.quantization.clone(),
            weight_bytes: info.weight_bytes,
            device: capabilities.name.clone(),
            api: capabilities.api.clone(),
            kind: capabilities.kind.clone(),
            tier: capabilities.target.tier.name(),
            tiles: tiles.map(|(format, arithmetic)| (format.name(), arithmetic.name())).collect(),
            load_ms,
            memory_gb_s: Stats::of(Vec::new()),
            rows: Vec::new(),
            profile: Vec::new(),
        }
    }
}

impl PhaseProfile {
    /// Of what kernels took in one run of `measured`.
    pub fn new(measured: Test, times: Vec<KernelTime>) -> Self {
        let (test, tokens, depth) = measured.parts();
        let per_token = 1.0 / tokens.max(1) as f64;
        let ms: f64 = times.iter().map(|time| time.ms).sum();
        let kernel = |time: KernelTime| KernelProfile {
            kernel: time.kernel,
            calls_per_token: time.calls as f64 * per_token,
            us_per_token: time.ms * 1e3 * per_token,
            share: time.ms / ms,
            gb_s: time.bytes as f64 / time.ms / 1e6,
        };
        Self { test, tokens, depth, ms_per_token: ms * per_token, kernels: times.into_iter().map(kernel).collect() }
    }
}

impl Row {
    pub fn new(measured: Test, samples: Vec<f64>, counts: Counts) -> Self {
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
            tflop_s: (!decode).then(|| tok_s.median * 2.0 * per_token(counts.multiply_adds) / 1e12),
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
    let Report { model, quantization, weight_bytes, device, api, kind, tier, load_ms, .. } = report;
    let memory_gb_s = report.memory_gb_s.median;
    let tiles: Vec<_> = report.tiles.iter().map(|(format, arithmetic)| format!("{format} in {arithmetic}")).collect();
    let mut text = format!(
        "{} ({quantization}, {:.1} MB) on {} ({api}, {kind}, {tier})\n\
         loaded in {load_ms:.0} ms; memory is read at {memory_gb_s:.1} GB/s; prompts: {}\n\n",
        output::printable(model),
        *weight_bytes as f64 / 1e6,
        output::printable(device),
        tiles.join(", "),
    );
    let head = ["test", "tok/s", "±", "GB/s", "of memory's", "TFLOP/s"].map(str::to_owned).to_vec();
    let rows = report.rows.iter().map(|row| {
        let or_empty = |number: Option<String>| number.unwrap_or_default();
        vec![
            what(row.test, row.tokens, row.depth),
            format!("{:.2}", row.tok_s.median),
            format!("{:.1} %", row.tok_s.spread * 100.0),
            or_empty(row.gb_s.map(|gb_s| format!("{gb_s:.2}"))),
            or_empty(row.gb_s.map(|gb_s| format!("{:.0} %", gb_s / memory_gb_s * 100.0))),
            or_empty(row.tflop_s.map(|tflop_s| format!("{tflop_s:.3}"))),
        ]
    });
    text += &output::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
    text += "\nasked of the device, for a token\n";
    text += &counts_table(report);
    report.profile.iter().for_each(|phase| text += &phase_table(phase, memory_gb_s));
    text
}

fn counts_table(report: &Report) -> String {
    let head = ["test", "dispatches", "submissions", "reads", "kB read", "MB moved", "MB weights"];
    let rows = report.rows.iter().map(|row| {
        vec![
            what(row.test, row.tokens, row.depth),
            format!("{:.1}", row.dispatches),
            format!("{:.2}", row.submissions),
            format!("{:.2}", row.reads),
            format!("{:.1}", row.read_bytes / 1e3),
            format!("{:.2}", row.bytes / 1e6),
            format!("{:.2}", row.weight_bytes / 1e6),
        ]
    });
    output::table(&std::iter::once(head.map(str::to_owned).to_vec()).chain(rows).collect::<Vec<_>>())
}

fn phase_table(phase: &PhaseProfile, memory_gb_s: f64) -> String {
    let PhaseProfile { test, tokens, depth, ms_per_token, kernels } = phase;
    let mut text = format!("\n{}: kernels run for {ms_per_token:.3} ms a token\n", what(test, *tokens, *depth));
    let head = ["kernel", "µs/token", "share", "calls/token", "GB/s", "of memory's"].map(str::to_owned).to_vec();
    let rows = kernels.iter().map(|kernel| {
        vec![
            kernel.kernel.clone(),
            format!("{:.1}", kernel.us_per_token),
            format!("{:.1} %", kernel.share * 100.0),
            format!("{:.1}", kernel.calls_per_token),
            format!("{:.2}", kernel.gb_s),
            format!("{:.0} %", kernel.gb_s / memory_gb_s * 100.0),
        ]
    });
    text += &output::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
    text
}
