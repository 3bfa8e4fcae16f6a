//! Merging neighbours, which SentencePiece and byte-level BPE have in common.
//!
//! ```text
//! symbols = the smallest pieces of the text
//! queue   = every pair of neighbours that may merge, best first, leftmost of equals
//! while pair = pop(queue): if both halves are as they were when it was queued: merge it, queue its two new neighbours
//! ```
//! Symbols are a linked list in an array, so a merge is O(1) and the whole O(n log n). The queue is a sorted list and a heap
//! of what came since: what a merge gives rise to mostly comes later than all that waits, and in order. In a text of ten
//! million equal characters a heap alone would spend its time on cache misses.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Marks the end of the linked list.
const NONE: u32 = u32::MAX;

/// A stretch of the text, `start..start + len` in bytes; an empty one has been merged into its left neighbour.
#[derive(Clone, Copy, Debug)]
pub(super) struct Symbol {
    pub(super) start: u32,
    pub(super) len: u32,
    /// The token it is, for those who know.
    pub(super) id: u32,
    prev: u32,
    next: u32,
}

/// What two neighbours may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Join {
    /// Lower is merged earlier.
    pub(super) priority: u32,
    /// The token they become.
    pub(super) id: u32,
}

/// A pair that may merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Pair {
    // The order of the fields is the order of merging.
    priority: u32,
    left: u32,
    right: u32,
    /// Bytes of the two symbols when the pair was queued: if they have grown since, the pair is stale.
    len: u32,
    id: u32,
}

/// The symbols of one text. Emptied and filled again, it keeps its memory.
#[derive(Debug, Default)]
pub(super) struct Merger {
    symbols: Vec<Symbol>,
    queue: Queue,
}

#[derive(Debug, Default)]
struct Queue {
    sorted: Vec<Reverse<Pair>>, // the best one last
    fresh: BinaryHeap<Reverse<Pair>>,
}

impl Queue {
    fn clear(&mut self) {
        self.sorted.clear();
        self.fresh.clear();
    }

    fn push(&mut self, pair: Pair) {
        self.fresh.push(Reverse(pair));
    }

    fn pop(&mut self) -> Option<Pair> {
        let Some(sorted) = self.sorted.last() else {
            if self.fresh.len() < WORTH_SORTING {
                return self.fresh.pop().map(|pair| pair.0);
            }
            self.sorted = std::mem::take(&mut self.fresh).into_vec();
            // Pushed in order, they lie in the heap in the opposite one, which sorting takes note of.
            self.sorted.sort_unstable();
            return self.sorted.pop().map(|pair| pair.0);
        };
        match self.fresh.peek() {
            Some(fresh) if fresh > sorted => self.fresh.pop(),
            _ => self.sorted.pop(),
        }
        .map(|pair| pair.0)
    }
}

/// Pairs in a heap from which on it is quicker to sort it than to take them one by one.
const WORTH_SORTING: usize = 256;

impl Merger {
    /// Drops all symbols, and makes room for as many.
    pub(super) fn clear(&mut self, symbols: usize) {
        self.symbols.clear();
        self.symbols.reserve(symbols);
        self.queue.clear();
    }

    /// Adds a symbol of `len` bytes at the end. A text longer than 4 GiB is cut.
    pub(super) fn push(&mut self, len: usize, id: u32) {
        let start = self.symbols.last().map_or(0, |last| last.start + last.len);
        let (Ok(len), Ok(index)) = (u32::try_from(len), u32::try_from(self.symbols.len())) else { return };
        if start.checked_add(len).is_none() {
            return;
        }
        if let Some(last) = self.symbols.last_mut() {
            last.next = index;
        }
        let prev = index.checked_sub(1).unwrap_or(NONE);
        self.symbols.push(Symbol { start, len, id, prev, next: NONE });
    }

    /// Merges all that `join` lets merge.
    pub(super) fn merge(&mut self, join: impl Fn(&Symbol, &Symbol) -> Option<Join>) {
        self.queue.fresh.reserve(self.symbols.len());
        for right in 1..self.symbols.len() as u32 {
            self.queue_pair(right - 1, right, &join);
        }
        while let Some(pair) = self.queue.pop() {
            self.merge_pair(&pair, &join);
        }
    }

    /// What the text has become.
    pub(super) fn symbols(&self) -> impl Iterator<Item = &Symbol> {
        self.symbols.iter().filter(|symbol| symbol.len > 0)
    }

    fn get(&self, index: u32) -> Option<&Symbol> {
        self.symbols.get(index as usize)
    }

    /// Queues the pair of two neighbours if they may merge. [`NONE`] on either side is no neighbour.
    fn queue_pair(&mut self, left: u32, right: u32, join: &impl Fn(&Symbol, &Symbol) -> Option<Join>) {
        let (Some(l), Some(r)) = (self.get(left), self.get(right)) else { return };
        if let Some(Join { priority, id }) = join(l, r) {
            let len = l.len + r.len;
            self.queue.push(Pair { priority, left, right, len, id });
        }
    }

    fn merge_pair(&mut self, pair: &Pair, join: &impl Fn(&Symbol, &Symbol) -> Option<Join>) {
        let (Some(left), Some(right)) = (self.get(pair.left), self.get(pair.right)) else { return };
        if left.len == 0 || right.len == 0 || left.len + right.len != pair.len {
            return;
        }
        let (before, after) = (left.prev, right.next);
        if let Some(left) = self.symbols.get_mut(pair.left as usize) {
            left.len = pair.len;
            left.id = pair.id;
            left.next = after;
        }
        if let Some(right) = self.symbols.get_mut(pair.right as usize) {
            right.len = 0;
        }
        if let Some(after) = self.symbols.get_mut(after as usize) {
            after.prev = pair.left;
        }
        self.queue_pair(before, pair.left, join);
        self.queue_pair(pair.left, after, join);
    }
}
