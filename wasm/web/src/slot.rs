//! The place of the loaded model. Who computes with it takes it out for the time, since computing may mean to wait for a GPU,
//! and everything else a page asks of the engine goes on meanwhile; what is known of it stays.

use std::cell::RefCell;

use wasm_chord_runtime::{Embedder, Session};

use crate::backend::{Pace, ThreadCount, WebBackend};
use crate::errors::EngineError;
use crate::types::LoadedModel;

/// What a model can do, and all it needs for that.
pub(crate) enum Runnable {
    /// Writes.
    Generator(Box<Session<WebBackend>>, Pace),
    /// Turns texts into vectors.
    Embedder(Box<Embedder<WebBackend>>, Pace),
}

/// A model, just loaded.
pub(crate) struct Loaded {
    pub(crate) model: Runnable,
    pub(crate) record: LoadedModel,
}

/// Where the loaded model is, if one is loaded. No borrow of it outlives a call.
#[derive(Default)]
pub(crate) struct ModelSlot(RefCell<Option<Place>>);

struct Place {
    record: LoadedModel,
    threads: ThreadCount,
    model: Option<Runnable>, // None while it is lent
}

/// The model, taken out. It goes back when this is dropped, unless it was unloaded meanwhile.
pub(crate) struct Lent<'a> {
    slot: &'a ModelSlot,
    model: Option<Runnable>,
}

impl ModelSlot {
    /// Puts a model there, in the place of the last.
    pub(crate) fn put(&self, Loaded { model, record }: Loaded) {
        let threads = match &model {
            Runnable::Generator(session, _) => ThreadCount::of(session.backend()),
            Runnable::Embedder(embedder, _) => ThreadCount::of(embedder.backend()),
        };
        self.0.replace(Some(Place { record, threads, model: Some(model) }));
    }

    /// Drops the model; one that is lent when it comes back.
    pub(crate) fn clear(&self) {
        self.0.replace(None);
    }

    /// What is known of it. The number of threads is today's: they come when they have started.
    pub(crate) fn record(&self) -> Option<LoadedModel> {
        let place = self.0.borrow();
        place.as_ref().map(|place| LoadedModel { threads: place.threads.now(), ..place.record.clone() })
    }

    /// Takes the model out. One job runs at a time, so that nobody finds it gone.
    ///
    /// # Errors
    /// [`EngineError::NotLoaded`].
    pub(crate) fn lend(&self) -> Result<Lent<'_>, EngineError> {
        let model = self.0.borrow_mut().as_mut().and_then(|place| place.model.take());
        match model {
            Some(model) => Ok(Lent { slot: self, model: Some(model) }),
            None => Err(EngineError::NotLoaded),
        }
    }
}

impl Lent<'_> {
    /// The model that writes.
    ///
    /// # Errors
    /// It does not.
    pub(crate) fn generator(&mut self) -> Result<(&mut Session<WebBackend>, &mut Pace), EngineError> {
        match &mut self.model {
            Some(Runnable::Generator(session, pace)) => Ok((session, pace)),
            Some(Runnable::Embedder(..)) => Err(wasm_chord_runtime::Error::CannotWrite.into()),
            None => Err(EngineError::NotLoaded),
        }
    }

    /// The model that turns texts into vectors.
    ///
    /// # Errors
    /// It does not.
    pub(crate) fn embedder(&mut self) -> Result<(&mut Embedder<WebBackend>, &mut Pace), EngineError> {
        match &mut self.model {
            Some(Runnable::Embedder(embedder, pace)) => Ok((embedder, pace)),
            Some(Runnable::Generator(..)) => Err(wasm_chord_runtime::Error::CannotEmbed.into()),
            None => Err(EngineError::NotLoaded),
        }
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(place) = self.slot.0.borrow_mut().as_mut() {
            place.model = self.model.take();
        }
    }
}
