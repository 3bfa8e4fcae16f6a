//! SentencePiece BPE: text is cut into characters, then the adjacent pair whose joint token scores highest is merged,
//! again and again. What no token covers becomes byte tokens.
//!
//! ```text
//! symbols = characters of the text, ' ' written as '▁'
//! queue   = every adjacent pair that is a token, highest score first, leftmost of equals
//! while pair = pop(queue): if both halves are as they were when it was queued: merge it, queue its two new neighbours
//! ```
//! Symbols are a linked list in an array, so a merge is O(1) and the whole O(n log n).

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::vocab::Vocab;

/// How SentencePiece writes a space.
pub(super) const SPACE: char = '▁';

/// Writes text as the vocabulary does: spaces as [`SPACE`], one more in front with `prefix`.
pub(super) fn escape(text: &str, prefix: bool, remove_extra_whitespaces: bool) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    if prefix {
        out.push(SPACE);
    }
    if remove_extra_whitespaces {
        for (i, word) in text.split(' ').filter(|word| !word.is_empty()).enumerate() {
            if i > 0 {
                out.push(SPACE);
            }
            out.push_str(word);
        }
    } else {
        out.extend(text.chars().map(|c| if c == ' ' { SPACE } else { c }));
    }
    out
}

/// Appends a token's text with its spaces written as spaces.
pub(super) fn unescape(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(text.replace(SPACE, " ").as_bytes());
}

/// Marks the end of the linked list.
const NONE: u32 = u32::MAX;

/// A stretch of the text, `start..start + len`; an empty one has been merged into its left neighbour.
struct Symbol {
    start: u32,
    len: u32,
    prev: u32,
    next: u32,
}

/// A pair that may merge.
struct Pair {
    score: f32,
    left: u32,
    right: u32,
    /// Bytes of the two symbols when the pair was queued: if they have grown since, the pair is stale.
    len: u32,
}

impl Ord for Pair {
    fn cmp(&self, other: &Self) -> Ordering {
        self.score.total_cmp(&other.score).then(other.left.cmp(&self.left))
    }
}

impl PartialOrd for Pair {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Pair {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Pair {}

/// Appends the tokens of `text`, in which spaces are already written as [`SPACE`]. Longer than 4 GiB it is cut.
pub(super) fn encode(vocab: &Vocab, text: &str, out: &mut Vec<u32>) {
    let mut merger = Merger { vocab, text, symbols: symbols(text), queue: BinaryHeap::new() };
    for right in 1..merger.symbols.len() as u32 {
        merger.queue_pair(right - 1, right);
    }
    while let Some(pair) = merger.queue.pop() {
        merger.merge(&pair);
    }
    for symbol in merger.symbols.iter().filter(|s| s.len > 0) {
        let text = merger.slice(symbol.start, symbol.len);
        match vocab.text_id(text) {
            Some(id) => out.push(id),
            None => out.extend(text.bytes().filter_map(|byte| vocab.byte_id(byte).or(vocab.unk))),
        }
    }
}

fn symbols(text: &str) -> Vec<Symbol> {
    let mut symbols: Vec<Symbol> = Vec::with_capacity(text.len());
    for (start, character) in text.char_indices() {
        let (Ok(start), Ok(index)) = (u32::try_from(start), u32::try_from(symbols.len())) else { break };
        let prev = index.checked_sub(1).unwrap_or(NONE);
        symbols.push(Symbol { start, len: character.len_utf8() as u32, prev, next: index + 1 });
    }
    if let Some(last) = symbols.last_mut() {
        last.next = NONE;
    }
    symbols
}

struct Merger<'a> {
    vocab: &'a Vocab,
    text: &'a str,
    symbols: Vec<Symbol>,
    queue: BinaryHeap<Pair>,
}

impl<'a> Merger<'a> {
    fn slice(&self, start: u32, len: u32) -> &'a str {
        self.text.get(start as usize..(start + len) as usize).unwrap_or_default()
    }

    fn symbol(&self, index: u32) -> Option<&Symbol> {
        self.symbols.get(index as usize)
    }

    /// Queues the pair of two neighbours if it is a token. [`NONE`] on either side is no neighbour.
    fn queue_pair(&mut self, left: u32, right: u32) {
        let (Some(l), Some(r)) = (self.symbol(left), self.symbol(right)) else { return };
        let len = l.len + r.len;
        if let Some(id) = self.vocab.text_id(self.slice(l.start, len)) {
            let score = self.vocab.score(id) + 0.0; // -0 becomes 0: the two rank alike.
            self.queue.push(Pair { score, left, right, len });
        }
    }

    fn merge(&mut self, pair: &Pair) {
        let (Some(left), Some(right)) = (self.symbol(pair.left), self.symbol(pair.right)) else { return };
        if left.len == 0 || right.len == 0 || left.len + right.len != pair.len {
            return;
        }
        let (before, after) = (left.prev, right.next);
        if let Some(left) = self.symbols.get_mut(pair.left as usize) {
            left.len = pair.len;
            left.next = after;
        }
        if let Some(right) = self.symbols.get_mut(pair.right as usize) {
            right.len = 0;
        }
        if let Some(after) = self.symbols.get_mut(after as usize) {
            after.prev = pair.left;
        }
        self.queue_pair(before, pair.left);
        self.queue_pair(pair.left, after);
    }
}
