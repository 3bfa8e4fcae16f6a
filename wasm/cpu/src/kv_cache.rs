//! Keys and values of one layer, laid out for attention and grown a chunk at a time.
//!
//! A chunk holds [`CHUNK`] positions and never moves, so growing copies nothing. Inside it each head's keys and values
//! lie together, in the order attention reads them. Keys lie in panels of eight positions, as the rows of a weight matrix
//! do: scores are then a matrix product. Values lie in columns of eight elements, position after position, padded to whole
//! vectors.

use half::f16;
use wasm_chord_core::backend::KvShape;

use crate::vector::{LANES, Vector};

/// Positions per chunk.
pub const CHUNK: usize = 128;

/// As what keys and values are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CacheType {
    /// 32-bit floats: nothing is rounded.
    #[default]
    F32,
    /// 16-bit floats: half the memory, and half of it to read for each token.
    F16,
}

/// The keys and values of one layer.
#[derive(Debug)]
pub enum KvCache {
    /// As [`CacheType::F32`].
    F32(Cache<f32>),
    /// As [`CacheType::F16`].
    F16(Cache<u16>),
}

impl KvCache {
    /// A cache that holds nothing yet.
    pub fn new(ty: CacheType, shape: KvShape) -> Self {
        match ty {
            CacheType::F32 => Self::F32(Cache::new(shape)),
            CacheType::F16 => Self::F16(Cache::new(shape)),
        }
    }

    /// What it may hold.
    pub fn shape(&self) -> KvShape {
        match self {
            Self::F32(cache) => cache.shape,
            Self::F16(cache) => cache.shape,
        }
    }

    /// Positions from 0 that have been written.
    pub fn written(&self) -> usize {
        match self {
            Self::F32(cache) => cache.written,
            Self::F16(cache) => cache.written,
        }
    }

    /// Stores keys and values, `[n, n_kv_heads × head_dim]`, of positions from `position`, for which it makes room.
    ///
    /// # Errors
    /// The bytes that could not be had.
    pub fn write(&mut self, position: usize, k: &[f32], v: &[f32]) -> Result<(), u64> {
        match self {
            Self::F32(cache) => cache.write(position, k, v),
            Self::F16(cache) => cache.write(position, k, v),
        }
    }
}

/// What keys and values are kept as.
pub trait Element: Copy {
    /// Zero.
    const ZERO: Self;
    /// The nearest.
    fn of(x: f32) -> Self;
    /// Eight of them, divided by [`unit`](Self::unit).
    fn load<V: Vector>(v: V, x: &[Self; LANES]) -> V::F;
    /// A power of two.
    fn unit<V: Vector>() -> f32;
}

impl Element for f32 {
    const ZERO: Self = 0.0;

    fn of(x: f32) -> Self {
        x
    }
    #[inline(always)]
    fn load<V: Vector>(v: V, x: &[Self; LANES]) -> V::F {
        v.load(x)
    }
    #[inline(always)]
    fn unit<V: Vector>() -> f32 {
        1.0
    }
}

impl Element for u16 {
    const ZERO: Self = 0;

    fn of(x: f32) -> Self {
        f16::from_f32(x).to_bits()
    }
    #[inline(always)]
    fn load<V: Vector>(v: V, x: &[Self; LANES]) -> V::F {
        v.load_f16_in_units(x)
    }
    #[inline(always)]
    fn unit<V: Vector>() -> f32 {
        V::F16_UNIT
    }
}

/// Keys and values of the positions written so far.
#[derive(Debug)]
pub struct Cache<E> {
    shape: KvShape,
    chunks: Vec<Chunk<E>>,
    written: usize,
}

#[derive(Debug)]
struct Chunk<E> {
    keys: Vec<[E; LANES]>,   // [n_kv_heads, CHUNK / 8, head_dim], eight positions each
    values: Vec<[E; LANES]>, // [n_kv_heads, ceil(head_dim / 8), CHUNK], eight elements each
}

impl<E: Element> Cache<E> {
    fn new(shape: KvShape) -> Self {
        Self { shape, chunks: Vec::new(), written: 0 }
    }

    /// Columns of one head's values.
    pub fn value_len(&self) -> usize {
        self.shape.head_dim.div_ceil(LANES)
    }

    /// Makes room for `positions`.
    fn grow(&mut self, positions: usize) -> Result<(), u64> {
        let heads = self.shape.n_kv_heads;
        let keys = heads * CHUNK / LANES * self.shape.head_dim;
        let values = heads * CHUNK * self.value_len();
        while self.chunks.len() * CHUNK < positions {
            let chunk = zeroed(keys).zip(zeroed(values));
            let (Some((keys, values)), Ok(())) = (chunk, self.chunks.try_reserve(1)) else {
                return Err(((keys + values) * size_of::<[E; LANES]>()) as u64);
            };
            self.chunks.push(Chunk { keys, values });
        }
        Ok(())
    }

    fn write(&mut self, position: usize, k: &[f32], v: &[f32]) -> Result<(), u64> {
        let width = self.shape.width();
        self.grow(position + k.len() / width)?;
        for (i, (k, v)) in k.chunks_exact(width).zip(v.chunks_exact(width)).enumerate() {
            self.write_one(position + i, k, v);
        }
        Ok(())
    }

    /// Stores one position's, for which there is room.
    fn write_one(&mut self, position: usize, k: &[f32], v: &[f32]) {
        let (head_dim, value_len) = (self.shape.head_dim, self.value_len());
        let chunk = &mut self.chunks[position / CHUNK];
        let at = position % CHUNK;
        for (head, (k, v)) in k.chunks_exact(head_dim).zip(v.chunks_exact(head_dim)).enumerate() {
            let keys = &mut chunk.keys[(head * (CHUNK / LANES) + at / LANES) * head_dim..][..head_dim];
            for (panel, k) in keys.iter_mut().zip(k) {
                panel[at % LANES] = E::of(*k);
            }
            let values = chunk.values[head * value_len * CHUNK..].chunks_exact_mut(CHUNK);
            for (column, v) in values.zip(v.chunks(LANES)) {
                column[at].iter_mut().zip(v).for_each(|(to, v)| *to = E::of(*v));
            }
        }
        self.written = self.written.max(position + 1);
    }

    /// One head's keys of positions `8 × panel..` and the seven after it, `[head_dim]`.
    #[inline(always)]
    pub fn keys(&self, head: usize, panel: usize) -> &[[E; LANES]] {
        const PANELS: usize = CHUNK / LANES;
        let head_dim = self.shape.head_dim;
        &self.chunks[panel / PANELS].keys[(head * PANELS + panel % PANELS) * head_dim..][..head_dim]
    }

    /// Elements `8 × column..` of one head's values, and the seven after them, for all positions of chunk `chunk`, `[CHUNK]`.
    #[inline(always)]
    pub fn values(&self, head: usize, chunk: usize, column: usize) -> &[[E; LANES]] {
        &self.chunks[chunk].values[(head * self.value_len() + column) * CHUNK..][..CHUNK]
    }
}

fn zeroed<E: Element>(len: usize) -> Option<Vec<[E; LANES]>> {
    let mut vec = Vec::new();
    vec.try_reserve_exact(len).ok()?;
    vec.resize(len, [E::ZERO; LANES]);
    Some(vec)
}
