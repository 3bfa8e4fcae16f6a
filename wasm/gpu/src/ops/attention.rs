//! Attention over a cache.

use std::ops::Range;

use wasm_chord_core::backend::{AttentionParams, Result};

use super::{area, bytes, check, word};
use crate::backend::{Buffer, GpuBackend};
use crate::kernel::{GROUP, Kernel};
use crate::kv_cache::KvCache;
use crate::pipelines::Binding;
use crate::recorder::Call;
use crate::scratch::Use;
use crate::tile::AttentionTile;

/// Elements of a head at most: more does not fit a workgroup's memory.
const MOST_HEAD_DIM: usize = 512;
/// Workgroups that keep a large GPU busy: positions are cut in parts where there are fewer.
const ENOUGH_GROUPS: usize = 256;
/// Operations for which a middling GPU takes as long as for a byte that it moves.
const OPS_OF_A_BYTE: u64 = 8;
/// Operations of a dispatch at most, about: a small part of what a submission may take.
pub(crate) const MOST_ATTENTION_OPS: u64 = OPS_OF_A_BYTE << 30;

impl GpuBackend {
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
        let share = p.n_heads / p.n_kv_heads;
        let rows = n * share;
        let tile = AttentionTile::of(word(p.head_dim), word(rows));
        let tile_rows = tile.rows as usize;
        let tiles = rows.div_ceil(tile_rows);
        // What the first query sees, and so what any sees.
        let first = sight(p, pos, n, 0).start;
        let (part_len, parts) = cut(end - first, tiles * p.n_kv_heads);
        let part_elements = area(n, p.n_heads) * parts * (p.head_dim + 2);
        let scratch = if parts > 1 { Some(self.scratch(Use::Attention, part_elements)?) } else { None };
        let written = if parts > 1 { part_elements } else { area(n, width) };
        let to = scratch.as_deref().map_or(out.binding(), Binding::whole);
        let seen = |tile: usize| {
            let tokens = tile * tile_rows / share..=(rows.min((tile + 1) * tile_rows) - 1) / share;
            (sight(p, pos, n, *tokens.end()).end - sight(p, pos, n, *tokens.start()).start) as u64
        };
        let ops_of_a_position = 4 * (tile_rows * width / share) as u64;
        let mut next = 0;
        while next < tiles {
            let (from, mut positions) = (next, 0);
            while next < tiles && (next == from || (positions + seen(next)) * ops_of_a_position <= self.attention_ops) {
                positions += seen(next);
                next += 1;
            }
            let params = [
                word(n),
                word(pos),
                word(p.n_heads),
                word(p.n_kv_heads),
                word(cache.ty.row_len(p.head_dim)),
                word(p.window.unwrap_or(0)),
                u32::from(p.causal),
                word(part_len),
                word(first),
                word(from),
                p.scale.to_bits(),
                p.softcap.unwrap_or(0.0).to_bits(),
            ];
            let moved = positions * cache.position_bytes()
                + (bytes(area(n, width)) + bytes(written)) * (next - from) as u64 / tiles as u64;
            self.reserve(0)?;
            self.recorder.charge((positions * ops_of_a_position / OPS_OF_A_BYTE).saturating_sub(moved));
            self.dispatch(&Call {
                kernel: Kernel::Attention { cache: cache.ty, tile, parts: parts > 1 },
                params: &params,
                bindings: &[q.binding(), Binding::whole(&cache.memory), to],
                grid: [word(p.n_kv_heads), word(next - from), word(parts)],
                bytes: moved,
            });
        }
        if let Some(scratch) = &scratch {
            self.reserve(0)?;
            self.dispatch(&Call {
                kernel: Kernel::AttentionMerge,
                params: &[p.head_dim, parts, p.n_heads].map(word),
                bindings: &[Binding::whole(scratch), out.binding()],
                grid: [word(p.n_heads), word(n), 1],
                bytes: bytes(part_elements) + bytes(area(n, width)),
            });
        }
        Ok(())
    }
}

/// The positions that the `token`th of `n` queries sees, of which the first is at `pos`.
fn sight(p: &AttentionParams, pos: usize, n: usize, token: usize) -> Range<usize> {
    let next = pos + token + 1;
    p.window.map_or(0, |window| next.saturating_sub(window))..if p.causal { next } else { pos + n }
}

/// How long the parts are that `seen` positions are cut in, where there are `groups` workgroups for each, and how many.
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
            for groups in [1, 7, 32, 255, 256, 4096] {
                let (len, parts) = cut(seen, groups);
                assert!(len * parts >= seen && len * (parts - 1) < seen, "{seen}, {groups}: {len} × {parts}");
                assert!(len % 64 == 0 && (parts == 1 || parts * groups <= 256));
            }
        }
    }
}
