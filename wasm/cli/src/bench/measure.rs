//! The measurements themselves.
//!
//! Rounds are interleaved: each runs every test with every number of threads once, so that what disturbs the machine for a
//! while disturbs all of them.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Instant;

use wasm_chord_core::Backend;
use wasm_chord_core::backend::{DEFAULT_BATCH, Profile, Profiled};
use wasm_chord_cpu::CpuBackend;
use wasm_chord_cpu::pool::Pool;
use wasm_chord_runtime::{LoadOptions, Model, Sampler, SamplingParams, Session};

use super::bandwidth::Memory;
use super::report::{Load, PhaseProfile, Reading, Report, Row};
use crate::args::CacheName;
use crate::error::{CliError, Result};
use crate::{model_file, output};

/// What to measure.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The model's file.
    pub model: PathBuf,
    /// How keys and values are kept.
    pub cache: CacheName,
    /// Lengths of prompts.
    pub prompts: Vec<usize>,
    /// Tokens to generate at each depth; 0 for none.
    pub generate: usize,
    /// Positions that are filled before tokens are generated.
    pub depths: Vec<usize>,
    /// Numbers of threads.
    pub threads: Vec<usize>,
    /// How often.
    pub rounds: usize,
    /// Whether to profile a round of each test as well.
    pub profile: bool,
}

/// One thing that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// A prompt of this many tokens is read, and the logits of its last token worked out.
    Prefill(usize),
    /// This many tokens are generated, one by one, after this many.
    Decode { tokens: usize, depth: usize },
}

impl Test {
    /// Its name, its tokens, and how many come before them.
    pub fn parts(self) -> (&'static str, usize, usize) {
        match self {
            Self::Prefill(tokens) => ("prefill", tokens, 0),
            Self::Decode { tokens, depth } => ("decode", tokens, depth),
        }
    }
}

type Cpu = Profiled<CpuBackend, fn() -> f64>;

/// Milliseconds since the first call.
pub(super) fn now() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_secs_f64() * 1e3
}

/// Loads the model and measures it.
pub fn measure(plan: &Plan) -> Result<Report> {
    let (mut session, load) = load(plan)?;
    let arch = session.backend_mut().inner().arch();
    let mut report = Report::new(session.info(), arch, load);
    let mut runner = Runner::new(session.model_mut())?;
    runner.warm_up()?;

    let tests = plan.tests();
    let each = plan.threads.iter().flat_map(|threads| tests.iter().map(move |test| (*threads, *test, Vec::new())));
    let mut measured: Vec<(usize, Test, Vec<f64>)> = each.collect();
    let memory = Memory::new();
    let mut readings: Vec<(usize, Vec<f64>)> = plan.threads.iter().map(|threads| (*threads, Vec::new())).collect();
    for round in 0..plan.rounds {
        for (threads, samples) in &mut readings {
            runner.set_threads(*threads);
            let start = now();
            memory.read(runner.model.backend_mut().inner().pool());
            samples.push(memory.bytes() as f64 / (now() - start) / 1e6);
        }
        for (threads, test, samples) in &mut measured {
            runner.set_threads(*threads);
            let ms = runner.time(*test, |_| ())?;
            samples.push(test.parts().1 as f64 * 1e3 / ms);
        }
        output::log(&format!("round {} of {} is done", round + 1, plan.rounds));
    }
    report.memory = readings.into_iter().map(|(threads, samples)| Reading::new(threads, samples)).collect();
    let bytes_per_token = runner.profiled(Test::Decode { tokens: 1, depth: 0 })?.0.multiplied_bytes();
    for (threads, test, samples) in measured {
        report.rows.push(Row::new(threads, test, samples, bytes_per_token));
        if plan.profile {
            runner.set_threads(threads);
            let (profile, ms) = runner.profiled(test)?;
            report.profile.push(PhaseProfile::new(threads, test, &profile, ms, runner.sampling_ms));
        }
    }
    Ok(report)
}

impl Plan {
    pub(super) fn tests(&self) -> Vec<Test> {
        let prefill = self.prompts.iter().filter(|tokens| **tokens > 0).map(|tokens| Test::Prefill(*tokens));
        let depths = self.depths.iter().filter(|_| self.generate > 0);
        let decode = depths.map(|depth| Test::Decode { tokens: self.generate, depth: *depth });
        prefill.chain(decode).collect()
    }

