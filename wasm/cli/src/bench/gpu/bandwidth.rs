//! How fast a GPU reads its memory: what decode is measured against there.

use wasm_chord_core::Backend;
use wasm_chord_gpu::{Buffer, GpuBackend};
use wasm_chord_runtime::Error;

use crate::bench::measure::now;

/// f32 to read: 256 MiB, more than any cache holds, or as much as a kernel may see.
const ELEMENTS: usize = 64 << 20;
/// Times that all of it is read in one measurement, so that the wait for its end does not count.
const TIMES: usize = 16;

/// Memory to read.
pub struct Memory {
    all: Buffer,
    folded: Buffer,
}

impl Memory {
    /// Takes it, and reads it once: a driver may zero it only then.
    pub fn new(gpu: &mut GpuBackend) -> Result<Self, Error> {
        let visible = usize::try_from(gpu.capabilities().activation_bytes() / 4).unwrap_or(usize::MAX);
        let elements = ELEMENTS.min(visible);
        let mut memory = Self { all: gpu.buffer(elements)?, folded: gpu.buffer(elements / 64 + 64)? };
        memory.read(gpu, 1)?;
        Ok(memory)
    }

    /// Gigabytes a second.
    pub fn gb_s(&mut self, gpu: &mut GpuBackend) -> Result<f64, Error> {
        let start = now();
        let moved = self.read(gpu, TIMES)?;
        Ok(moved as f64 / (now() - start) / 1e6)
    }

    /// Reads all of it `times` times, and waits for it; the bytes that moved.
    fn read(&mut self, gpu: &mut GpuBackend, times: usize) -> Result<u64, Error> {
        let mut moved = 0;
        for _ in 0..times {
            moved += gpu.read_all(&self.all, &mut self.folded)?;
        }
        gpu.read(&self.folded, &mut [0.0])?;
        Ok(moved)
    }
}
