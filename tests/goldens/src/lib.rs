//! Rules that a model's logits are held to, natively and in the browser alike.
//!
//! A golden holds logits of a real engine (llama.cpp, each checked against a float64 forward pass) for a small model:
//! rows of one big prefill, greedy continuations with their margins, and rows of the decode path. The same checks run on
//! every backend; how close the numbers must be depends on what the backend does with activations.

pub mod malformed;
pub mod rewrite;
pub mod tiny;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use wasm_chord_core::Backend;
use wasm_chord_core::gguf::{GgmlType, GgufParser, Progress, ShardSet};
use wasm_chord_runtime::{Embedder, Error, LoadOptions, ModelLoader, Session, argmax, known_architectures};

/// Architectures with GELU. llama.cpp looks it up in a table of f16, so that its logits are no closer to the truth.
const GELU: [&str; 5] = ["gemma2", "gemma3", "gemma4", "starcoder2", "bert"];

/// One model's expected results, as the fixtures store them.
#[derive(Debug, Deserialize)]
pub struct Golden {
    /// The model's file name.
    pub file: String,
    /// Its `general.architecture`.
    pub arch: String,
    /// `decoder` or `encoder`.
    pub kind: String,
    /// The type most of its tensors have; `f32` in lower or upper case for an unquantised one.
    #[serde(rename = "type")]
    pub ty: String,
    /// How many tensors are stored as each type.
    pub tensor_types: BTreeMap<String, u32>,
    /// Where the file is when it does not lie beside the golden.
    pub source_path: Option<String>,
    /// One for each prompt and context size.
    #[serde(default)]
    pub runs: Vec<Run>,
}

/// What one prompt must give.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Run {
    /// Context to configure.
    pub n_ctx: usize,
    /// The prompt.
    pub tokens: Vec<u32>,
    /// Which rows of the prefill are stored.
    pub positions: Vec<usize>,
    /// llama.cpp's rows.
    pub logits: Vec<Vec<f32>>,
    /// The same on weights dequantised to f32.
    pub truth_logits: Option<Vec<Vec<f32>>>,
    /// The same in float64, for architectures with GELU.
    pub f64_logits: Option<Vec<Vec<f32>>>,
    /// The greedy continuation.
    pub greedy: Vec<u32>,
    /// How far each greedy token was ahead.
    pub greedy_margin: Vec<f32>,
    /// Steps of the continuation whose logits are stored.
    pub decode_steps: Vec<usize>,
    /// llama.cpp's rows after `tokens + greedy[0..=step]`.
    pub decode_logits: Vec<Vec<f32>>,
    /// The same on weights dequantised to f32.
    pub truth_decode_logits: Option<Vec<Vec<f32>>>,
    /// The same in float64, for architectures with GELU.
    pub f64_decode_logits: Option<Vec<Vec<f32>>>,
    /// Standard deviation of the logits.
    pub logit_std: f32,
    /// The error allowed to an engine that quantises activations; absent for F32 files.
    pub max_nmse: Option<f64>,
    /// llama.cpp's own error, of all that is stored; it quantises activations.
    pub llamacpp_nmse: Option<f64>,
    /// The same of each row of the prefill by itself.
    pub llamacpp_nmse_per_position: Option<Vec<f64>>,
    /// An encoder's pooled vector, by llama.cpp; not normalised.
    pub embedding: Option<Vec<f32>>,
    /// The same on weights dequantised to f32.
    pub truth_embedding: Option<Vec<f32>>,
    /// The same in float64.
    pub f64_embedding: Option<Vec<f32>>,
}

/// How a backend multiplies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activations {
    /// In f32: quantised weights must act exactly as their dequantised values do.
    F32,
    /// Rounded to 8 bits where weights are quantised.
    Int8,
    /// The same of many tokens together; of few, as [`F32`](Self::F32).
    Int8OfMany,
}

/// How a backend computes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Precision {
    /// What it multiplies weights with.
    pub activations: Activations,
    /// The error that its KV cache's rounding may add to the logits, as an NMSE; 0 where nothing is rounded.
    pub cache: f64,
}

impl From<Activations> for Precision {
    fn from(activations: Activations) -> Self {
        Self { activations, cache: 0.0 }
    }
}

/// Why a model fell short of its golden.
#[derive(Debug)]
pub enum Failure {
    /// The model could not be loaded or run.
    Engine(Error),
    /// It ran, and gave other numbers.
    Mismatch(String),
}

impl Failure {
    /// Whether the model was refused by name rather than run.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Engine(error) if error.code().starts_with("unsupported"))
    }
}

