//! Cutting text at special tokens before the rest is tokenised.

use std::ops::Range;

use super::vocab::{TokenKind, Vocab};

/// A stretch of text: plain, or one special token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fragment {
    /// These bytes of the text.
    Text(Range<usize>),
    /// One token.
    Token(u32),
}

/// Which special tokens a text may spell.
#[derive(Clone, Copy, Debug)]
pub(super) enum Allow<'a> {
    /// User-defined tokens alone.
    UserDefined,
    /// Control tokens too.
    All,
    /// Control tokens too, unless they touch one of these stretches: sorted, disjoint, someone else's words.
    Outside(&'a [Range<usize>]),
}

/// The special tokens of a vocabulary, by length.
#[derive(Clone, Debug, Default)]
pub(super) struct SpecialTokens {
    /// Longest first: a longer token wins wherever it lies, as in llama.cpp.
    by_len: Vec<SameLength>,
}

#[derive(Clone, Debug)]
struct SameLength {
    len: usize,
    tokens: Vec<Special>, // in the order of their texts
    /// Bytes that one of the texts begins with, and ends with, so that most positions need no search.
    first: Box<[bool; 256]>,
    last: Box<[bool; 256]>,
}

#[derive(Clone, Debug)]
struct Special {
    text: Box<str>,
    id: u32,
    user_defined: bool,
    structural: bool,
    strip: Strip,
}

/// Whether a special token takes the white space beside it along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Strip {
    pub(super) left: bool,
    pub(super) right: bool,
}

impl SpecialTokens {
    pub(super) fn new(vocab: &Vocab, strip: impl Fn(&str) -> Strip) -> Self {
        let mut by_len: Vec<SameLength> = Vec::new();
        for (id, text, kind) in vocab.iter() {
            let user_defined = kind == TokenKind::UserDefined;
            let structural = vocab.is_structural(id);
            let (Some(&first), Some(&last)) = (text.as_bytes().first(), text.as_bytes().last()) else { continue };
            if !user_defined && !structural {
                continue;
            }
            let at = match by_len.binary_search_by(|same| text.len().cmp(&same.len)) {
                Ok(at) => at,
                Err(at) => {
                    let none = || Box::new([false; 256]);
                    let new = SameLength { len: text.len(), tokens: Vec::new(), first: none(), last: none() };
                    by_len.insert(at, new);
                    at
                }
            };
            if let Some(same) = by_len.get_mut(at) {
                same.tokens.push(Special { text: text.into(), id, user_defined, structural, strip: strip(text) });
                same.first[usize::from(first)] = true;
                same.last[usize::from(last)] = true;
            }
        }
        for same in &mut by_len {
            // Of two that are alike the later one counts, as everywhere.
            same.tokens.sort_by(|a, b| a.text.cmp(&b.text).then(b.id.cmp(&a.id)));
            same.tokens.dedup_by(|later, kept| later.text == kept.text);
        }
        Self { by_len }
    }

    /// Cuts `text` at the special tokens it may spell. No fragment is empty.
    pub(super) fn split(&self, text: &str, allow: Allow<'_>) -> Vec<Fragment> {
        let mut fragments = vec![Fragment::Text(0..text.len())];
        for same in self.by_len.iter().filter(|same| same.len <= text.len()) {
            let mut next = Vec::with_capacity(fragments.len());
            for fragment in fragments {
                match fragment {
                    Fragment::Token(_) => next.push(fragment),
                    Fragment::Text(range) => same.split(text, range, allow, &mut next),
                }
            }
            fragments = next;
        }
        fragments.retain(|fragment| !matches!(fragment, Fragment::Text(range) if range.is_empty()));
        fragments
    }
}

impl SameLength {
    fn split(&self, text: &str, range: Range<usize>, allow: Allow<'_>, out: &mut Vec<Fragment>) {
        let bytes = text.as_bytes();
        let (mut start, mut at) = (range.start, range.start);
        while at + self.len <= range.end {
            let special = match (bytes.get(at), bytes.get(at + self.len - 1)) {
                (Some(&first), Some(&last)) if self.first[usize::from(first)] && self.last[usize::from(last)] => {
                    self.find(text, at..at + self.len, allow)
                }
                _ => None,
            };
            let Some(special) = special else {
                at += 1;
                continue;
            };
            let before = text.get(start..at).unwrap_or_default();
            let kept = if special.strip.left { before.trim_end_matches(is_space).len() } else { before.len() };
            out.push(Fragment::Text(start..start + kept));
            out.push(Fragment::Token(special.id));
            at += self.len;
            if special.strip.right {
                let behind = text.get(at..range.end).unwrap_or_default();
                at += behind.len() - behind.trim_start_matches(is_space).len();
            }
            start = at;
        }
        out.push(Fragment::Text(start..range.end));
    }

    fn find(&self, text: &str, range: Range<usize>, allow: Allow<'_>) -> Option<&Special> {
        // `get` is `None` inside a character: no token begins there.
        let text = text.get(range.clone())?;
        let at = self.tokens.binary_search_by(|special| (*special.text).cmp(text)).ok()?;
        let special = self.tokens.get(at)?;
        let allowed = match allow {
            Allow::UserDefined => special.user_defined,
            Allow::All => true,
            Allow::Outside(stretches) => !special.structural || !touches(stretches, &range),
        };
        allowed.then_some(special)
    }
}

/// C's `isspace`.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}

fn touches(stretches: &[Range<usize>], range: &Range<usize>) -> bool {
    let next = stretches.partition_point(|stretch| stretch.end <= range.start);
    stretches.get(next).is_some_and(|stretch| stretch.start < range.end)
}
