//! A vocabulary's merges, by the two tokens that merge: looked up for every pair of neighbours in every text.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use super::merge::Join;

/// Which pairs merge, when, and into what.
#[derive(Clone, Debug)]
pub(super) struct Merges {
    table: HashTable<(u64, Join)>, // both halves in one number
    seed: u64,
}

impl Merges {
    pub(super) fn with_capacity(merges: usize) -> Self {
        // Drawn anew for each vocabulary, so that no file can be made whose merges all collide.
        let seed = RandomState::new().hash_one(merges) | 1;
        Self { table: HashTable::with_capacity(merges), seed }
    }

    /// Adds a merge. Of several of the same pair the first counts.
    pub(super) fn insert_first(&mut self, pair: (u32, u32), join: Join) {
        let (key, seed) = (key(pair), self.seed);
        if self.get(pair).is_none() {
            self.table.insert_unique(hash(key, seed), (key, join), |(key, _)| hash(*key, seed));
        }
    }

    pub(super) fn get(&self, pair: (u32, u32)) -> Option<Join> {
        let key = key(pair);
        self.table.find(hash(key, self.seed), |(other, _)| *other == key).map(|(_, join)| *join)
    }
}

fn key((left, right): (u32, u32)) -> u64 {
    u64::from(left) << 32 | u64::from(right)
}

/// The two halves of a long product, folded: a few times as fast as SipHash.
fn hash(key: u64, seed: u64) -> u64 {
    let product = u128::from(key ^ seed) * u128::from(seed.rotate_left(32) | 1);
    let product = (product as u64 ^ (product >> 64) as u64) as u128 * 0x9E37_79B9_7F4A_7C15;
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_pair_counts() {
        let mut merges = Merges::with_capacity(0);
        for n in 0..1000 {
            merges.insert_first((n, n / 3), Join { priority: n, id: n + 1 });
            merges.insert_first((n, n / 3), Join { priority: 0, id: 0 });
        }
        assert!((0..1000).all(|n| merges.get((n, n / 3)) == Some(Join { priority: n, id: n + 1 })));
        assert_eq!((merges.get((1, 1)), merges.get((0, 1000))), (None, None));
    }
}
