//! What went wrong on a device. Drivers say so at any time and on any thread; an op asks before it is queued, and a read
//! before it believes what it got.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wasm_chord_core::BackendError;

#[cfg(target_arch = "wasm32")]
use super::later::{Later, Thing};
use crate::NAME;

/// What can go wrong, from what matters least to what matters most: a buffer that there was no memory for makes whatever
/// uses it invalid, and on a device that is gone nothing else is of interest.
#[derive(Clone, Debug)]
enum Fault {
    /// What was asked for makes no sense to the device. Of no use any more: what was queued did not run.
    Invalid(String),
    /// There was no memory for something.
    OutOfMemory { what: String, bytes: u64 },
    /// The device is gone.
    Lost(String),
}

impl Fault {
    fn rank(&self) -> u8 {
        match self {
            Self::Invalid(_) => 0,
            Self::OutOfMemory { .. } => 1,
            Self::Lost(_) => 2,
        }
    }
}

/// What went wrong so far, shared with the callbacks that are told.
#[derive(Clone, Debug, Default)]
struct Told {
    any: Arc<AtomicBool>,
    worst: Arc<Mutex<Option<Fault>>>,
}

impl Told {
    /// Takes down an error that no scope caught.
    fn note_error(&self, error: &wgpu::Error) {
        self.note(match error {
            wgpu::Error::OutOfMemory { .. } => Fault::OutOfMemory { what: "something on the GPU".to_owned(), bytes: 0 },
            other => Fault::Invalid(other.to_string()),
        });
    }

    /// Of two that matter alike, the first is kept: it may have caused the other.
    fn note(&self, fault: Fault) {
        let mut worst = self.lock();
        if worst.as_ref().is_none_or(|known| known.rank() < fault.rank()) {
            *worst = Some(fault);
        }
        drop(worst);
        self.any.store(true, Ordering::Release);
    }

    fn lock(&self) -> MutexGuard<'_, Option<Fault>> {
        self.worst.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What went wrong, and what a browser has yet to say.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    told: Told,
    #[cfg(target_arch = "wasm32")]
    later: Later,
}

impl Faults {
    /// Listens to `device`.
    pub fn watch(device: &wgpu::Device) -> Self {
        let faults = Self::default();
        let told = faults.told.clone();
        device.set_device_lost_callback(move |reason, message| {
            let message = if message.is_empty() { format!("{reason:?}") } else { message };
            told.note(Fault::Lost(message));
        });
        let told = faults.told.clone();
        device.on_uncaptured_error(Arc::new(move |error| told.note_error(&error)));
        faults
    }

    /// Fails if anything went wrong so far.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`], or [`BackendError::OutOfMemory`].
    pub fn check(&self) -> Result<(), BackendError> {
        #[cfg(target_arch = "wasm32")]
        self.hear(&mut std::task::Context::from_waker(std::task::Waker::noop()));
        if !self.told.any.load(Ordering::Acquire) {
            return Ok(());
        }
        match &*self.told.lock() {
            None => Ok(()),
            Some(Fault::Lost(reason) | Fault::Invalid(reason)) => {
                Err(BackendError::DeviceLost { backend: NAME, reason: reason.clone() })
            }
            Some(Fault::OutOfMemory { what, bytes }) => {
                Err(BackendError::OutOfMemory { what: what.clone(), bytes: *bytes })
            }
        }
    }
}

#[cfg(target_arch = "wasm32")]
impl Faults {
    /// What the browser will say of the thing that was made last.
    pub fn expect(&self, answer: impl Future<Output = Option<wgpu::Error>> + 'static, of: Thing) {
        self.later.expect(answer, of);
    }

    /// Kernels that are compiled, and kernels asked for. Wakes `context` when the browser has more to say.
    pub fn kernels(&self, context: &mut std::task::Context<'_>) -> (u32, u32) {
        self.hear(context);
        self.later.kernels()
    }

    fn hear(&self, context: &mut std::task::Context<'_>) {
        self.later.hear(context, |of, error| {
            self.told.note(match (of, error) {
                (Thing::Buffer { what, bytes }, wgpu::Error::OutOfMemory { .. }) => Fault::OutOfMemory { what, bytes },
                (Thing::Buffer { what, .. }, other) => Fault::Invalid(format!("{what}: {other}")),
                (Thing::Kernel(name), other) => Fault::Invalid(format!("kernel {name}: {other}")),
            });
        });
    }
}
