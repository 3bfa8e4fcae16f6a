//! Tokens for which a GPU picks candidates are those that all logits give, and no more than the candidates is read.

#![allow(clippy::unwrap_used)] // A broken fixture may stop the test where it is.

use wasm_chord_core::gguf::{Array, Value};
use wasm_chord_goldens::{fixtures, load, rewrite};
use wasm_chord_gpu::{GpuBackend, GpuError, Options, Software};
use wasm_chord_runtime::{GenerateOptions, Prompt, Sampler, SamplingParams, Session, Step};

/// Tokens of an answer.
const TOKENS: usize = 40;

fn open(gguf: &[u8]) -> Option<Session<GpuBackend>> {
    match GpuBackend::new(&Options { software: Software::Only, ..Options::default() }) {
        Err(GpuError::NoAdapter) if std::env::var_os("CHORD_NEEDS_GPU").is_none() => {
            println!("skipped: no software GPU is found (on Debian: apt-get install mesa-vulkan-drivers)");
            None
        }
        gpu => Some(load(gpu.unwrap(), gguf, 128, 1 << 16).unwrap()),
    }
}

/// A session's tokens, and the bytes that were read for each of them.
fn answer(session: &mut Session<GpuBackend>, prompt: &Prompt, sampling: &SamplingParams) -> Vec<(u32, u64)> {
    session.model_mut().reset();
    let options = GenerateOptions { sampling: sampling.clone(), max_tokens: TOKENS, ..GenerateOptions::default() };
    let mut generation = session.start(prompt, &options).unwrap();
    let mut tokens = Vec::new();
    loop {
        let before = session.backend().stats();
        let step = session.step(&mut generation).unwrap();
        let asked = session.backend().stats() - before;
        match step {
            Step::Token { id, .. } => {
                assert_eq!(asked.submissions, asked.reads);
                tokens.push((id, asked.read_bytes));
            }
            Step::Prefill { .. } => {}
            Step::Done { .. } => return tokens,
        }
    }
}

/// The same, all logits read for each.
fn from_all_logits(session: &mut Session<GpuBackend>, prompt: &Prompt, sampling: &SamplingParams) -> Vec<u32> {
    let mut tokens = session.encode(prompt).unwrap();
    let prompt_tokens = tokens.len();
    let mut sampler = Sampler::new(sampling.clone()).unwrap();
    let mut fed = 0;
    while tokens.len() < prompt_tokens + TOKENS {
        let logits = session.model_mut().forward(&tokens[fed..], fed).unwrap();
        fed = tokens.len();
        let token = sampler.sample(&logits, &tokens).unwrap();
        if session.tokenizer().is_eog(token) {
            break;
        }
        tokens.push(token);
    }
    tokens.split_off(prompt_tokens)
}

/// Compares the two, and fails if more than `most_bytes` were read for a token.
fn compare(session: &mut Session<GpuBackend>, text: &str, sampling: &SamplingParams, most_bytes: u64) {
    let prompt = Prompt::Text(text.to_owned());
    let got = answer(session, &prompt, sampling);
    let want = from_all_logits(session, &prompt, sampling);
    let (tokens, bytes): (Vec<u32>, Vec<u64>) = got.into_iter().unzip();
    assert_eq!(tokens, want, "{sampling:?}");
    let most = bytes.iter().max().copied().unwrap_or(0);
    println!("{} tokens, at most {most} bytes read for one: {sampling:?}", tokens.len());
    assert!(!tokens.is_empty() && most <= most_bytes, "{most} bytes: {sampling:?}");
}

#[test]
fn a_session_on_the_gpu_answers_as_from_all_logits() {
    let Some(fixtures) = fixtures() else { return };
    let gguf = std::fs::read(fixtures.join("models/stories260K/stories260K-Q8_0.gguf")).unwrap();
    let Some(mut session) = open(&gguf) else { return };
    let (greedy, chat) = (SamplingParams::greedy(), SamplingParams { seed: 7, ..SamplingParams::default() });
    let penalty = |params: &SamplingParams| SamplingParams { repetition_penalty: 1.3, ..params.clone() };
    let warm = SamplingParams { temperature: 1.0, seed: 8, ..greedy.clone() };
    let all = 4 * 512;
    for (sampling, most_bytes) in [
        (greedy.clone(), 12),
        (penalty(&greedy), 12 + 4 * 64),
        (chat.clone(), 4 * 81),
        (penalty(&chat), 4 * (81 + 64)),
        (SamplingParams { min_p: 0.02, ..warm.clone() }, 4 * 513),
        // Where these do not tell, all logits are read as well.
        (SamplingParams { top_p: 0.95, ..warm.clone() }, 4 * 513 + all),
        (warm, all),
    ] {
        compare(&mut session, "Once upon a time", &sampling, most_bytes);
    }
}

#[test]
fn tokens_that_are_not_to_be_written_are_no_candidates() {
    let Some(fixtures) = fixtures() else { return };
    let file = std::fs::read(fixtures.join("arch/gemma4-f32.gguf")).unwrap();
    let Some(mut plain) = open(&file) else { return };
    let greedy = SamplingParams::greedy();
    let likeliest = from_all_logits(&mut plain, &Prompt::Text("a".to_owned()), &greedy);
    let ids = Value::Array(Array::I32(likeliest.iter().map(|token| i32::try_from(*token).unwrap()).collect()));
    let changed = rewrite::writer(&file).unwrap().set("tokenizer.ggml.suppress_tokens", ids);
    let Some(mut session) = open(&changed.to_bytes()) else { return };
    let penalised = SamplingParams { repetition_penalty: 0.5, ..greedy.clone() };
    for sampling in [greedy, penalised, SamplingParams::default()] {
        let tokens = answer(&mut session, &Prompt::Text("a".to_owned()), &sampling);
        assert!(tokens.iter().all(|(token, _)| !likeliest.contains(token)), "{sampling:?}");
        compare(&mut session, "a", &sampling, 4 * (81 + 2 * 64));
    }
}
