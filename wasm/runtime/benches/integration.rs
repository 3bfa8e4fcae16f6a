//! Whole steps of an answer: a header parsed, text cut into tokens, a forward pass, a token chosen, on one thread:
//! `cargo bench -p wasm-chord-runtime --bench integration`.

#[path = "../../cpu/benches/common/mod.rs"]
#[allow(dead_code, reason = "no matrices here")]
mod common;
mod models;

use common::{bench, config};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use models::{Random, TEXT, VOCAB};
use wasm_chord_core::gguf::Gguf;
use wasm_chord_core::tokenizer::{EncodeOptions, Tokenizer, TokenizerError};
use wasm_chord_cpu::CpuBackend;
use wasm_chord_runtime::{Error, LoadOptions, Model, ModelLoader, Sampler, SamplingParams, Session};

fn loading(c: &mut Criterion) {
    let mut group = c.benchmark_group("integration");
    bench(&mut group, "gguf_parsing", || Ok(models::minimal()), |bytes| Gguf::parse(bytes).map(drop));
    bench(&mut group, "load_tiny", || Ok(models::tiny()), |bytes| load(bytes).map(drop));
    group.finish();
}

/// The tiny model on the CPU backend.
fn load(bytes: &[u8]) -> Result<Session<CpuBackend>, Error> {
    let mut loader = ModelLoader::new(CpuBackend::new(), LoadOptions::default());
    loader.push(bytes)?;
    loader.finish()
}

/// A forward pass of `n` tokens at position `pos`, their logits included.
fn forwards(c: &mut Criterion) {
    let mut group = c.benchmark_group("integration");
    for (name, pos, n) in
        [("forward_pass_tiny", 0, 1), ("forward_pass_tiny_at_256", 256, 1), ("prefill_tiny_64", 0, 64)]
    {
        let tokens: Vec<u32> = (0..).map(|i| (i * 37 + 11) % VOCAB as u32).take(pos + n).collect();
        let (before, tokens) = tokens.split_at(pos);
        let make = || {
            let mut session = load(&models::tiny())?;
            if pos > 0 {
                session.model_mut().prefill(before, 0)?;
            }
            Ok::<_, Error>((session, vec![0.0; VOCAB]))
        };
        let run = |(session, logits): &mut (Session<CpuBackend>, Vec<f32>)| {
            let model: &mut Model<_> = session.model_mut();
            model.forward_into(tokens, pos, logits)
        };
        bench(&mut group, name, make, run);
    }
    group.finish();
}

/// Choosing one of 32,000 tokens.
fn sampling(c: &mut Criterion) {
    let greedy = SamplingParams::greedy;
    let mut group = c.benchmark_group("integration");
    for (name, params) in [
        ("sampling", SamplingParams { temperature: 0.7, top_k: 40, top_p: 0.9, ..greedy() }),
        ("sampling_greedy", greedy()),
        ("sampling_temperature", SamplingParams { temperature: 0.7, ..greedy() }),
        ("sampling_top_k", SamplingParams { temperature: 0.7, top_k: 40, ..greedy() }),
        ("sampling_top_p", SamplingParams { temperature: 0.7, top_p: 0.9, ..greedy() }),
    ] {
        let make = || {
            let mut random = Random(1);
            // The sum of a few is nearly normal, as logits are; a dozen of them stand out.
            let logits: Vec<f32> = (0..32_000)
                .map(|i| (0..4).map(|_| random.unit()).sum::<f32>() * 4.0 + if i % 2600 == 7 { 12.0 } else { 0.0 })
                .collect();
            Ok::<_, Error>((Sampler::new(params.clone())?, logits))
        };
        bench(&mut group, name, make, |(sampler, logits)| sampler.sample(logits, &[]));
    }
    group.finish();
}

/// A page of text to tokens and back; reports the text's bytes as throughput.
fn tokenizing(c: &mut Criterion) {
    let text = TEXT.repeat(8);
    let mut group = c.benchmark_group("integration");
    group.throughput(Throughput::Bytes(text.len() as u64));
    for (kind, name) in [("llama", "spm"), ("gpt2", "bpe")] {
        let tokenizer = || {
            let gguf = Gguf::parse(&models::tokenizer(kind)).map_err(|error| error.to_string())?;
            Tokenizer::from_gguf(&gguf.metadata).map_err(|error: TokenizerError| error.to_string())
        };
        let encode = |tokenizer: &Tokenizer| tokenizer.encode(&text, EncodeOptions::default());
        bench(&mut group, &format!("tokenizer_encode_{name}"), tokenizer, |tokenizer| Ok(encode(tokenizer)));
        let make = || {
            let tokenizer = tokenizer()?;
            Ok::<_, String>((encode(&tokenizer), tokenizer))
        };
        let decode = |(ids, tokenizer): &mut (Vec<u32>, Tokenizer)| Ok(tokenizer.decode(ids));
        bench(&mut group, &format!("tokenizer_decode_{name}"), make, decode);
    }
    group.finish();
}

criterion_group! { name = benches; config = config(); targets = loading, forwards, sampling, tokenizing }
criterion_main!(benches);
