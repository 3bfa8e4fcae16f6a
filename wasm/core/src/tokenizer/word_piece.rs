//! WordPiece, as BERT uses it: text is cleaned, cut into words and punctuation, and each word into the longest tokens
//! that there are, from the left.
//!
//! The vocabulary is as GGUF has it: a token that begins a word has a `▁` in front, one that continues it has none. What
//! is cleaned is what Hugging Face's `BertNormalizer` cleans, as the models saw it in training. llama.cpp differs from it
//! where it takes a character apart into its first part alone (Hangul), drops marks that take up space (Devanagari), and
//! in knowing no longest word.

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory as Category, GeneralCategoryGroup as Group, UnicodeGeneralCategory};

use super::chars::{Lookup, PUNCTUATION};
use super::spm::SPACE;
use super::vocab::Vocab;

/// Characters of the longest word that is looked at: a longer one is unknown as a whole.
const WORD_CHARS: usize = 100;

/// What is done to text before it is cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Normalizer {
    pub(super) lowercase: bool,
    pub(super) strip_accents: bool,
}

/// Appends the tokens of `text`.
pub(super) fn encode(vocab: &Vocab, normalizer: Normalizer, text: &str, out: &mut Vec<u32>) {
    let lookup = Lookup::new();
    let mut word = Word { vocab, text: String::from(SPACE), chars: 0, out };
    let cleaned = text.chars().filter(|c| !is_dropped(*c));
    let mut take = |c: char| {
        if c.is_whitespace() {
            word.end();
        } else if c.is_ascii_punctuation() || lookup.class(c) == PUNCTUATION || is_ideograph(c) {
            word.end();
            word.push(c);
            word.end();
        } else {
            word.push(c);
        }
    };
    let mut take_cased = |c: char| {
        if normalizer.lowercase {
            c.to_lowercase().for_each(&mut take);
        } else {
            take(c);
        }
    };
    if normalizer.strip_accents {
        let is_accent = |c: char| !c.is_ascii() && c.general_category() == Category::NonspacingMark;
        let kept = cleaned.nfd().filter(|c| !is_accent(*c));
        kept.for_each(&mut take_cased);
    } else {
        cleaned.for_each(&mut take_cased);
    }
    word.end();
}

/// The word that is being read.
struct Word<'a> {
    vocab: &'a Vocab,
    text: String, // begins with `SPACE`
    chars: usize,
    out: &'a mut Vec<u32>,
}

impl Word<'_> {
    fn push(&mut self, c: char) {
        self.chars += 1;
        if self.chars <= WORD_CHARS {
            self.text.push(c);
        }
    }

    /// Appends the word's tokens and begins another.
    fn end(&mut self) {
        if self.chars == 0 {
            return;
        }
        let start = self.out.len();
        if self.chars > WORD_CHARS || !self.cut() {
            // A word that cannot be expressed to its end is not expressed at all.
            self.out.truncate(start);
            self.out.extend(self.vocab.unk);
        }
        self.chars = 0;
        self.text.truncate(SPACE.len_utf8());
    }

    fn cut(&mut self) -> bool {
        let mut rest = self.text.as_str();
        while !rest.is_empty() {
            let ends = rest.char_indices().rev().map(|(at, c)| at + c.len_utf8());
            let mut longest = ends.filter_map(|end| Some((end, self.vocab.text_id(rest.get(..end)?)?)));
            // `SPACE` alone is a mark, not a character of the word.
            let Some((end, id)) = longest.find(|(end, _)| rest.get(..*end) != Some("▁")) else {
                return false;
            };
            self.out.push(id);
            rest = rest.get(end..).unwrap_or_default();
        }
        true
    }
}

/// Controls, formats, and what is unassigned or private, but for the white space among them.
fn is_dropped(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' => false,
        '\u{FFFD}' => true,
        _ if c.is_ascii() => c.is_ascii_control(), // Most text, and no search in tables.
        _ => c.general_category_group() == Group::Other,
    }
}

/// Chinese characters, each of which is a word. A gap from U+2B820 on, in Hugging Face's list and so in ours.
fn is_ideograph(c: char) -> bool {
    matches!(c,
        '\u{4E00}'..='\u{9FFF}'
        | '\u{3400}'..='\u{4DBF}'
        | '\u{20000}'..='\u{2A6DF}'
        | '\u{2A700}'..='\u{2B73F}'
        | '\u{2B740}'..='\u{2B81F}'
        | '\u{2B920}'..='\u{2CEAF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{2F800}'..='\u{2FA1F}')
}
