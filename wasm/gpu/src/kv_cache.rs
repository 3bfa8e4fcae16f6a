//! Keys and values of one layer, in buffers that grow.

use wasm_chord_core::BackendError;
use wasm_chord_core::backend::KvShape;
use wgpu::BufferUsages;

use crate::device::Device;
use crate::memory::{Allocator, Memory};
use crate::recorder::Recorder;

/// Positions there is room for at first.
const FIRST: usize = 256;

/// Keys and values, `[positions, n_kv_heads × head_dim]` each, in f32.
#[derive(Debug)]
pub struct KvCache {
    /// What it may hold.
    pub shape: KvShape,
    /// Keys.
    pub keys: Memory,
    /// Values.
    pub values: Memory,
    /// Positions from 0 that were written.
    pub written: usize,
    room: usize,
}

impl KvCache {
    /// An empty cache.
    ///
    /// # Errors
    /// There is no memory for its first positions.
    pub fn new(device: &Device, allocator: &mut Allocator, shape: KvShape) -> Result<Self, BackendError> {
        let room = FIRST.min(shape.capacity);
        let (keys, values) = buffers(device, allocator, shape, room)?;
        Ok(Self { shape, keys, values, written: 0, room })
    }

    /// Makes room for `positions`, as many as its capacity at most; what was written stays.
    ///
    /// # Errors
    /// There is no memory for them; the cache is as it was.
    pub fn grow(
        &mut self,
        device: &Device,
        allocator: &mut Allocator,
        recorder: &mut Recorder,
        positions: usize,
    ) -> Result<(), BackendError> {
        if positions <= self.room {
            return Ok(());
        }
        let room = positions.max(self.room.saturating_mul(2)).min(self.shape.capacity);
        let (keys, values) = buffers(device, allocator, self.shape, room)?;
        let bytes = 4 * self.written as u64 * self.shape.width() as u64;
        recorder.copy(&self.keys, &keys, bytes);
        recorder.copy(&self.values, &values, bytes);
        (self.keys, self.values, self.room) = (keys, values, room);
        Ok(())
    }
}

fn buffers(
    device: &Device,
    allocator: &mut Allocator,
    shape: KvShape,
    positions: usize,
) -> Result<(Memory, Memory), BackendError> {
    let bytes = (positions as u64).saturating_mul(4 * shape.width() as u64);
    if bytes > device.capabilities.activation_bytes() {
        return Err(BackendError::OutOfMemory { what: "the KV cache".to_owned(), bytes });
    }
    let usage = BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST;
    let mut buffer = || allocator.buffer(device, "the KV cache", bytes, usage);
    Ok((buffer()?, buffer()?))
}
