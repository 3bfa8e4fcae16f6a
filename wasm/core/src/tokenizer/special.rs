//! Cutting text at special tokens before the rest is tokenised.

use std::collections::HashMap;
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
    tokens: HashMap<Box<str>, Special>,
    /// Bytes that one of the texts begins with, so that most positions need no hash.
    first: Box<[bool; 256]>,
}

#[derive(Clone, Copy, Debug)]
struct Special {
    id: u32,
    user_defined: bool,
    structural: bool,
}

impl SpecialTokens {
    pub(super) fn new(vocab: &Vocab) -> Self {
        let mut by_len: Vec<SameLength> = Vec::new();
        for (id, text, kind) in vocab.iter() {
            let user_defined = kind == TokenKind::UserDefined;
            let structural = vocab.is_structural(id);
            let Some(&first) = text.as_bytes().first() else { continue };
            if !user_defined && !structural {
                continue;
            }
            let at = match by_len.binary_search_by(|same| text.len().cmp(&same.len)) {
                Ok(at) => at,
                Err(at) => {
                    let first = Box::new([false; 256]);
                    by_len.insert(at, SameLength { len: text.len(), tokens: HashMap::new(), first });
                    at
                }
            };
            if let Some(same) = by_len.get_mut(at) {
                same.tokens.insert(text.into(), Special { id, user_defined, structural });
                same.first[usize::from(first)] = true;
            }
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
            let token = match bytes.get(at) {
                Some(&byte) if self.first[usize::from(byte)] => self.find(text, at..at + self.len, allow),
                _ => None,
            };
            let Some(id) = token else {
                at += 1;
                continue;
            };
            out.push(Fragment::Text(start..at));
            out.push(Fragment::Token(id));
            at += self.len;
            start = at;
        }
        out.push(Fragment::Text(start..range.end));
    }

    fn find(&self, text: &str, range: Range<usize>, allow: Allow<'_>) -> Option<u32> {
        // `get` is `None` inside a character: no token begins there.
        let special = self.tokens.get(text.get(range.clone())?)?;
        let allowed = match allow {
            Allow::UserDefined => special.user_defined,
            Allow::All => true,
            Allow::Outside(stretches) => !special.structural || !touches(stretches, &range),
        };
        allowed.then_some(special.id)
    }
}

fn touches(stretches: &[Range<usize>], range: &Range<usize>) -> bool {
    let next = stretches.partition_point(|stretch| stretch.end <= range.start);
    stretches.get(next).is_some_and(|stretch| stretch.start < range.end)
}
