//! Attention and the keys and values it reads.

use std::sync::Arc;

use wasm_chord_core::backend::{AttentionParams, Result};
use wgpu::BufferUsages;

use super::{area, bytes, check, word};
use crate::backend::{Buffer, GpuBackend};
use crate::kernel::{GROUP, Kernel};
use crate::kv_cache::KvCache;
use crate::pipelines::Binding;
use crate::recorder::{Call, grid};

/// Elements of a head at most; `MOST` of `attention.wgsl`.
const MOST_HEAD_DIM: usize = 512;
/// Workgroups that keep a large GPU busy: fewer heads and queries than that are cut in parts.
const ENOUGH_GROUPS: usize = 512;

impl GpuBackend {
    /// See [`Backend::kv_write`](wasm_chord_core::Backend::kv_write).
    pub(crate) fn remember(&mut self, cache: &mut KvCache, k: &Buffer, v: &Buffer, pos: usize, n: usize) -> Result<()> {
        let (width, capacity) = (cache.shape.width(), cache.shape.capacity);
        let end = pos.saturating_add(n);
        let fits = end <= capacity && k.len().min(v.len()) >= area(n, width);
        check("kv_write", fits, || format!("{n} positions from {pos} do not fit into {capacity}"))?;
        self.reserve(0)?;
        cache.grow(&self.device, &mut self.allocator, &mut self.recorder, end)?;
        let (keys, values) = (Binding::whole(&cache.keys), Binding::whole(&cache.values));
        self.dispatch(&Call {
            kernel: Kernel::KvWrite,
            params: &[word(n * width), word(pos * width)],
            bindings: &[k.binding(), v.binding(), keys, values],
            grid: grid(n * width),
            bytes: 4 * bytes(n * width),
        });
        cache.written = cache.written.max(end);
        Ok(())
    }

    /// See [`Backend::attention`](wasm_chord_core::Backend::attention).
    pub(crate) fn attend(
        &mut self,
        q: &Buffer,
        cache: &KvCache,
        p: &AttentionParams,
        out: &Buffer,
        pos: usize,
        n: usize,
    ) -> Result<()> {
        let (shape, end) = (cache.shape, pos.saturating_add(n));
        let width = area(p.n_heads, p.head_dim);
        let fits = q.len().min(out.len()) >= area(n, width) && end <= cache.written;
        let heads = (p.n_kv_heads, p.head_dim) == (shape.n_kv_heads, shape.head_dim)
            && p.n_heads.is_multiple_of(p.n_kv_heads)
            && p.head_dim <= MOST_HEAD_DIM;
        check("attention", fits && heads && p.window != Some(0), || {
            format!("{n} queries at {pos}: {p:?} over {shape:?}")
        })?;
        if n == 0 || width == 0 {
            return Ok(());
        }
        // What the first query sees, and so what any sees.
        let first = p.window.map_or(0, |window| (pos + 1).saturating_sub(window));
        let (part_len, parts) = cut(end - first, n * p.n_heads);
        let params = [
            word(n),
            word(pos),
            word(p.n_heads),
            word(p.n_heads / p.n_kv_heads),
            word(p.head_dim),
            word(shape.width()),
            word(p.window.unwrap_or(0)),
            u32::from(p.causal),
            word(part_len),
            word(first),
            p.scale.to_bits(),
            p.softcap.unwrap_or(0.0).to_bits(),
        ];
        let scratch =
            if parts > 1 { Some(self.attention_scratch(area(n, p.n_heads) * parts * (p.head_dim + 2))?) } else { None };
        self.reserve(0)?;
        let to = scratch.as_deref().map_or(out.binding(), Binding::whole);
        let quads = p.head_dim.is_multiple_of(4);
        self.dispatch(&Call {
            kernel: Kernel::Attention { quads, parts: parts > 1 },
            params: &params,
            bindings: &[q.binding(), Binding::whole(&cache.keys), Binding::whole(&cache.values), to],
            grid: [word(p.n_heads), word(n), word(parts)],
            bytes: 2 * bytes(area(n, width)) + 2 * bytes((end - first) * shape.width()),
        });
        if let Some(scratch) = scratch {
            self.reserve(0)?;
            self.dispatch(&Call {
                kernel: Kernel::AttentionMerge,
                params: &[p.head_dim, parts, p.n_heads].map(word),
                bindings: &[Binding::whole(&scratch), out.binding()],
                grid: [word(p.n_heads), word(n), 1],
                bytes: 2 * bytes(area(n, p.n_heads) * parts * (p.head_dim + 2)) + bytes(area(n, width)),
            });
        }
        Ok(())
    }

    /// Memory for `len` elements of parts.
    fn attention_scratch(&mut self, len: usize) -> Result<Arc<crate::memory::Memory>> {
        if let Some(memory) = self.parts.as_ref().filter(|memory| memory.bytes() >= bytes(len)) {
            return Ok(Arc::clone(memory));
        }
        let memory = self.allocator.buffer(&self.device, "parts of an attention", bytes(len), BufferUsages::STORAGE)?;
        Ok(Arc::clone(self.parts.insert(Arc::new(memory))))
    }
}

/// How long the parts are that `seen` positions are cut in, for `groups` heads and queries, and how many.
fn cut(seen: usize, groups: usize) -> (usize, usize) {
    let step = GROUP as usize;
    let parts = (ENOUGH_GROUPS / groups.max(1)).clamp(1, seen.div_ceil(step).max(1));
    let len = seen.div_ceil(parts).next_multiple_of(step).max(step);
    (len, seen.div_ceil(len).max(1))
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn parts_cover_what_is_seen() {
        for seen in [1, 63, 64, 65, 1000, 4096, 100_000] {
            for groups in [1, 7, 32, 511, 512, 4096] {
                let (len, parts) = cut(seen, groups);
                assert!(len * parts >= seen && len * (parts - 1) < seen, "{seen}, {groups}: {len} × {parts}");
                assert!(len % 64 == 0 && (parts == 1 || parts * groups <= 512));
            }
        }
    }
}
