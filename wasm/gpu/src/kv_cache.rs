//! Keys and values of one layer, in a buffer that grows.

use wasm_chord_core::BackendError;
use wasm_chord_core::backend::KvShape;
use wgpu::BufferUsages;

use crate::device::Device;
use crate::memory::{Allocator, Memory};
use crate::recorder::Recorder;

/// Positions there is room for at first.
const FIRST: usize = 256;
/// Quads of two blocks of Q8, whose scales are one cell.
const Q8_UNIT: usize = 16;

/// As what keys and values are kept. Each row (of a position, keys or values, one head) is padded to whole cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CacheType {
    /// 32-bit floats: nothing is rounded.
    F32,
    /// 16-bit floats: 2⁻¹¹ of an element is rounded, or 2⁻¹⁵ of one below 2⁻¹⁴.
    #[default]
    F16,
    /// Signed bytes, and an f16 scale for each 32: an element is off by 1/254 of the greatest of its block at most, and by
    /// what f16 rounds off that.
    Q8,
}

impl CacheType {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::F32, Self::F16, Self::Q8];

    /// Its name in one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Q8 => "q8",
        }
    }

    /// Cells of a row: four elements each, or two scales.
    pub(crate) fn row_len(self, head_dim: usize) -> usize {
        let quads = head_dim.div_ceil(4);
        match self {
            Self::F32 | Self::F16 => quads,
            Self::Q8 => quads + quads.div_ceil(Q8_UNIT),
        }
    }

    /// Units of a row: what one invocation writes.
    pub(crate) fn units(self, head_dim: usize) -> usize {
        let quads = head_dim.div_ceil(4);
        match self {
            Self::F32 | Self::F16 => quads,
            Self::Q8 => quads.div_ceil(Q8_UNIT),
        }
    }

    /// Bytes of a row.
    pub(crate) fn row_bytes(self, head_dim: usize) -> u64 {
        let cell = match self {
            Self::F32 => 16,
            Self::F16 => 8,
            Self::Q8 => 4,
        };
        cell * self.row_len(head_dim) as u64
    }
}

/// Keys and values, `[positions, keys and values, n_kv_heads, head_dim]`.
#[derive(Debug)]
pub struct KvCache {
    /// What it may hold.
    pub shape: KvShape,
    /// As what it is kept.
    pub ty: CacheType,
    /// Positions from 0 that were written.
    pub written: usize,
    pub(crate) memory: Memory,
    room: usize,
}

impl KvCache {
    /// An empty cache.
    ///
    /// # Errors
    /// There is no memory for its first positions.
    pub fn new(
        device: &Device,
        allocator: &mut Allocator,
        shape: KvShape,
        ty: CacheType,
    ) -> Result<Self, BackendError> {
        let room = FIRST.min(shape.capacity);
        let memory = memory(device, allocator, room, position_bytes(shape, ty))?;
        Ok(Self { shape, ty, written: 0, memory, room })
    }

    /// Bytes of a position's keys and values.
    pub(crate) fn position_bytes(&self) -> u64 {
        position_bytes(self.shape, self.ty)
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
        let larger = memory(device, allocator, room, self.position_bytes())?;
        recorder.copy(&self.memory, &larger, self.written as u64 * self.position_bytes());
        (self.memory, self.room) = (larger, room);
        Ok(())
    }
}

fn position_bytes(shape: KvShape, ty: CacheType) -> u64 {
    (2 * shape.n_kv_heads as u64).saturating_mul(ty.row_bytes(shape.head_dim))
}

fn memory(device: &Device, allocator: &mut Allocator, positions: usize, each: u64) -> Result<Memory, BackendError> {
    let bytes = (positions as u64).saturating_mul(each);
    if bytes > device.capabilities.activation_bytes() {
        return Err(BackendError::OutOfMemory { what: "the KV cache".to_owned(), bytes });
    }
    let usage = BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST;
    allocator.buffer(device, "the KV cache", bytes, usage)
}