/// What this build claims to run: a refusal of one of these is a failure.
pub fn must_run(golden: &Golden) -> bool {
    let runs = |name: &String| GgmlType::ALL.iter().any(|ty| ty.name() == name);
    known_architectures().contains(&golden.arch.as_str()) && golden.tensor_types.keys().all(runs)
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine(error) => write!(f, "{} ({})", error, error.code()),
            Self::Mismatch(what) => f.write_str(what),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

/// What was measured where all rules held.
#[derive(Debug, Default)]
pub struct Report {
    /// The worst error of a run's stored rows.
    pub worst_nmse: f64,
    /// Greedy steps where another token led by less than the tolerance.
    pub near_ties: usize,
}

/// The folder of real data, beside the project; `CHORD_FIXTURES` names another. `None`, and a line that says so, where
/// there is none.
pub fn fixtures() -> Option<PathBuf> {
    let folder = std::env::var_os("CHORD_FIXTURES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no fixtures at {}", folder.display());
    None
}

/// Normalised mean square error, `Σ(a-ref)² / Σref²`; infinite for rows of other lengths or values that are no numbers.
pub fn nmse(ours: &[f32], reference: &[f32]) -> f64 {
    if ours.len() != reference.len() {
        return f64::INFINITY;
    }
    let error: f64 = ours.iter().zip(reference).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
    let power: f64 = reference.iter().map(|b| f64::from(*b).powi(2)).sum();
    let nmse = error / power;
    if nmse.is_nan() { f64::INFINITY } else { nmse }
}

/// Loads a file in pieces of `piece` bytes.
///
/// # Errors
/// Whatever the loader refuses it for.
pub fn load<B: Backend + 'static>(backend: B, gguf: &[u8], context: usize, piece: usize) -> Result<Session<B>, Error> {
    pushed(backend, gguf, context, piece)?.finish()
}

/// Loads an embedding model's file.
///
/// # Errors
/// Whatever the loader refuses it for.
pub fn load_embedder<B: Backend + 'static>(backend: B, gguf: &[u8]) -> Result<Embedder<B>, Error> {
    pushed(backend, gguf, 1, 4093)?.finish_embedder()
}

fn pushed<B: Backend + 'static>(
    backend: B,
    gguf: &[u8],
    context: usize,
    piece: usize,
) -> Result<ModelLoader<B>, Error> {
    let mut loader = ModelLoader::new(backend, LoadOptions { context: Some(context) });
    for bytes in gguf.chunks(piece) {
        loader.push(bytes)?;
    }
    Ok(loader)
}

/// Loads a model whose files are given in any order, each in pieces of `piece` bytes.
///
/// # Errors
/// Whatever the files are refused for.
pub fn load_files<B: Backend + 'static>(
    backend: B,
    files: &[impl AsRef<[u8]>],
    context: usize,
    piece: usize,
) -> Result<Session<B>, Error> {
    let mut set = ShardSet::new();
    for (i, file) in files.iter().enumerate() {
        let mut parser = GgufParser::new();
        for bytes in file.as_ref().chunks(piece) {
            if let Progress::Done { .. } = parser.push(bytes)? {
                break;
            }
        }
        set.add(&format!("file {i}"), parser.finish()?)?;
    }
    let shards = set.finish()?;
    let order: Vec<usize> = shards.files().iter().map(|shard| shard.file).collect();
    let mut loader = ModelLoader::of_shards(backend, LoadOptions { context: Some(context) }, shards)?;
    for (i, file) in order.iter().filter_map(|file| files.get(*file)).enumerate() {
        if i > 0 {
            loader.next_file()?;
        }
        for bytes in file.as_ref().chunks(piece) {
            loader.push(bytes)?;
        }
    }
    loader.finish()
}

/// Holds a model to its golden: prefill in one go and in odd pieces, the decode path, and each greedy choice; an encoder to
/// its vectors.
///
/// # Errors
/// The first rule it breaks.
pub async fn check<B: Backend + 'static>(
    new_backend: impl Fn() -> B,
    precision: impl Into<Precision>,
    gguf: &[u8],
    golden: &Golden,
) -> Result<Report, Failure> {
    let precision = precision.into();
    let mut report = Report::default();
    for (i, run) in golden.runs.iter().enumerate() {
        let outcome = if golden.kind == "encoder" {
            check_embedding(&mut load_embedder(new_backend(), gguf)?, precision, golden, run, &mut report).await
        } else {
            check_run(&mut load(new_backend(), gguf, run.n_ctx, 4093)?, precision, golden, run, &mut report).await
        };
        outcome.map_err(|failure| match failure {
            Failure::Mismatch(what) => Failure::Mismatch(format!("run {i}: {what}")),
            engine => engine,
        })?;
    }
    Ok(report)
}

