//! Buffers: asked for with an error scope, numbered so that bind groups can be kept, and forgotten when dropped.

use std::sync::mpsc::{self, Receiver, Sender};

use wasm_chord_core::BackendError;
use wgpu::{BufferDescriptor, BufferUsages};

use crate::device::Device;

/// A GPU buffer with a number that no other has had.
#[derive(Debug)]
pub struct Memory {
    /// The buffer.
    pub buffer: wgpu::Buffer,
    id: u64,
    dropped: Sender<u64>,
}

impl Memory {
    /// Its number.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Its bytes.
    pub fn bytes(&self) -> u64 {
        self.buffer.size()
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        // Nobody listens any more when the backend went first.
        let _ = self.dropped.send(self.id);
    }
}

/// Makes buffers.
#[derive(Debug)]
pub struct Allocator {
    next: u64,
    sender: Sender<u64>,
    dropped: Receiver<u64>,
}

impl Default for Allocator {
    fn default() -> Self {
        let (sender, dropped) = mpsc::channel();
        Self { next: 0, sender, dropped }
    }
}

impl Allocator {
    /// A zeroed buffer of `bytes`, or a few more; `what` is the name that an error gives it.
    ///
    /// # Errors
    /// [`BackendError::OutOfMemory`], [`BackendError::DeviceLost`].
    pub fn buffer(
        &mut self,
        device: &Device,
        what: &str,
        bytes: u64,
        usage: BufferUsages,
    ) -> Result<Memory, BackendError> {
        device.faults.check()?;
        let refused = || BackendError::OutOfMemory { what: what.to_owned(), bytes };
        // No buffer is empty: a binding must not be.
        let size = bytes.max(16).checked_next_multiple_of(16).filter(|size| *size <= device.capabilities.buffer_bytes);
        let size = size.ok_or_else(refused)?;
        let descriptor = BufferDescriptor { label: Some(what), size, usage, mapped_at_creation: false };
        let buffer = scoped(device, || device.handle.create_buffer(&descriptor)).map_err(|()| refused())?;
        device.faults.check()?;
        self.next += 1;
        Ok(Memory { buffer, id: self.next, dropped: self.sender.clone() })
    }

    /// The numbers of buffers that were dropped since the last call.
    pub fn take_dropped(&self) -> impl Iterator<Item = u64> + '_ {
        self.dropped.try_iter()
    }
}

/// What `make` gives, unless there is no memory for it.
#[cfg(not(target_arch = "wasm32"))]
fn scoped<T>(device: &Device, make: impl FnOnce() -> T) -> Result<T, ()> {
    let memory = device.handle.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let made = make();
    // Natively the answer is there at once.
    match pollster::block_on(memory.pop()) {
        None => Ok(made),
        Some(_) => Err(()),
    }
}

/// The browser tells later, and then to [`Faults`](crate::device::Faults): nothing may wait for it here.
#[cfg(target_arch = "wasm32")]
fn scoped<T>(_device: &Device, make: impl FnOnce() -> T) -> Result<T, ()> {
    Ok(make())
}
