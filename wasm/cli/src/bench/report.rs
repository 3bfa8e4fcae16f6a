//! What `chord bench` prints.

use serde::Serialize;
use wasm_chord_core::backend::Profile;
use wasm_chord_runtime::ModelInfo;

use super::measure::Test;
use super::stats::Stats;
use crate::output;

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The model's name.
    pub model: String,
    /// Its `general.architecture`.
    pub architecture: String,
    /// The type most of its weights have.
    pub quantization: String,
    /// Its weights.
    pub parameters: u64,
    /// Their bytes in the file.
    pub weight_bytes: u64,
    /// The instruction set of the kernels.
    pub build: &'static str,
    /// How long loading took: from the file's first byte to a model that can be asked.
    pub load_ms: f64,
    /// How much of that the backend took to copy and rearrange weights.
    pub repack_ms: f64,
    /// How fast the machine reads memory, for each number of threads.
    pub memory: Vec<Reading>,
    /// A row for each test and number of threads.
    pub rows: Vec<Row>,
    /// With `--profile`, where the time of one round of each goes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub profile: Vec<PhaseProfile>,
}

/// How long loading took.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    pub load_ms: f64,
    pub repack_ms: f64,
}

/// How fast memory is read: the least time of a token is its weights' bytes over this.
#[derive(Debug, Serialize)]
pub struct Reading {
    pub threads: usize,
    /// Gigabytes a second.
    pub gb_s: Stats,
}

/// One test with one number of threads.
#[derive(Debug, Serialize)]
pub struct Row {
    pub threads: usize,
    /// `prefill` or `decode`.
    pub test: &'static str,
    /// Tokens that were timed.
    pub tokens: usize,
    /// Positions filled before them.
    pub depth: usize,
    /// Tokens a second.
    pub tok_s: Stats,
    /// Of decode: gigabytes of weights, as stored in the file, multiplied a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gb_s: Option<f64>,
}

/// Where the time of one test goes.
#[derive(Debug, Serialize)]
pub struct PhaseProfile {
    pub threads: usize,
    pub test: &'static str,
    pub tokens: usize,
    pub depth: usize,
    /// Milliseconds a token took while it was profiled.
    pub ms_per_token: f64,
    /// The longest first.
    pub ops: Vec<OpProfile>,
}

/// One kind of op.
#[derive(Debug, Serialize)]
pub struct OpProfile {
    pub op: &'static str,
    /// Type of the weights, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weights: Option<&'static str>,
    pub calls_per_token: f64,
    pub ms_per_token: f64,
    /// Of the whole time.
    pub share: f64,
    /// Gigabytes of weights read a second, where each was read once a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gb_s: Option<f64>,
}

impl Report {
    pub fn new(info: &ModelInfo, build: &'static str, load: Load) -> Self {
        Self {
            model: info.name.clone(),
            architecture: info.architecture.clone(),
            quantization: info.quantization.clone(),
            parameters: info.parameters,
            weight_bytes: info.weight_bytes,
            build,
            load_ms: load.load_ms,
            repack_ms: load.repack_ms,
            memory: Vec::new(),
            rows: Vec::new(),
            profile: Vec::new(),
        }
    }
}

impl Reading {
    /// Of samples in gigabytes a second.
    pub fn new(threads: usize, samples: Vec<f64>) -> Self {
        Self { threads, gb_s: Stats::of(samples) }
    }
}

impl Row {
    /// A row of samples in tokens a second; `bytes_per_token` are those of the weights that a token is multiplied with.
    pub fn new(threads: usize, measured: Test, samples: Vec<f64>, bytes_per_token: u64) -> Self {
        let (test, tokens, depth) = measured.parts();
        let tok_s = Stats::of(samples);
        let decode = matches!(measured, Test::Decode { .. });
        let gb_s = decode.then(|| tok_s.median * bytes_per_token as f64 / 1e9);
        Self { threads, test, tokens, depth, tok_s, gb_s }
    }
}

