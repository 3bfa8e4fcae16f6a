//! Work that was sent off without a read: knowing when the device is through with it, so that a long prompt is queued no
//! further than one portion ahead. Natively that means to poll, in a browser to await.

#[cfg(target_arch = "wasm32")]
use std::sync::{Arc, Mutex, PoisonError};

use wasm_chord_core::BackendError;

use crate::device::Device;

/// Everything up to one submission.
#[cfg(not(target_arch = "wasm32"))]
#[derive(Debug)]
pub struct Portion {
    submission: wgpu::SubmissionIndex,
}

#[cfg(not(target_arch = "wasm32"))]
impl Portion {
    /// All that was submitted so far, of which `submission` is the last.
    pub fn of(_device: &Device, submission: wgpu::SubmissionIndex) -> Self {
        Self { submission }
    }

    /// Blocks until the device is through with it.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`], [`BackendError::OutOfMemory`].
    #[allow(clippy::unused_async, reason = "in a browser it waits")]
    pub async fn done(self, device: &Device) -> Result<(), BackendError> {
        let wait = wgpu::PollType::Wait { submission_index: Some(self.submission), timeout: None };
        let polled = device.handle.poll(wait);
        device.faults.check()?;
        polled.map(drop).map_err(|error| crate::read::lost(&error.to_string()))
    }
}

/// Everything up to one submission.
#[cfg(target_arch = "wasm32")]
#[derive(Debug)]
pub struct Portion {
    state: Arc<Mutex<State>>,
}

/// What the device's callback leaves.
#[cfg(target_arch = "wasm32")]
#[derive(Debug, Default)]
struct State {
    done: bool,
    waker: Option<std::task::Waker>,
}

#[cfg(target_arch = "wasm32")]
impl Portion {
    /// All that was submitted so far.
    pub fn of(device: &Device, _submission: wgpu::SubmissionIndex) -> Self {
        let state = Arc::<Mutex<State>>::default();
        let told = Arc::clone(&state);
        device.queue.on_submitted_work_done(move || {
            let mut state = told.lock().unwrap_or_else(PoisonError::into_inner);
            state.done = true;
            if let Some(waker) = state.waker.take() {
                waker.wake();
            }
        });
        Self { state }
    }

    /// Resolves when the device is through with it.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`], [`BackendError::OutOfMemory`].
    pub async fn done(self, device: &Device) -> Result<(), BackendError> {
        std::future::poll_fn(|context| {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.done {
                return std::task::Poll::Ready(());
            }
            state.waker = Some(context.waker().clone());
            std::task::Poll::Pending
        })
        .await;
        device.faults.check()
    }
}
