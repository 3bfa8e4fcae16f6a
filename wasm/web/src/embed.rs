//! Texts to vectors, one after the other. Between two the event loop takes a turn, as in [`generate`](crate::generate).

use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_chord_runtime::{Embedder, Embedding};

use crate::backend::{Pace, WebBackend};
use crate::errors::EngineError;
use crate::job::Job;
use crate::platform;
use crate::slot::ModelSlot;
use crate::turn::EventLoop;
use crate::types::EmbedResult;

/// Embeds `texts` with the loaded model; `on_progress` is called with how many are done.
pub(crate) async fn run(
    model: &ModelSlot,
    job: &Job,
    texts: Vec<String>,
    on_progress: Option<&Function>,
) -> Result<EmbedResult, EngineError> {
    let event_loop = EventLoop::new()?;
    let mut result = EmbedResult { embeddings: Vec::with_capacity(texts.len()), truncated: Vec::new() };
    for (i, text) in (0..).zip(&texts) {
        event_loop.turn().await;
        job.check()?;
        // Given back before the next turn, so that whoever unloads it frees its memory.
        let embedding = {
            let mut model = model.lend()?;
            let (embedder, pace) = model.embedder()?;
            embed(embedder, pace, text).await?
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

/// Embeds one text.
async fn embed(embedder: &mut Embedder<WebBackend>, pace: &mut Pace, text: &str) -> Result<Embedding, EngineError> {
    pace.before(embedder.backend(), true);
    let started = platform::now();
    let embedding = embedder.embed_async(text, true).await?;
    // Texts differ in length, and what is compared is to be about the same work.
    pace.after(embedder.backend(), (platform::now() - started) / embedding.tokens.max(1) as f64);
    Ok(embedding)
}
