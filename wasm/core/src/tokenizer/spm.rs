//! SentencePiece BPE: text is cut into characters, then the adjacent pair whose joint token scores highest is merged,
//! again and again ([`super::merge`]). What no token covers becomes byte tokens.

use super::merge::{Join, Merger};
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

/// No token: a character that is none by itself.
const NO_TOKEN: u32 = u32::MAX;

/// Appends the tokens of `text`, in which spaces are already written as [`SPACE`]. Longer than 4 GiB it is cut.
pub(super) fn encode(vocab: &Vocab, text: &str, out: &mut Vec<u32>) {
    let slice = |start: u32, len: u32| text.get(start as usize..start as usize + len as usize).unwrap_or_default();
    let mut merger = Merger::default();
    for c in text.chars() {
        merger.push(c.len_utf8(), vocab.text_id(c.encode_utf8(&mut [0; 4])).unwrap_or(NO_TOKEN));
    }
    merger.merge(|left, right| {
        let id = vocab.text_id(slice(left.start, left.len + right.len))?;
        Some(Join { priority: descending(vocab.score(id)), id })
    });
    for symbol in merger.symbols() {
        if symbol.id == NO_TOKEN {
            let bytes = slice(symbol.start, symbol.len).bytes();
            out.extend(bytes.filter_map(|byte| vocab.byte_id(byte).or(vocab.unk)));
        } else {
            out.push(symbol.id);
        }
    }
}

/// Numbers that are ordered as the scores are, the other way round.
fn descending(score: f32) -> u32 {
    let bits = (score + 0.0).to_bits(); // -0 becomes 0: the two rank alike.
    // Positive floats are ordered as their bits are, negative ones the other way round (IEEE 754).
    if bits >> 31 == 0 { !bits & (u32::MAX >> 1) } else { bits }
}
