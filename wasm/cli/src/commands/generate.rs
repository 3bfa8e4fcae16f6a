//! `chord generate`: a model continues a text or answers a message.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::{Duration, Instant};

use serde::Serialize;
use wasm_chord_core::Backend;
use wasm_chord_core::chat::Message;
use wasm_chord_runtime::{GenerateOptions, Prompt, SamplingParams, Session, Step};

use crate::args::{BackendName, CacheName, Generate};
use crate::error::Result;
use crate::{model_file, output};

/// What `--json` prints.
#[derive(Default, Serialize)]
struct Output {
    text: String,
    ids: Vec<u32>,
    prompt_tokens: usize,
    prefill_tok_s: f64,
    decode_tok_s: f64,
}

pub fn run(args: &Generate) -> Result<()> {
    match args.engine.backend {
        BackendName::Reference => run_on(CacheName::reference(args.engine.cache)?, args),
        BackendName::Cpu => run_on(args.engine.cpu()?, args),
        #[cfg(feature = "gpu")]
        BackendName::Gpu | BackendName::SoftwareGpu => run_on(args.engine.backend.gpu(args.engine.cache)?, args),
    }
}

fn run_on<B: Backend + 'static>(backend: B, args: &Generate) -> Result<()> {
    let mut session = model_file::load(&args.model, backend, args.engine.load_options())?;
    session.model_mut().tune()?;
    let generated = generate(&mut session, args)?;
    if args.json {
        return output::json(&generated);
    }
    output::text("\n")?;
    let Output { prompt_tokens, prefill_tok_s, decode_tok_s, .. } = generated;
    let count = generated.ids.len();
    output::log(&format!(
        "{prompt_tokens} prompt tokens at {prefill_tok_s:.1} tok/s, {count} generated at {decode_tok_s:.1} tok/s"
    ));
    Ok(())
}

fn generate<B: Backend + 'static>(session: &mut Session<B>, args: &Generate) -> Result<Output> {
    let prompt = if args.chat {
        Prompt::Chat(vec![Message { role: "user".to_owned(), content: args.prompt.clone() }])
    } else {
        Prompt::Text(args.prompt.clone())
    };
    let options = GenerateOptions {
        max_tokens: args.max_tokens as usize,
        sampling: sampling(args),
        ..GenerateOptions::default()
    };
    let mut generation = session.start(&prompt, &options)?;
    let mut output = Output { prompt_tokens: generation.prompt_tokens(), ..Output::default() };
    let (mut prefill, mut decode, mut decoded) = (Duration::ZERO, Duration::ZERO, 0);
    let mut prompt_read = false;
    loop {
        let start = Instant::now();
        let step = session.step(&mut generation)?;
        let took = start.elapsed();
        // The step that gives the first token reads the end of the prompt too.
        if !prompt_read {
            prefill += took;
        } else if matches!(step, Step::Token { .. }) {
            decode += took;
            decoded += 1;
        }
        match step {
            Step::Prefill { .. } => {}
            Step::Token { text, .. } => {
                prompt_read = true;
                emit(&mut output, args, &text)?;
            }
            Step::Done { text, .. } => {
                emit(&mut output, args, &text)?;
                break;
            }
        }
    }
    output.ids = generation.generated().to_vec();
    output.prefill_tok_s = rate(output.prompt_tokens, prefill);
    output.decode_tok_s = rate(decoded, decode);
    Ok(output)
}

/// Adds `text` to the answer; shows it at once unless everything is to come in one object.
fn emit(output: &mut Output, args: &Generate, text: &str) -> Result<()> {
    if !args.json {
        output::text(text)?;
    }
    output.text += text;
    Ok(())
}

fn sampling(args: &Generate) -> SamplingParams {
    let defaults = if args.greedy { SamplingParams::greedy() } else { SamplingParams::default() };
    SamplingParams {
        temperature: args.temperature.unwrap_or(defaults.temperature),
        top_k: args.top_k.map_or(defaults.top_k, |k| k as usize),
        top_p: args.top_p.unwrap_or(defaults.top_p),
        min_p: args.min_p.unwrap_or(defaults.min_p),
        repetition_penalty: args.repetition_penalty.unwrap_or(defaults.repetition_penalty),
        // The standard library's hash keys are the one source of randomness it has.
        seed: args.seed.unwrap_or_else(|| RandomState::new().hash_one(())),
        ..defaults
    }
}

/// Tokens a second; 0 where nothing was timed, since JSON has no infinity.
fn rate(tokens: usize, took: Duration) -> f64 {
    if took.is_zero() { 0.0 } else { tokens as f64 / took.as_secs_f64() }
}
