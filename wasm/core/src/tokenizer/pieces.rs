//! The texts of a vocabulary, and the way back from a text to its token.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

/// Strings numbered from 0, one after the other in one allocation: a vocabulary has hundreds of thousands.
#[derive(Clone, Debug, Default)]
pub(super) struct Pieces {
    texts: String,
    ends: Vec<u32>, // [len]: where each text ends; it begins where the one before ends
    ids: HashTable<u32>,
    hasher: RandomState,
    longest: usize,
}

impl Pieces {
    pub(super) fn with_capacity(pieces: usize, bytes: usize) -> Self {
        Self {
            texts: String::with_capacity(bytes),
            ends: Vec::with_capacity(pieces),
            ids: HashTable::with_capacity(pieces),
            ..Self::default()
        }
    }

    /// Adds a text. Of two that are alike the later is found, as llama.cpp has it; an empty one never is. The texts of a
    /// GGUF header fit a u32 by far.
    pub(super) fn push(&mut self, text: &str) -> u32 {
        let id = self.ends.len() as u32;
        self.texts.push_str(text);
        self.ends.push(self.texts.len() as u32);
        self.longest = self.longest.max(text.len());
        if !text.is_empty() {
            let hash = self.hasher.hash_one(text);
            let Self { texts, ends, ids, hasher, .. } = self;
            match ids.find_mut(hash, |id| slice(texts, ends, *id) == Some(text)) {
                Some(known) => *known = id,
                None => {
                    ids.insert_unique(hash, id, |id| hasher.hash_one(slice(texts, ends, *id).unwrap_or_default()));
                }
            }
        }
        id
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn text(&self, id: u32) -> Option<&str> {
        slice(&self.texts, &self.ends, id)
    }

    pub(super) fn id(&self, text: &str) -> Option<u32> {
        if text.len() > self.longest {
            return None; // Not even hashed: a symbol that grows would be hashed again at every length.
        }
        let equal = |id: &u32| self.text(*id) == Some(text);
        self.ids.find(self.hasher.hash_one(text), equal).copied()
    }
}

fn slice<'a>(texts: &'a str, ends: &[u32], id: u32) -> Option<&'a str> {
    let end = *ends.get(id as usize)?;
    let start = (id as usize).checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    texts.get(start as usize..end as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_again() {
        let mut pieces = Pieces::with_capacity(2, 4);
        for (id, text) in ["a", "", "bc", "a", "é"].into_iter().enumerate() {
            assert_eq!(pieces.push(text), id as u32);
        }
        assert_eq!(
            (pieces.text(0), pieces.text(1), pieces.text(4), pieces.text(5)),
            (Some("a"), Some(""), Some("é"), None)
        );
        assert_eq!((pieces.id("a"), pieces.id("bc"), pieces.id("é")), (Some(3), Some(2), Some(4)));
        assert_eq!((pieces.id(""), pieces.id("b"), pieces.id("longer than any")), (None, None, None));
        assert_eq!(pieces.len(), 5);
    }
}
