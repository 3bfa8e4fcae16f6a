//! Nothing is allocated per token: neither by a model's pass nor by the sampler, whatever its options; an answer's step
//! allocates the text that it hands out, and nothing else. A test binary of its own, since it counts every allocation of
//! the process.

#![allow(clippy::unwrap_used)] // A broken model may stop the test where it is.

mod counting;

use std::hint::black_box;
use std::sync::atomic::Ordering::Relaxed;

use counting::CALLS;
use wasm_chord_core::gguf::Gguf;
use wasm_chord_cpu::CpuBackend;
use wasm_chord_cpu::pool::Pool;
use wasm_chord_goldens::{fixtures, load, tiny};
use wasm_chord_runtime::{GenerateOptions, Prompt, Sampler, SamplingParams, Session, Step, check};

/// How often memory is asked for by `f`.
fn calls(f: impl FnOnce()) -> usize {
    let before = CALLS.load(Relaxed);
    f();
    CALLS.load(Relaxed) - before
}

/// Samplers that take each of the ways there are.
fn samplers() -> Vec<Sampler> {
    let greedy = SamplingParams::greedy();
    let all = SamplingParams { temperature: 1.0, ..greedy.clone() };
    [
        SamplingParams { repetition_penalty: 1.1, ..greedy },
        SamplingParams { repetition_penalty: 1.1, ..SamplingParams::default() },
        SamplingParams { min_p: 0.01, ..all.clone() },
        SamplingParams { top_p: 0.99, ..all.clone() },
        all,
    ]
    .map(|params| Sampler::new(params).unwrap())
    .into()
}

/// Decodes after a prompt, within the positions for which the cache has memory after it.
fn decode(session: &mut Session<CpuBackend>, what: &str) {
    let model = session.model_mut();
    let vocab = model.config.vocab_size;
    let mut logits = vec![0.0; vocab];
    let mut samplers = samplers();
    let tokens: Vec<u32> = (0..80).map(|i| i % vocab as u32).collect();
    model.forward_into(&tokens, 0, &mut logits).unwrap();
    let mut step = |position: usize| {
        model.forward_into(&[(position % vocab) as u32], position, &mut logits).unwrap();
        for sampler in &mut samplers {
            sampler.sample(&logits, &tokens).unwrap();
        }
    };
    step(80); // The first token makes room for those after it.
    let calls = calls(|| (81..120).for_each(&mut step));
    assert_eq!(calls, 0, "{what}: {calls} allocations in 39 tokens");
}

#[test]
fn nothing_is_allocated_per_token() {
    assert_eq!(calls(|| drop(black_box(Box::new(0)))), 1, "this thread's allocations are counted");
    for threads in [1, 2] {
        let backend = CpuBackend::new().with_pool(Pool::started(threads));
        decode(&mut load(backend, &tiny::model(), 256, 1 << 20).unwrap(), &format!("{threads} threads"));
    }

    let mut session = load(CpuBackend::new(), &tiny::model(), 256, 1 << 20).unwrap();
    let options = GenerateOptions { max_tokens: 60, ..GenerateOptions::default() };
    let mut generation = session.start(&Prompt::Text("abc".to_owned()), &options).unwrap();
    let mut step = || matches!(session.step(&mut generation).unwrap(), Step::Token { .. });
    assert!(step());
    let calls = calls(|| assert!((0..58).all(|_| step())));
    assert!(calls <= 58, "{calls} allocations for the text of 58 tokens");

    let Some(fixtures) = fixtures() else { return };
    let mut count = 0;
    for entry in std::fs::read_dir(fixtures.join("arch")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.ends_with("-q8_0.gguf") && !name.ends_with("-f32.gguf") && !name.ends_with("-q4_k_m.gguf") {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        // An architecture that is not there yet is another test's business, and an encoder does not decode.
        if check(&Gguf::parse(&bytes).unwrap()).is_err() {
            continue;
        }
        let Ok(mut session) = load(CpuBackend::new(), &bytes, 128, 1 << 20) else { continue };
        decode(&mut session, &name);
        count += 1;
    }
    assert!(count >= 20, "only {count} models were run");
}
