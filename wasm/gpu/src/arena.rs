//! Host data of the ops that are queued, sent to the device in one write when they are submitted.

use std::sync::Arc;

use wasm_chord_core::BackendError;
use wgpu::BufferUsages;

use crate::device::Device;
use crate::memory::{Allocator, Memory};

/// A buffer that is written anew for each submission.
#[derive(Debug)]
pub struct Arena {
    what: &'static str,
    usage: BufferUsages,
    memory: Arc<Memory>,
    pending: Vec<u8>,
}

impl Arena {
    /// Room for `bytes`.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn new(
        device: &Device,
        allocator: &mut Allocator,
        what: &'static str,
        usage: BufferUsages,
        bytes: u64,
    ) -> Result<Self, BackendError> {
        let usage = usage | BufferUsages::COPY_DST;
        Ok(Self { what, usage, memory: Arc::new(allocator.buffer(device, what, bytes, usage)?), pending: Vec::new() })
    }

    /// The buffer that kernels see.
    pub fn memory(&self) -> &Arc<Memory> {
        &self.memory
    }

    /// Whether `bytes` more would be too many for this submission.
    pub fn is_full_for(&self, bytes: usize) -> bool {
        (self.pending.len() as u64).saturating_add(bytes as u64) > self.memory.bytes()
    }

    /// Makes the buffer large enough for `bytes`; only between submissions.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn grow(&mut self, device: &Device, allocator: &mut Allocator, bytes: usize) -> Result<(), BackendError> {
        if bytes as u64 > self.memory.bytes() {
            let bytes = (bytes as u64).saturating_mul(2);
            self.memory = Arc::new(allocator.buffer(device, self.what, bytes, self.usage)?);
        }
        Ok(())
    }

    /// Adds `bytes`, and then as many zeros as make up `stride`; where they begin.
    pub fn push(&mut self, bytes: &[u8], stride: usize) -> u32 {
        let at = self.pending.len();
        self.pending.extend_from_slice(bytes);
        self.pending.resize(self.pending.len().next_multiple_of(stride.max(4)), 0);
        // `is_full_for` has kept it within a buffer's length.
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    /// Where `bytes` lie already, if they are among what was added from `at` on.
    pub fn holds(&self, at: u32, bytes: &[u8]) -> bool {
        self.pending.get(at as usize..).is_some_and(|pending| pending.starts_with(bytes))
    }

    /// Writes what was added, and begins again.
    pub fn upload(&mut self, queue: &wgpu::Queue) {
        if !self.pending.is_empty() {
            queue.write_buffer(&self.memory.buffer, 0, &self.pending);
            self.pending.clear();
        }
    }
}
