//! Texts to vectors, one after the other. Between two the event loop takes a turn, as in [`generate`](crate::generate).

use std::cell::RefCell;

use crate::engine::{Loaded, Runnable};
use crate::errors::EngineError;
use crate::job::Job;
use crate::turn::EventLoop;
use crate::types::EmbedResult;

/// Embeds `texts` with the loaded model.
pub(crate) async fn run(
    model: &RefCell<Option<Loaded>>,
    job: &Job,
    texts: Vec<String>,
) -> Result<EmbedResult, EngineError> {
    let event_loop = EventLoop::new()?;
    let mut result = EmbedResult { embeddings: Vec::with_capacity(texts.len()), truncated: Vec::new() };
    for (i, text) in (0..).zip(&texts) {
        event_loop.turn().await;
        job.check()?;
        // The borrow ends before the next turn: no `await` ever sees the model borrowed.
        let embedding = match model.borrow_mut().as_mut().ok_or(EngineError::NotLoaded)?.model {
            Runnable::Embedder(ref mut embedder) => embedder.embed(text, true)?,
            Runnable::Generator(..) => return Err(wasm_chord_runtime::Error::CannotEmbed.into()),
        };
        if embedding.truncated {
            result.truncated.push(i);
        }
        result.embeddings.push(embedding.vector);
    }
    Ok(result)
}
