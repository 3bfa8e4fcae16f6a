//! Keys and values of one layer, laid out for attention and grown a chunk at a time.
//!
//! A chunk holds [`CHUNK`] positions and never moves, so growing copies nothing. Inside it each head's keys and values
//! lie together, in the order attention reads them. Keys lie in panels of eight positions, as the rows of a weight matrix
//! do: scores are then a matrix product. Values lie in columns of eight elements, position after position, padded to whole
//! vectors.

use wasm_chord_core::backend::KvShape;

use crate::panel::F32;
use crate::vector::LANES;

/// Positions per chunk.
pub const CHUNK: usize = 128;

/// Keys and values of the positions written so far.
#[derive(Debug)]
pub struct KvCache {
    shape: KvShape,
    chunks: Vec<Chunk>,
    written: usize,
}

#[derive(Debug)]
struct Chunk {
    keys: Vec<F32>,            // [n_kv_heads, CHUNK / 8, head_dim], eight positions each
    values: Vec<[f32; LANES]>, // [n_kv_heads, ceil(head_dim / 8), CHUNK], eight elements each
}

impl KvCache {
    /// A cache that holds nothing yet.
    pub fn new(shape: KvShape) -> Self {
        Self { shape, chunks: Vec::new(), written: 0 }
    }

    /// What it may hold.
    pub fn shape(&self) -> KvShape {
        self.shape
    }

    /// Positions from 0 that have been written.
    pub fn written(&self) -> usize {
        self.written
    }

    /// Columns of one head's values.
    pub fn value_len(&self) -> usize {
        self.shape.head_dim.div_ceil(LANES)
    }

    /// Makes room for `positions`.
    ///
    /// # Errors
    /// The bytes that could not be had.
    pub fn grow(&mut self, positions: usize) -> Result<(), u64> {
        let heads = self.shape.n_kv_heads;
        let keys = heads * CHUNK / LANES * self.shape.head_dim;
        let values = heads * CHUNK * self.value_len();
        while self.chunks.len() * CHUNK < positions {
            let chunk = zeroed(keys, F32([0.0; LANES])).zip(zeroed(values, [0.0; LANES]));
            let (Some((keys, values)), Ok(())) = (chunk, self.chunks.try_reserve(1)) else {
                return Err((keys + values) as u64 * 32);
            };
            self.chunks.push(Chunk { keys, values });
        }
        Ok(())
    }

    /// Stores one position's keys and values, `[n_kv_heads × head_dim]`. There must be room for it.
    pub fn write(&mut self, position: usize, k: &[f32], v: &[f32]) {
        let (head_dim, value_len) = (self.shape.head_dim, self.value_len());
        let chunk = &mut self.chunks[position / CHUNK];
        let at = position % CHUNK;
        let heads = k.chunks_exact(head_dim).zip(v.chunks_exact(head_dim));
        for (head, (k, v)) in heads.enumerate().take(self.shape.n_kv_heads) {
            let keys = &mut chunk.keys[(head * (CHUNK / LANES) + at / LANES) * head_dim..][..head_dim];
            for (panel, k) in keys.iter_mut().zip(k) {
                panel.0[at % LANES] = *k;
            }
            let values = chunk.values[head * value_len * CHUNK..].chunks_exact_mut(CHUNK);
            for (column, v) in values.zip(v.chunks(LANES)) {
                column[at][..v.len()].copy_from_slice(v);
            }
        }
        self.written = self.written.max(position + 1);
    }

    /// One head's keys of positions `8 × panel..` and the seven after it, `[head_dim]`.
    #[inline(always)]
    pub fn keys(&self, head: usize, panel: usize) -> &[F32] {
        const PANELS: usize = CHUNK / LANES;
        let head_dim = self.shape.head_dim;
        &self.chunks[panel / PANELS].keys[(head * PANELS + panel % PANELS) * head_dim..][..head_dim]
    }

    /// Elements `8 × column..` of one head's values, and the seven after them, for all positions of chunk `chunk`, `[CHUNK]`.
    #[inline(always)]
    pub fn values(&self, head: usize, chunk: usize, column: usize) -> &[[f32; LANES]] {
        &self.chunks[chunk].values[(head * self.value_len() + column) * CHUNK..][..CHUNK]
    }
}

fn zeroed<T: Copy>(len: usize, zero: T) -> Option<Vec<T>> {
    let mut vec = Vec::new();
    vec.try_reserve_exact(len).ok()?;
    vec.resize(len, zero);
    Some(vec)
}
