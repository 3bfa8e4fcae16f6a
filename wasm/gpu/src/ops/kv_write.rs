//! Keys and values into their cache.

use wasm_chord_core::backend::{AttentionParams, KvShape, Result, RopeAngles, RopePairing};

use super::{area, bytes, check, word};
use crate::backend::{Buffer, GpuBackend};
use crate::kernel::Kernel;
use crate::kv_cache::KvCache;
use crate::pipelines::Binding;
use crate::recorder::{Call, grid};

impl GpuBackend {
    /// See [`Backend::kv_write`](wasm_chord_core::Backend::kv_write).
    pub(crate) fn remember(&mut self, cache: &mut KvCache, k: &Buffer, v: &Buffer, pos: usize, n: usize) -> Result<()> {
        let (width, capacity) = (cache.shape.width(), cache.shape.capacity);
        let end = pos.saturating_add(n);
        let fits = end <= capacity && k.len().min(v.len()) >= area(n, width);
        check("kv_write", fits, || format!("{n} positions from {pos} do not fit into {capacity}"))?;
        self.reserve(0)?;
        cache.grow(&self.device, &mut self.allocator, &mut self.recorder, end)?;
        let KvShape { n_kv_heads, head_dim, .. } = cache.shape;
        let (units, row_len) = (cache.ty.units(head_dim), cache.ty.row_len(head_dim));
        self.dispatch(&Call {
            kernel: Kernel::KvWrite(cache.ty),
            params: &[n, pos, n_kv_heads, head_dim, units, row_len].map(word),
            bindings: &[k.binding(), v.binding(), Binding::whole(&cache.memory)],
            grid: grid(area(n, area(2 * n_kv_heads, units))),
            bytes: 2 * bytes(n * width) + n as u64 * cache.position_bytes(),
        });
        cache.written = cache.written.max(end);
        Ok(())
    }

    /// See [`Backend::rope_kv_write`](wasm_chord_core::Backend::rope_kv_write).
    #[allow(clippy::too_many_arguments, reason = "as the trait has it")]
    pub(crate) fn rotate_and_remember(
        &mut self,
        q: &Buffer,
        [k, v]: [&Buffer; 2],
        angles: &RopeAngles,
        cache: &mut KvCache,
        p: &AttentionParams,
        pos: usize,
        n: usize,
    ) -> Result<()> {
        let (width, capacity, pairs) = (cache.shape.width(), cache.shape.capacity, angles.n_rot() / 2);
        let end = pos.saturating_add(n);
        let heads = (p.n_kv_heads, p.head_dim) == (cache.shape.n_kv_heads, cache.shape.head_dim) && p.n_heads > 0;
        let room = end <= capacity
            && k.len().min(v.len()) >= area(n, width)
            && q.len() >= area(n, area(p.n_heads, p.head_dim));
        let turns = angles.rows() >= n && angles.n_rot() <= p.head_dim;
        check("rope_kv_write", heads && room && turns, || {
            format!("{n} rows at {pos}, {} of each head turning: {p:?} into {:?}", angles.n_rot(), cache.shape)
        })?;
        let (cos_at, sin_at) = self.angles(angles, n)?;
        cache.grow(&self.device, &mut self.allocator, &mut self.recorder, end)?;
        let halves = u32::from(angles.pairing() == RopePairing::Halves);
        let data = self.recorder.data_memory();
        let [n_words, pos, heads, kv_heads, head_dim] = [n, pos, p.n_heads, p.n_kv_heads, p.head_dim].map(word);
        let [units, row_len] = [cache.ty.units(p.head_dim), cache.ty.row_len(p.head_dim)];
        self.dispatch(&Call {
            kernel: Kernel::RopeKvWrite(cache.ty),
            params: &[
                n_words,
                pos,
                heads,
                kv_heads,
                head_dim,
                word(pairs),
                halves,
                cos_at,
                sin_at,
                word(units),
                word(row_len),
            ],
            bindings: &[q.binding(), k.binding(), v.binding(), Binding::whole(&cache.memory), Binding::whole(&data)],
            grid: grid(area(n, area(p.n_heads, pairs) + area(2 * p.n_kv_heads, units))),
            bytes: 2 * bytes(area(n, area(p.n_heads, 2 * pairs)))
                + 2 * bytes(n * width)
                + n as u64 * cache.position_bytes()
                + 2 * bytes(n * pairs),
        });
        cache.written = cache.written.max(end);
        Ok(())
    }
}
