//! An answer, step by step. Between two steps the event loop takes a turn, so that `cancel` and everything else a page
//! asks of the engine gets through; the model is in its place then, and out of it only for a step.

use js_sys::Function;
use wasm_chord_core::chat::Message;
use wasm_chord_runtime::{GenerateOptions, Generation, Prompt, SamplingParams, Step, StopReason as RuntimeStop};

use crate::backend::{WebBackend, op_times};
use crate::errors::EngineError;
use crate::events::emit;
use crate::job::Job;
use crate::meter::Meter;
use crate::platform;
use crate::slot::ModelSlot;
use crate::turn::EventLoop;
use crate::types::{GenerateEvent, GenerateProfile, GenerateRequest, GenerateResult, StopReason};

/// Answers `request` with the loaded model.
pub(crate) async fn run(
    model: &ModelSlot,
    job: &Job,
    request: GenerateRequest,
    on_event: &Function,
) -> Result<GenerateResult, EngineError> {
    let mut meter = Meter::start(platform::now());
    let mut profile = request.profile.unwrap_or(false).then(GenerateProfile::default);
    let (prompt, options) = split(request)?;
    let event_loop = EventLoop::new()?;
    let mut generation = model.lend()?.generator()?.0.start(&prompt, &options)?;
    // An answer that failed may have left it on.
    with_backend(model, |backend| if profile.is_some() { backend.start() } else { drop(backend.stop()) })?;

    let before = clamp(generation.generated().len());
    let mut text = String::new();
    let mut writing = false;
    let stop_reason = loop {
        event_loop.turn().await;
        if job.is_cancelled() {
            break StopReason::Cancelled;
        }
        match step(model, &mut generation, writing).await? {
            Step::Prefill { done, total } => {
                emit(on_event, &GenerateEvent::Prefill { done: clamp(done), total: clamp(total) })?;
            }
            Step::Token { id, text: new } => {
                let tokens = meter.token(platform::now());
                if !writing && let Some(profile) = &mut profile {
                    profile.prefill = op_times(&with_backend(model, WebBackend::stop)?);
                    with_backend(model, WebBackend::start)?;
                }
                writing = true;
                text += &new;
                emit(on_event, &GenerateEvent::Token { text: new, tokens: before + tokens, id: Some(id) })?;
            }
            Step::Done { reason, text: rest } => {
                if !rest.is_empty() {
                    text += &rest;
                    let tokens = clamp(generation.generated().len());
                    emit(on_event, &GenerateEvent::Token { text: rest, tokens, id: None })?;
                }
                break reason.into();
            }
        }
    };

    if let Some(profile) = &mut profile {
        let rest = op_times(&with_backend(model, WebBackend::stop)?);
        *(if writing { &mut profile.decode } else { &mut profile.prefill }) = rest;
    }
    let prompt_tokens = clamp(generation.prompt_tokens());
    let cached_tokens = clamp(generation.cached_tokens());
    Ok(GenerateResult {
        text,
        stop_reason,
        prompt_tokens,
        cached_tokens,
        generated_tokens: clamp(generation.generated().len()),
        prefill_tokens_per_second: meter.prefill_rate(prompt_tokens.saturating_sub(cached_tokens)),
        decode_tokens_per_second: meter.decode_rate(),
        first_token_ms: meter.first_token_ms(),
        profile,
    })
}

/// One step. A prompt is read with all threads: its jobs are long, so that one that is late holds up the others less. The
/// time of steps that do nothing but write a token tells how many threads are worth using for the next.
async fn step(model: &ModelSlot, generation: &mut Generation, writing: bool) -> Result<Step, EngineError> {
    let mut model = model.lend()?;
    let (session, pace) = model.generator()?;
    pace.before(session.backend(), writing);
    let started = platform::now();
    let step = session.step_async(generation).await?;
    if writing && matches!(step, Step::Token { .. }) {
        pace.after(session.backend(), platform::now() - started);
    }
    Ok(step)
}

/// Runs `f` on what the loaded model computes with.
fn with_backend<T>(model: &ModelSlot, f: impl FnOnce(&mut WebBackend) -> T) -> Result<T, EngineError> {
    Ok(f(model.lend()?.generator()?.0.backend_mut()))
}

