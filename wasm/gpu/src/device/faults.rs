//! What went wrong on a device. Drivers say so at any time and on any thread; an op asks before it is queued, and a read
//! before it believes what it got.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wasm_chord_core::BackendError;

use crate::NAME;

/// The first thing that went wrong.
#[derive(Clone, Debug)]
enum Fault {
    /// The device is gone.
    Lost(String),
    /// There was no memory for something.
    OutOfMemory,
}

/// What went wrong, shared with the callbacks that are told.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    any: Arc<AtomicBool>,
    first: Arc<Mutex<Option<Fault>>>,
}

impl Faults {
    /// Listens to `device`.
    pub fn watch(device: &wgpu::Device) -> Self {
        let faults = Self::default();
        let told = faults.clone();
        device.set_device_lost_callback(move |reason, message| {
            let message = if message.is_empty() { format!("{reason:?}") } else { message };
            told.note(Fault::Lost(message));
        });
        let told = faults.clone();
        device.on_uncaptured_error(Arc::new(move |error| told.note_error(&error)));
        faults
    }

    /// Fails if anything went wrong so far.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`], or [`BackendError::OutOfMemory`].
    pub fn check(&self) -> Result<(), BackendError> {
        if !self.any.load(Ordering::Acquire) {
            return Ok(());
        }
        match &*self.lock() {
            None => Ok(()),
            Some(Fault::Lost(reason)) => Err(BackendError::DeviceLost { backend: NAME, reason: reason.clone() }),
            Some(Fault::OutOfMemory) => Err(BackendError::OutOfMemory { what: "GPU memory".to_owned(), bytes: 0 }),
        }
    }

    /// Takes down an error that no scope caught.
    pub fn note_error(&self, error: &wgpu::Error) {
        self.note(match error {
            wgpu::Error::OutOfMemory { .. } => Fault::OutOfMemory,
            // Of no use any more: what was queued did not run.
            other => Fault::Lost(other.to_string()),
        });
    }

    fn note(&self, fault: Fault) {
        let mut first = self.lock();
        // That it is gone is what matters, whatever came before.
        if first.is_none() || matches!((&*first, &fault), (Some(Fault::OutOfMemory), Fault::Lost(_))) {
            *first = Some(fault);
        }
        drop(first);
        self.any.store(true, Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, Option<Fault>> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
