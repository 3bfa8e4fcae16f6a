//! Pieces of a text that come again are not encoded again: a few thousand words make up most of any text.

use std::collections::HashMap;
use std::ops::Range;

/// Bytes of the longest piece that is remembered: longer ones hardly come again.
const PIECE_BYTES: usize = 48;

/// Pieces that are remembered while one text is encoded.
const PIECES: usize = 1 << 15;

/// Where in the tokens of a text its pieces' tokens are.
#[derive(Debug, Default)]
pub(super) struct Memory<'a> {
    tokens: HashMap<&'a str, Range<usize>>,
}

impl<'a> Memory<'a> {
    /// Appends the tokens of `piece` to those of the text: the ones it had before, or what `encode` appends.
    pub(super) fn append(&mut self, piece: &'a str, out: &mut Vec<u32>, encode: impl FnOnce(&mut Vec<u32>)) {
        if piece.len() > PIECE_BYTES {
            return encode(out);
        }
        if let Some(tokens) = self.tokens.get(piece) {
            return out.extend_from_within(tokens.clone());
        }
        let start = out.len();
        encode(out);
        if self.tokens.len() < PIECES {
            self.tokens.insert(piece, start..out.len());
        }
    }
}
