//! Texts to vectors, one after the other. Between two the event loop takes a turn, as in [`generate`](crate::generate).

use std::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_chord_cpu::pool::Governor;
use wasm_chord_runtime::{Embedder, Embedding};

use crate::backend::WebBackend;
use crate::engine::{Loaded, Runnable};
use crate::errors::EngineError;
use crate::job::Job;
use crate::platform;
use crate::turn::EventLoop;
use crate::types::EmbedResult;

/// Embeds `texts` with the loaded model; `on_progress` is called with how many are done.
pub(crate) async fn run(
    model: &RefCell<Option<Loaded>>,
    job: &Job,
    texts: Vec<String>,
    on_progress: Option<&Function>,
) -> Result<EmbedResult, EngineError> {
    let event_loop = EventLoop::new()?;
    let mut result = EmbedResult { embeddings: Vec::with_capacity(texts.len()), truncated: Vec::new() };
    for (i, text) in (0..).zip(&texts) {
        event_loop.turn().await;
        job.check()?;
        // The borrow ends before the next turn: no `await` ever sees the model borrowed.
        let embedding = match model.borrow_mut().as_mut().ok_or(EngineError::NotLoaded)?.model {
            Runnable::Embedder(ref mut embedder, ref mut governor) => embed(embedder, governor, text)?,
            Runnable::Generator(..) => return Err(wasm_chord_runtime::Error::CannotEmbed.into()),
        };
        if embedding.truncated {
            result.truncated.push(i);
        }
        result.embeddings.push(embedding.vector);
        if let Some(on_progress) = on_progress {
            let done = JsValue::from(i + 1);
            on_progress.call1(&JsValue::UNDEFINED, &done).map_err(EngineError::Callback)?;
        }
    }
    Ok(result)
}

/// Embeds one text with as many threads as turned out to be worth it.
fn embed(embedder: &mut Embedder<WebBackend>, governor: &mut Governor, text: &str) -> Result<Embedding, EngineError> {
    let pool = embedder.backend().inner().pool();
    let there = pool.threads();
    pool.set_active(governor.threads().min(there));
    let started = platform::now();
    let embedding = embedder.embed(text, true)?;
    // Texts differ in length, and what is compared is to be about the same work.
    governor.observe((platform::now() - started) / embedding.tokens.max(1) as f64, there);
    Ok(embedding)
}
