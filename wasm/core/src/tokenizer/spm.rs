//! SentencePiece BPE: text is cut into characters, then the adjacent pair whose joint token scores highest is merged,
//! again and again ([`super::merge`]). What no token covers becomes byte tokens.

use super::memory::Memory;
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
        for (i, part) in text.split(' ').enumerate() {
            if i > 0 {
                out.push(SPACE);
            }
            out.push_str(part);
        }
    }
    out
}

/// Appends a token's text with its spaces written as spaces.
pub(super) fn unescape(text: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(text.replace(SPACE, " ").as_bytes());
}

/// No token: a character that is none by itself.
const NO_TOKEN: u32 = u32::MAX;

/// Whether no token reaches from one word into the next, so that words can be encoded one by one.
pub(super) fn keeps_to_words(vocab: &Vocab) -> bool {
    let crosses = |text: &str| words(text).nth(1).is_some();
    !vocab.iter().any(|(id, text, _)| crosses(text) && !vocab.is_structural(id))
}

/// Cuts before every space that does not follow another.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let spaces = rest.len() - rest.trim_start_matches(SPACE).len();
        let end = rest.get(spaces..)?.find(SPACE).map_or(rest.len(), |at| spaces + at);
        let (word, behind) = rest.split_at_checked(end)?;
        rest = behind;
        (!word.is_empty()).then_some(word)
    })
}

/// Appends the tokens of `text`, in which spaces are already written as [`SPACE`]; word by word if the vocabulary keeps to
/// words. A word longer than 4 GiB is cut.
pub(super) fn encode(vocab: &Vocab, by_words: bool, text: &str, out: &mut Vec<u32>) {
    let mut merger = Merger::default();
    if !by_words {
        return encode_word(vocab, text, &mut merger, out);
    }
    let mut memory = Memory::default();
    for word in words(text) {
        memory.append(word, out, |out| encode_word(vocab, word, &mut merger, out));
    }
}

fn encode_word(vocab: &Vocab, word: &str, merger: &mut Merger, out: &mut Vec<u32>) {
    let slice = |start: u32, len: u32| word.get(start as usize..start as usize + len as usize).unwrap_or_default();
    merger.clear(word.len());
    for c in word.chars() {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_begin_with_their_spaces() {
        let cut = |text: &'static str| words(text).collect::<Vec<_>>();
        assert_eq!(cut("▁a▁▁b▁"), ["▁a", "▁▁b", "▁"]);
        assert_eq!(cut("a"), ["a"]);
        assert_eq!(cut("▁▁"), ["▁▁"]);
        assert_eq!(cut("a\n▁b"), ["a\n", "▁b"]);
        assert!(cut("").is_empty());
    }

    #[test]
    fn higher_scores_come_first() {
        let mut scores = [0.0, -0.0, 1.5, -1e30, f32::MAX, -2.5, f32::NEG_INFINITY, f32::INFINITY, 1e-40];
        scores.sort_by_key(|score| descending(*score));
        assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
        assert_eq!(descending(0.0), descending(-0.0));
    }
}
