//! Reading back. It differs between a browser and a native program: a read is queued, everything is submitted, and the
//! mapping of its buffer is asked for: that is [`PendingRead`], a future. Natively [`PendingRead::wait`] polls the device
//! until it is there; in a browser, where nothing may block, the future is awaited.

use std::future::Future;
#[cfg(target_arch = "wasm32")]
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use wasm_chord_core::BackendError;

use crate::NAME;
use crate::device::Faults;
use crate::memory::Memory;

/// What the mapping's callback leaves.
#[derive(Debug, Default)]
struct Mapping {
    done: Option<Result<(), wgpu::BufferAsyncError>>,
    waker: Option<Waker>,
}

/// Numbers on their way to the host.
#[derive(Debug)]
pub struct PendingRead {
    mapping: Arc<Mutex<Mapping>>,
    memory: Memory,
    len: usize,
    faults: Faults,
}

impl PendingRead {
    /// Asks for the first `len` f32 of `memory`, to which a submission copies them.
    pub(crate) fn new(memory: Memory, len: usize, faults: Faults) -> Self {
        let mapping = Arc::new(Mutex::new(Mapping::default()));
        let told = Arc::clone(&mapping);
        memory.buffer.map_async(wgpu::MapMode::Read, ..4 * len as u64, move |result| {
            let mut mapping = told.lock().unwrap_or_else(PoisonError::into_inner);
            mapping.done = Some(result);
            if let Some(waker) = mapping.waker.take() {
                waker.wake();
            }
        });
        Self { mapping, memory, len, faults }
    }

    /// Blocks until the numbers are there, and copies them to `out`.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`], [`BackendError::OutOfMemory`].
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn wait(&self, device: &wgpu::Device, out: &mut [f32]) -> Result<(), BackendError> {
        let polled = device.poll(wgpu::PollType::wait_indefinitely());
        self.faults.check()?;
        polled.map_err(|error| lost(&error.to_string()))?;
        match self.state(None) {
            Poll::Ready(result) => result.and_then(|()| self.copy_to(out)),
            Poll::Pending => Err(lost("it finished its work without handing it over")),
        }
    }

    /// Resolves when the numbers are there.
    ///
    /// # Errors
    /// [`BackendError::DeviceLost`], [`BackendError::OutOfMemory`].
    #[cfg(target_arch = "wasm32")]
    pub(crate) async fn arrive(&self, out: &mut [f32]) -> Result<(), BackendError> {
        poll_fn(|context| self.state(Some(context.waker()))).await?;
        self.copy_to(out)
    }

    /// The memory, free again.
    pub(crate) fn into_memory(self) -> Memory {
        self.memory
    }

    fn state(&self, waker: Option<&Waker>) -> Poll<Result<(), BackendError>> {
        let mut mapping = self.mapping.lock().unwrap_or_else(PoisonError::into_inner);
        match &mapping.done {
            None => {
                mapping.waker = waker.cloned();
                Poll::Pending
            }
            Some(done) => {
                let done = done.as_ref().map_err(|error| lost(&error.to_string()));
                // What the device said itself tells more than that a mapping failed.
                Poll::Ready(self.faults.check().and(done.copied()))
            }
        }
    }

    fn copy_to(&self, out: &mut [f32]) -> Result<(), BackendError> {
        let range =
            self.memory.buffer.get_mapped_range(..4 * self.len as u64).map_err(|error| lost(&error.to_string()))?;
        for (out, bytes) in out.iter_mut().zip(range.as_chunks::<4>().0) {
            *out = f32::from_le_bytes(*bytes);
        }
        drop(range);
        self.memory.buffer.unmap();
        Ok(())
    }
}

impl Future for PendingRead {
    type Output = Result<Vec<f32>, BackendError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.state(Some(context.waker())).map(|result| {
            result?;
            let mut out = vec![0.0; self.len];
            self.copy_to(&mut out)?;
            Ok(out)
        })
    }
}

/// What a device says that gives nothing back.
pub(crate) fn lost(reason: &str) -> BackendError {
    BackendError::DeviceLost { backend: NAME, reason: reason.to_owned() }
}
