//! `chord logits`: given tokens in, logits out. What engines are compared with.

use std::ops::Range;

use serde::Serialize;
use wasm_chord_core::Backend;
use wasm_chord_runtime::{Error, Model, argmax};

use crate::args::{BackendName, CacheName, Logits, Positions};
use crate::error::{CliError, Result};
use crate::{model_file, output};

/// What `--json` prints.
#[derive(Serialize)]
struct Output {
    n_vocab: usize,
    positions: Vec<usize>,
    logits: Vec<Vec<f32>>, // [positions, n_vocab]
    greedy: Vec<u32>,
    decode_logits: Vec<Vec<f32>>, // [greedy, n_vocab]
}

pub fn run(args: &Logits) -> Result<()> {
    match args.engine.backend {
        BackendName::Reference => run_on(CacheName::reference(args.engine.cache)?, args),
        BackendName::Cpu => run_on(args.engine.cpu()?, args),
        #[cfg(feature = "gpu")]
        BackendName::Gpu | BackendName::SoftwareGpu => run_on(args.engine.backend.gpu(args.engine.cache)?, args),
    }
}

fn run_on<B: Backend + 'static>(backend: B, args: &Logits) -> Result<()> {
    let positions = positions(&args.positions, args.tokens.len())?;
    let mut session = model_file::load(&args.model, backend, args.engine.load_options())?;
    let output = compute(session.model_mut(), args, positions)?;
    if args.json { output::json(&output) } else { output::text(&table(&output)) }
}

/// The positions asked for, each checked against `tokens`.
fn positions(asked: &Positions, tokens: usize) -> Result<Vec<usize>> {
    let positions = match asked {
        Positions::All => (0..tokens).collect(),
        Positions::Last => tokens.checked_sub(1).into_iter().collect(),
        Positions::List(list) => list.clone(),
    };
    match positions.iter().find(|position| **position >= tokens) {
        Some(&position) => Err(CliError::PositionOutOfRange { position, tokens }),
        None => Ok(positions),
    }
}

fn compute<B: Backend + 'static>(model: &mut Model<B>, args: &Logits, positions: Vec<usize>) -> Result<Output> {
    let (tokens, steps) = (&args.tokens, args.greedy as usize);
    let needed = tokens.len().saturating_add(steps);
    if needed > model.context() {
        return Err(Error::ContextFull { needed, context: model.context() }.into());
    }
    let n_vocab = model.config.vocab_size;
    let mut rows: Vec<(usize, Vec<f32>)> = Vec::new(); // the positions asked for, in order of the tokens
    let mut last = Vec::new();
    for (i, batch) in tokens.chunks(args.batch as usize).enumerate() {
        let start = i * args.batch as usize;
        let end = start + batch.len();
        let wanted = |range: Range<usize>| positions.iter().any(|position| range.contains(position));
        // Logits cost as much as several layers: none are worked out that nobody asked for.
        let (first, computed) = if wanted(start..end - 1) {
            (start, model.forward_all(batch, start)?) // [batch, n_vocab]
        } else if wanted(start..end) || end == tokens.len() {
            (end - 1, model.forward(batch, start)?) // [n_vocab]
        } else {
            model.prefill(batch, start)?;
            continue;
        };
        for (position, row) in (first..).zip(computed.chunks_exact(n_vocab)) {
            check(position, row)?;
            if wanted(position..position + 1) {
                rows.push((position, row.to_vec()));
            }
            last = row.to_vec();
        }
    }
    let row_at = |position: &usize| rows.iter().find(|(at, _)| at == position).map(|(_, row)| row.clone());
    let logits = positions.iter().filter_map(row_at).collect();
    let (mut greedy, mut decode_logits) = (Vec::new(), Vec::new());
    for step in 0..steps {
        let token = argmax(&last)?;
        let position = tokens.len() + step;
        last = model.forward(&[token], position)?;
        check(position, &last)?;
        greedy.push(token);
        decode_logits.push(last.clone());
    }
    Ok(Output { n_vocab, positions, logits, greedy, decode_logits })
}

/// JSON has no NaN, and whoever compares must not miss one.
fn check(position: usize, logits: &[f32]) -> Result<()> {
    if logits.iter().all(|logit| logit.is_finite()) { Ok(()) } else { Err(CliError::InvalidLogits { position }) }
}

/// For people: the likeliest tokens after each position.
fn table(output: &Output) -> String {
    let mut rows = vec![vec!["position".to_owned(), "likeliest tokens (logit)".to_owned()]];
    let last = output.positions.iter().max().copied().unwrap_or(0);
    let decoded = (last + 1..).zip(&output.decode_logits);
    for (position, logits) in output.positions.iter().copied().zip(&output.logits).chain(decoded) {
        let mut ranked: Vec<(usize, f32)> = logits.iter().copied().enumerate().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        let top: Vec<_> = ranked.iter().take(5).map(|(token, logit)| format!("{token} ({logit:.3})")).collect();
        rows.push(vec![position.to_string(), top.join("  ")]);
    }
    let mut text = output::table(&rows);
    if !output.greedy.is_empty() {
        let ids: Vec<_> = output.greedy.iter().map(u32::to_string).collect();
        text += &format!("greedy: {}\n", ids.join(","));
    }
    text
}