/// The error a run may have, whatever the backend does with activations.
fn bound(precision: Precision, golden: &Golden, run: &Run) -> f64 {
    let unquantised = golden.ty.eq_ignore_ascii_case("f32");
    let float64 = run.f64_logits.is_some() || run.f64_embedding.is_some();
    let exact = if GELU.contains(&golden.arch.as_str()) && !float64 { 1e-6 } else { 1e-8 };
    let computing = match run.max_nmse {
        Some(int8) if !unquantised && precision.activations != Activations::F32 => int8,
        _ => exact,
    };
    computing + precision.cache
}

async fn check_embedding<B: Backend + 'static>(
    embedder: &mut Embedder<B>,
    precision: Precision,
    golden: &Golden,
    run: &Run,
    report: &mut Report,
) -> Result<(), Failure> {
    let truth = run.f64_embedding.as_ref().or(run.truth_embedding.as_ref()).or(run.embedding.as_ref());
    let Some(truth) = truth else { return Err(Failure::Mismatch("the golden holds no embedding".to_owned())) };
    let ours = embedder.embed_tokens_async(&run.tokens, false).await?;
    let (error, bound) = (nmse(&ours, truth), bound(precision, golden, run));
    report.worst_nmse = report.worst_nmse.max(error);
    if error > bound {
        return Err(Failure::Mismatch(format!("nmse {error:.2e}, allowed {bound:.2e}")));
    }
    Ok(())
}

async fn check_run<B: Backend + 'static>(
    session: &mut Session<B>,
    precision: Precision,
    golden: &Golden,
    run: &Run,
    report: &mut Report,
) -> Result<(), Failure> {
    let unquantised = golden.ty.eq_ignore_ascii_case("f32");
    let bound = bound(precision, golden, run);
    let prefill_truth = run.f64_logits.as_ref().or(run.truth_logits.as_ref()).unwrap_or(&run.logits);
    let decode_truth =
        run.f64_decode_logits.as_ref().or(run.truth_decode_logits.as_ref()).unwrap_or(&run.decode_logits);

    let model = session.model_mut();
    let vocab = model.config.vocab_size;
    let all = model.forward_all_async(&run.tokens, 0).await?;
    let stored: Vec<f32> = run.positions.iter().flat_map(|p| &all[p * vocab..(p + 1) * vocab]).copied().collect();
    let prefill = (stored, prefill_truth.concat());

    // The decode path, teacher-forced along the golden's own tokens.
    let noise = |nmse: f64| 4.0 * nmse.sqrt() as f32 * run.logit_std;
    let tolerance = match run.max_nmse {
        Some(max_nmse) if !unquantised => noise(max_nmse),
        _ => 1e-3,
    };
    let tolerance = tolerance.max(noise(precision.cache));
    let mut row = all[(run.tokens.len() - 1) * vocab..].to_vec();
    let mut decoded = Vec::new();
    for (step, (&want, &margin)) in run.greedy.iter().zip(&run.greedy_margin).enumerate() {
        let got = argmax(&row)?;
        if got != want {
            if margin >= tolerance {
                return Err(Failure::Mismatch(format!("greedy step {step}: token {got}, expected {want} by {margin}")));
            }
            report.near_ties += 1;
        }
        model.forward_async(&[want], run.tokens.len() + step, &mut row).await?;
        if run.decode_steps.contains(&step) {
            decoded.extend_from_slice(&row);
        }
    }
    let decode = (decoded, decode_truth.concat());

    let ours = [prefill.0.as_slice(), &decode.0].concat();
    let truth = [prefill.1.as_slice(), &decode.1].concat();
    let error = nmse(&ours, &truth);
    report.worst_nmse = report.worst_nmse.max(error);
    if error > bound {
        let (p, d) = (nmse(&prefill.0, &prefill.1), nmse(&decode.0, &decode.1));
        return Err(Failure::Mismatch(format!(
            "nmse {error:.2e} (prefill {p:.2e}, decode {d:.2e}), allowed {bound:.2e}"
        )));
    }

    // The same prompt in odd pieces must leave the same state behind. Where only some pieces are rounded, that is one row's own
    // error, which is more than that of all as it is in llama.cpp.
    let bound = match (precision.activations, run.llamacpp_nmse, &run.llamacpp_nmse_per_position) {
        (Activations::Int8OfMany, Some(of_all), Some(rows)) if !unquantised => {
            bound * rows.iter().fold(1.0, |most: f64, of_row| most.max(of_row / of_all))
        }
        _ => bound,
    };
    for piece in [1, 7, 64] {
        model.reset();
        let mut last = vec![0.0; vocab];
        for (i, tokens) in run.tokens.chunks(piece).enumerate() {
            model.forward_async(tokens, i * piece, &mut last).await?;
        }
        let error = nmse(&last, &all[(run.tokens.len() - 1) * vocab..]);
        if error > bound {
            return Err(Failure::Mismatch(format!("in pieces of {piece}: nmse {error:.2e} against one prefill")));
        }
    }
    Ok(())
}
