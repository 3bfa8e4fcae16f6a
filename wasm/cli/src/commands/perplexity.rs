//! `chord perplexity`: how well a model predicts a text, which is how engines and quantisations are compared.
//!
//! The method of llama.cpp's tool of that name, so that figures can be compared with published ones: the text's tokens are
//! cut into chunks of the context's length, the first token of each is replaced by BOS where the model wants one, and the
//! tokens of each chunk's second half are scored, so that each has at least half a context before it.

use serde::Serialize;
use wasm_chord_core::Backend;
use wasm_chord_core::backend::DEFAULT_BATCH;
use wasm_chord_core::tokenizer::EncodeOptions;
use wasm_chord_cpu::CpuBackend;
use wasm_chord_runtime::{LoadOptions, Model};

use crate::args::{BackendName, CacheName, Perplexity};
use crate::error::{CliError, Result};
use crate::{model_file, output};

/// What `--json` prints.
#[derive(Serialize)]
struct Output {
    /// e to the mean negative log-likelihood of the scored tokens.
    perplexity: f64,
    /// Its standard error.
    standard_error: f64,
    /// Tokens of the text.
    tokens: usize,
    context: usize,
    chunks: usize,
    /// Tokens that were scored.
    scored: usize,
}

pub fn run(args: &Perplexity) -> Result<()> {
    match args.backend {
        BackendName::Reference => run_on(CacheName::reference(args.cache)?, args),
        BackendName::Cpu => {
            let cache = args.cache.unwrap_or(CacheName::F32).cpu()?;
            run_on(CpuBackend::new().with_cache(cache), args)
        }
        #[cfg(feature = "gpu")]
        BackendName::Gpu | BackendName::SoftwareGpu => run_on(args.backend.gpu(args.cache)?, args),
    }
}

fn run_on<B: Backend + 'static>(backend: B, args: &Perplexity) -> Result<()> {
    let read = std::fs::read_to_string(&args.file);
    let text = read.map_err(|source| CliError::Read { path: args.file.clone(), source })?;
    let context = args.context as usize;
    let mut session = model_file::load(&args.model, backend, LoadOptions { context: Some(context) })?;
    let tokenizer = session.tokenizer();
    let tokens = tokenizer.encode(&text, EncodeOptions::default());
    let bos = tokenizer.bos().filter(|_| tokenizer.adds_bos());
    let chunks = tokens.len() / context;
    if chunks == 0 {
        return Err(CliError::TextTooShort { tokens: tokens.len(), context });
    }
    let mut score = Score::default();
    for (i, chunk) in tokens.chunks_exact(context).enumerate() {
        let mut chunk = chunk.to_vec();
        if let (Some(bos), Some(first)) = (bos, chunk.first_mut()) {
            *first = bos;
        }
        score_chunk(session.model_mut(), &chunk, &mut score)?;
        output::log(&format!("chunk {} of {chunks}: perplexity {:.4} so far", i + 1, score.perplexity()));
    }
    let (perplexity, standard_error) = (score.perplexity(), score.standard_error());
    let output = Output { perplexity, standard_error, tokens: tokens.len(), context, chunks, scored: score.count };
    if args.json {
        return output::json(&output);
    }
    output::text(&format!(
        "perplexity {perplexity:.4} ± {standard_error:.4} ({} tokens scored, in {chunks} chunks of {context})\n",
        output.scored
    ))
}

/// Negative log-likelihoods, summed.
#[derive(Default)]
struct Score {
    count: usize,
    sum: f64,
    sum_of_squares: f64,
}

impl Score {
    fn add(&mut self, nll: f64) {
        self.count += 1;
        self.sum += nll;
        self.sum_of_squares += nll * nll;
    }

    fn mean(&self) -> f64 {
        self.sum / self.count.max(1) as f64
    }

    fn perplexity(&self) -> f64 {
        self.mean().exp()
    }

    /// Of the perplexity, to first order: that of the mean, times the perplexity.
    fn standard_error(&self) -> f64 {
        let n = self.count as f64;
        let variance = (self.sum_of_squares / n.max(1.0) - self.mean().powi(2)).max(0.0);
        self.perplexity() * (variance / (n - 1.0).max(1.0)).sqrt()
    }
}

/// Scores the second half of a chunk: the logits after token `i` against token `i + 1`.
fn score_chunk<B: Backend + 'static>(model: &mut Model<B>, chunk: &[u32], score: &mut Score) -> Result<()> {
    let first = chunk.len() / 2;
    let n_vocab = model.config.vocab_size;
    model.reset();
    model.prefill(&chunk[..first], 0)?;
    // The last token is only predicted. In pieces, since the logits of a whole chunk may not fit the memory.
    for start in (first..chunk.len() - 1).step_by(DEFAULT_BATCH) {
        let end = (start + DEFAULT_BATCH).min(chunk.len() - 1);
        let logits = model.forward_all(&chunk[start..end], start)?; // [end - start, n_vocab]
        for (row, position) in logits.chunks_exact(n_vocab).zip(start..end) {
            match nll(row, chunk[position + 1] as usize) {
                Some(nll) => score.add(nll),
                None => return Err(CliError::InvalidLogits { position }),
            }
        }
    }
    Ok(())
}

/// `-ln softmax(logits)[token]`; `None` where the logits are not numbers.
fn nll(logits: &[f32], token: usize) -> Option<f64> {
    let max = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let sum: f64 = logits.iter().map(|&logit| (f64::from(logit) - max).exp()).sum();
    let nll = max + sum.ln() - f64::from(*logits.get(token)?);
    nll.is_finite().then_some(nll)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likelihoods_are_those_of_softmax() {
        assert!((nll(&[0.0; 4], 2).unwrap() - 4f64.ln()).abs() < 1e-12);
        assert!((nll(&[1000.0, 0.0], 1).unwrap() - 1000.0).abs() < 1e-9, "no overflow");
        assert_eq!(nll(&[f32::NAN, 0.0], 1), None);
        assert_eq!(nll(&[f32::NEG_INFINITY, 0.0], 0), None);
    }

    #[test]
    fn a_score_is_the_mean_with_its_error() {
        let mut score = Score::default();
        [1.0, 2.0, 3.0].into_iter().for_each(|nll| score.add(nll));
        assert!((score.perplexity() - 2f64.exp()).abs() < 1e-12);
        assert!((score.standard_error() - 2f64.exp() * (1f64 / 3.0).sqrt()).abs() < 1e-9);
    }
}
