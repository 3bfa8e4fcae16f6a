//! How fast this machine reads memory: what decode is measured against, since it reads every weight once a token.

use std::hint::black_box;

use wasm_chord_cpu::pool::{MOST_PARTS, Pool};

/// Words to read: 256 MiB, more than any cache holds.
const WORDS: usize = 1 << 25;

/// Memory to read.
pub struct Memory(Vec<u64>);

impl Memory {
    pub fn new() -> Self {
        // Written, since pages that never were are all one page of zeros.
        Self((0..WORDS as u64).collect())
    }

    /// Bytes there are.
    pub fn bytes(&self) -> usize {
        size_of_val(self.0.as_slice())
    }

    /// Reads all of it once, with all threads of `pool` that take part.
    pub fn read(&self, pool: &Pool) {
        pool.for_each(self.0.chunks(WORDS / MOST_PARTS), |part| {
            black_box(sum(part));
        });
    }
}

/// Sums in as many vectors as it takes to wait for memory alone.
fn sum(words: &[u64]) -> u64 {
    const LANES: usize = 32;
    let (chunks, rest) = words.as_chunks::<LANES>();
    let lanes = chunks.iter().fold([0u64; LANES], |mut lanes, chunk| {
        lanes.iter_mut().zip(chunk).for_each(|(lane, word)| *lane = lane.wrapping_add(*word));
        lanes
    });
    lanes.iter().chain(rest).fold(0, |sum, word| sum.wrapping_add(*word))
}