/// What the request asks for, in the runtime's terms; what it leaves open is the runtime's default.
fn split(request: GenerateRequest) -> Result<(Prompt, GenerateOptions), EngineError> {
    let prompt = match (request.prompt, request.messages) {
        (Some(text), None) => Prompt::Text(text),
        (None, Some(messages)) if !messages.is_empty() => Prompt::Chat(
            messages.into_iter().map(|m| Message { role: m.role.name().to_owned(), content: m.content }).collect(),
        ),
        (None, Some(_)) => return Err(EngineError::BadRequest("'messages' is empty".to_owned())),
        (None, None) => return Err(EngineError::BadRequest("give a 'prompt' or 'messages'".to_owned())),
        (Some(_), Some(_)) => {
            return Err(EngineError::BadRequest("give a 'prompt' or 'messages', not both".to_owned()));
        }
    };
    let default = GenerateOptions::default();
    let sampling = SamplingParams {
        temperature: request.temperature.unwrap_or(default.sampling.temperature),
        top_k: request.top_k.map_or(default.sampling.top_k, |k| k as usize),
        top_p: request.top_p.unwrap_or(default.sampling.top_p),
        min_p: request.min_p.unwrap_or(default.sampling.min_p),
        repetition_penalty: request.repetition_penalty.unwrap_or(default.sampling.repetition_penalty),
        repetition_window: default.sampling.repetition_window,
        seed: request.seed.unwrap_or_else(platform::random_seed),
    };
    let options = GenerateOptions {
        max_tokens: request.max_tokens.map_or(default.max_tokens, |n| n as usize),
        sampling,
        stop: request.stop.unwrap_or_default(),
        written: request.written.unwrap_or_default(),
    };
    Ok((prompt, options))
}

impl From<RuntimeStop> for StopReason {
    fn from(reason: RuntimeStop) -> Self {
        match reason {
            RuntimeStop::EndOfText => Self::End,
            RuntimeStop::MaxTokens => Self::Length,
            RuntimeStop::ContextFull => Self::Context,
            RuntimeStop::StopString => Self::Stop,
        }
    }
}

/// Counts are far below 2^32; on wasm they cannot even reach it.
fn clamp(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{ChatMessage, Role};

    // A seed is given throughout: the browser's randomness is not there natively.
    fn request() -> GenerateRequest {
        GenerateRequest { seed: Some(1), ..GenerateRequest::default() }
    }

    #[test]
    fn a_request_has_a_prompt_or_messages() {
        let both = GenerateRequest { prompt: Some(String::new()), messages: Some(Vec::new()), ..request() };
        let empty = GenerateRequest { messages: Some(Vec::new()), ..request() };
        for bad in [request(), both, empty] {
            assert!(matches!(split(bad), Err(EngineError::BadRequest(_))));
        }
    }

    #[test]
    fn what_a_request_leaves_open_is_the_runtimes_default() {
        let (prompt, options) = split(GenerateRequest { prompt: Some("a".to_owned()), ..request() }).unwrap();
        assert_eq!(prompt, Prompt::Text("a".to_owned()));
        assert_eq!(options.max_tokens, GenerateOptions::default().max_tokens);
        assert_eq!(options.sampling, SamplingParams { seed: 1, ..SamplingParams::default() });
    }

    #[test]
    fn what_a_request_says_is_passed_on() {
        let message = ChatMessage { role: Role::User, content: "hello".to_owned() };
        let (prompt, options) = split(GenerateRequest {
            messages: Some(vec![message]),
            max_tokens: Some(3),
            temperature: Some(0.0),
            top_k: Some(5),
            stop: Some(vec!["x".to_owned()]),
            ..request()
        })
        .unwrap();
        assert_eq!(prompt, Prompt::Chat(vec![Message { role: "user".to_owned(), content: "hello".to_owned() }]));
        assert_eq!((options.max_tokens, options.sampling.temperature, options.sampling.top_k), (3, 0.0, 5));
        assert_eq!(options.stop, ["x"]);
    }
}
