//! What of an attention a workgroup takes at once: as many rows and positions as its memory holds.

use crate::kernel::GROUP;

/// Bytes of a workgroup's memory.
const MEMORY: u32 = 16 << 10;
/// Rows and positions at most.
const MOST_ROWS: u32 = 32;
const MOST_KEYS: u32 = 32;

/// Rows of queries and positions of a cache. A row is a query head of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AttentionTile {
    /// Elements of a head.
    pub head_dim: u32,
    /// Rows, a power of two.
    pub rows: u32,
    /// Positions, a power of two.
    pub keys: u32,
}

impl AttentionTile {
    /// For heads of `head_dim` elements, 512 at most, where there are `rows` rows.
    pub fn of(head_dim: u32, rows: u32) -> Self {
        let quads = head_dim.div_ceil(4).max(1);
        // Queries take half of the memory, or a quarter where a position takes much.
        let room = MEMORY / if quads <= 32 { 2 } else { 4 } / 16 / quads;
        let rows = rows.max(1).next_power_of_two().min(prev_power_of_two(room)).min(MOST_ROWS);
        let mut tile = Self { head_dim, rows, keys: MOST_KEYS };
        while tile.bytes() > MEMORY && tile.keys > 1 {
            tile.keys /= 2;
        }
        tile
    }

    /// Bytes of a workgroup's memory, as `attention.wgsl` takes them.
    fn bytes(self) -> u32 {
        let quads = self.head_dim.div_ceil(4);
        let scores = self.rows.max(GROUP / self.keys) * (self.keys + 1);
        let arrays = [16 * self.rows * quads, 16 * self.keys * (quads | 1), 4 * scores, 4 * self.rows, 8 * self.rows];
        // As WebGPU counts them.
        arrays.iter().map(|bytes| bytes.next_multiple_of(16)).sum()
    }

    /// The constants of `attention.wgsl`.
    pub fn constants(self) -> [(&'static str, u32); 6] {
        let quads = self.head_dim.div_ceil(4);
        [
            ("DIM", self.head_dim),
            ("QUADS", quads),
            ("ROWS", self.rows),
            ("KEYS", self.keys),
            ("SCORE_BANDS", self.rows.min(GROUP / self.keys)),
            ("COLUMNS", quads.min(GROUP)),
        ]
    }
}

fn prev_power_of_two(n: u32) -> u32 {
    1 << n.max(1).ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_fit_a_workgroup() {
        for head_dim in 1..=512 {
            for rows in [1, 2, 3, 7, 9, 16, 40, 4096] {
                let tile = AttentionTile::of(head_dim, rows);
                assert!(tile.bytes() <= MEMORY, "{tile:?}: {} bytes", tile.bytes());
                assert!(tile.keys >= 4 && tile.rows.is_power_of_two() && tile.rows <= rows.next_power_of_two());
            }
        }
        assert_eq!(AttentionTile::of(64, 1000), AttentionTile { head_dim: 64, rows: 32, keys: 16 });
        assert_eq!(AttentionTile::of(64, 3), AttentionTile { head_dim: 64, rows: 4, keys: 32 });
        assert_eq!(AttentionTile::of(512, 1), AttentionTile { head_dim: 512, rows: 1, keys: 4 });
    }
}