    /// Positions that the tests need.
    pub(super) fn context(&self) -> usize {
        let needed = |test: Test| {
            let (_, tokens, depth) = test.parts();
            tokens.saturating_add(depth)
        };
        self.tests().into_iter().map(needed).max().unwrap_or(0).max(WARM_UP)
    }
}

fn load(plan: &Plan) -> Result<(Session<Cpu>, Load)> {
    let threads = plan.threads.iter().copied().max().unwrap_or(1);
    let cpu = CpuBackend::new().with_cache(plan.cache.cpu()?).with_pool(Pool::started(threads));
    let mut backend = Profiled::new(cpu, now as fn() -> f64);
    let started = backend.inner().pool().threads();
    if started < threads {
        return Err(CliError::TooFewThreads { asked: threads, started });
    }
    backend.start();
    let start = now();
    let mut session = model_file::load(&plan.model, backend, LoadOptions { context: Some(plan.context()) })?;
    let load_ms = now() - start;
    let taking_in = session.backend_mut().stop();
    Ok((session, Load { load_ms, repack_ms: taking_in.total_ms() }))
}

/// Tokens of the round before the first: as many as fill a pass.
const WARM_UP: usize = DEFAULT_BATCH;

/// A model that is being measured.
pub(super) struct Runner<'a, B: Backend> {
    pub(super) model: &'a mut Model<B>,
    logits: Vec<f32>, // [vocab_size]
    sampler: Sampler,
    sampling_ms: f64, // of the last test that was profiled
}

impl<'a, B: Backend + 'static> Runner<'a, B> {
    pub(super) fn new(model: &'a mut Model<B>) -> Result<Self> {
        let logits = vec![0.0; model.config.vocab_size];
        Ok(Self { model, logits, sampler: Sampler::new(SamplingParams::default())?, sampling_ms: 0.0 })
    }

    pub(super) fn warm_up(&mut self) -> Result<()> {
        self.time(Test::Prefill(WARM_UP), |_| ())?;
        self.time(Test::Decode { tokens: 2, depth: 0 }, |_| ())?;
        Ok(())
    }

    /// Runs a test once; `begin` is called when the clock starts. The milliseconds it took.
    pub(super) fn time(&mut self, test: Test, begin: impl FnOnce(&mut B)) -> Result<f64> {
        self.model.reset();
        self.sampling_ms = 0.0;
        match test {
            Test::Prefill(tokens) => {
                let prompt = self.tokens(tokens);
                begin(self.model.backend_mut());
                let start = now();
                self.model.forward_into(&prompt, 0, &mut self.logits)?;
                Ok(now() - start)
            }
            Test::Decode { tokens, depth } => {
                if depth > 0 {
                    let before = self.tokens(depth);
                    self.model.prefill(&before, 0)?;
                }
                let mut token = 0;
                begin(self.model.backend_mut());
                let start = now();
                for position in depth..depth + tokens {
                    token = self.next(token, position)?;
                }
                Ok(now() - start)
            }
        }
    }

    /// The token after `token`, chosen as a session does.
    fn next(&mut self, token: u32, position: usize) -> Result<u32> {
        let Self { model, logits, sampler, sampling_ms } = self;
        if model.backend().most_candidates() > 0 {
            return Ok(model.choose(&[token], position, sampler, &[], logits)?);
        }
        // The same in two steps, so that the second can be told apart.
        model.forward_into(&[token], position, logits)?;
        let sampling = now();
        let next = sampler.sample(logits, &[])?;
        *sampling_ms += now() - sampling;
        Ok(next)
    }

    /// Any `n` tokens: which ones does not matter to how long they take.
    fn tokens(&self, n: usize) -> Vec<u32> {
        let vocab = u32::try_from(self.model.config.vocab_size).unwrap_or(u32::MAX);
        (0..).take(n).map(|i: u32| i.wrapping_mul(2_654_435_761).checked_rem(vocab).unwrap_or(0)).collect()
    }
}

impl Runner<'_, Cpu> {
    fn set_threads(&mut self, threads: usize) {
        self.model.backend_mut().inner().pool().set_active(threads);
    }

    /// A test's profile, and the milliseconds it took.
    fn profiled(&mut self, test: Test) -> Result<(Profile, f64)> {
        let timed = self.time(test, Profiled::start);
        let profile = self.model.backend_mut().stop();
        Ok((profile, timed?))
    }
}