impl PhaseProfile {
    /// The profile of `measured`, whose `tokens` took `ms`, and `sampling_ms` of it to choose the next one.
    pub fn new(threads: usize, measured: Test, profile: &Profile, ms: f64, sampling_ms: f64) -> Self {
        let (test, tokens, depth) = measured.parts();
        let per_token = 1.0 / tokens.max(1) as f64;
        let decode = matches!(measured, Test::Decode { .. });
        let op = |op, weights, calls: u64, op_ms: f64, bytes: u64| OpProfile {
            op,
            weights,
            calls_per_token: calls as f64 * per_token,
            ms_per_token: op_ms * per_token,
            share: op_ms / ms,
            gb_s: (decode && bytes > 0).then(|| bytes as f64 / op_ms / 1e6),
        };
        let entries = profile.entries();
        let mut ops: Vec<_> = entries
            .iter()
            .map(|entry| op(entry.op.name(), entry.weights.map(|ty| ty.name()), entry.calls, entry.ms, entry.bytes))
            .collect();
        if decode {
            ops.push(op("sampling", None, tokens as u64, sampling_ms, 0));
        }
        ops.push(op("other", None, 0, ms - profile.total_ms() - sampling_ms, 0));
        ops.sort_by(|a, b| b.ms_per_token.total_cmp(&a.ms_per_token));
        Self { threads, test, tokens, depth, ms_per_token: ms * per_token, ops }
    }
}

/// The report for people.
pub fn table(report: &Report) -> String {
    let Report { model, quantization, parameters, weight_bytes, build, load_ms, repack_ms, .. } = report;
    let mut text = format!(
        "{} ({quantization}, {:.0} M weights, {:.1} MB) with {build}\n\
         loaded in {load_ms:.0} ms, of which copying and rearranging weights took {repack_ms:.0} ms\n\n",
        output::printable(model),
        *parameters as f64 / 1e6,
        *weight_bytes as f64 / 1e6,
    );
    let head = ["threads", "test", "tok/s", "±", "min", "max", "GB/s", "of memory's"].map(str::to_owned).to_vec();
    let rows = report.rows.iter().map(|row| {
        let gb_s = row.gb_s.map_or_else(String::new, |gb_s| format!("{gb_s:.2}"));
        let reading = report.memory.iter().find(|reading| reading.threads == row.threads);
        let share = row.gb_s.zip(reading).map(|(gb_s, reading)| gb_s / reading.gb_s.median);
        let stats = &row.tok_s;
        vec![
            row.threads.to_string(),
            what(row.test, row.tokens, row.depth),
            format!("{:.2}", stats.median),
            format!("{:.1} %", stats.spread * 100.0),
            format!("{:.2}", stats.min),
            format!("{:.2}", stats.max),
            gb_s,
            share.map_or_else(String::new, |share| format!("{:.0} %", share * 100.0)),
        ]
    });
    text += &output::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
    report.profile.iter().for_each(|phase| text += &phase_table(phase));
    text
}

fn phase_table(phase: &PhaseProfile) -> String {
    let PhaseProfile { threads, test, tokens, depth, ms_per_token, ops } = phase;
    let what = what(test, *tokens, *depth);
    let mut text = format!("\n{what} with {threads} thread(s): {ms_per_token:.3} ms a token\n");
    let head = ["op", "weights", "ms/token", "share", "calls/token", "GB/s"].map(str::to_owned).to_vec();
    let rows = ops.iter().map(|op| {
        vec![
            op.op.to_owned(),
            op.weights.unwrap_or_default().to_owned(),
            format!("{:.4}", op.ms_per_token),
            format!("{:.1} %", op.share * 100.0),
            format!("{:.1}", op.calls_per_token),
            op.gb_s.map_or_else(String::new, |gb_s| format!("{gb_s:.2}")),
        ]
    });
    text += &output::table(&std::iter::once(head).chain(rows).collect::<Vec<_>>());
    text
}

pub(in crate::bench) fn what(test: &str, tokens: usize, depth: usize) -> String {
    match depth {
        0 => format!("{test} {tokens}"),
        depth => format!("{test} {tokens} after {depth}"),
    }
}
