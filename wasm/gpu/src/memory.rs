//! Buffers: asked for with an error scope, numbered so that bind groups can be kept, and given back when dropped. Dropping a
//! handle does not do that in a browser, where the buffer would lie about until the garbage is collected: it is destroyed, once
//! nothing that is queued can use it any more.

use std::sync::mpsc::{self, Receiver, SendError, Sender};

use wasm_chord_core::BackendError;
use wgpu::{BufferDescriptor, BufferUsages};

use crate::device::Device;
#[cfg(target_arch = "wasm32")]
use crate::device::Thing;

/// A GPU buffer with a number that no other has had.
#[derive(Debug)]
pub struct Memory {
    /// The buffer.
    pub buffer: wgpu::Buffer,
    id: u64,
    dropped: Sender<Dropped>,
}

/// A buffer that nobody has any more, but for ops that are queued.
#[derive(Debug)]
struct Dropped {
    buffer: wgpu::Buffer,
    id: u64,
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
        // Nobody listens any more when the backend went first, and with it what was queued.
        if let Err(SendError(gone)) = self.dropped.send(Dropped { buffer: self.buffer.clone(), id: self.id }) {
            gone.buffer.destroy();
        }
    }
}

/// Makes buffers, and gives them back.
#[derive(Debug)]
pub struct Allocator {
    next: u64,
    bytes: u64,
    sender: Sender<Dropped>,
    dropped: Receiver<Dropped>,
    doomed: Vec<wgpu::Buffer>,
}

impl Default for Allocator {
    fn default() -> Self {
        let (sender, dropped) = mpsc::channel();
        Self { next: 0, bytes: 0, sender, dropped, doomed: Vec::new() }
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
        let buffer = make(device, what, &descriptor).map_err(|()| refused())?;
        device.faults.check()?;
        self.next += 1;
        self.bytes += size;
        Ok(Memory { buffer, id: self.next, dropped: self.sender.clone() })
    }

    /// Bytes of all buffers that were made and not yet given back.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Tells `forget` the numbers of buffers that were dropped since the last call, which are [given back](Self::give_back)
    /// from then on.
    pub fn take_dropped(&mut self, mut forget: impl FnMut(u64)) {
        for gone in self.dropped.try_iter() {
            forget(gone.id);
            self.doomed.push(gone.buffer);
        }
    }

    /// Gives back what was dropped; only when nothing is queued. What was submitted goes through all the same.
    pub fn give_back(&mut self) {
        for buffer in self.doomed.drain(..) {
            self.bytes -= buffer.size();
            buffer.destroy();
        }
    }
}

impl Drop for Allocator {
    fn drop(&mut self) {
        // The queue goes as well.
        self.take_dropped(|_| ());
        self.give_back();
    }
}

/// The buffer, unless there is no memory for it.
#[cfg(not(target_arch = "wasm32"))]
fn make(device: &Device, _what: &str, descriptor: &BufferDescriptor<'_>) -> Result<wgpu::Buffer, ()> {
    let memory = device.handle.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let buffer = device.handle.create_buffer(descriptor);
    // Natively the answer is there at once.
    match pollster::block_on(memory.pop()) {
        None => Ok(buffer),
        Some(_) => Err(()),
    }
}

/// The buffer. Whether there was memory for it, the browser tells later, and [`Faults`](crate::device::Faults) hears it:
/// nothing may wait for it here.
#[cfg(target_arch = "wasm32")]
fn make(device: &Device, what: &str, descriptor: &BufferDescriptor<'_>) -> Result<wgpu::Buffer, ()> {
    let memory = device.handle.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let buffer = device.handle.create_buffer(descriptor);
    device.faults.expect(memory.pop(), Thing::Buffer { what: what.to_owned(), bytes: descriptor.size });
    Ok(buffer)
}
