//! Patterns that one family of models has to itself.

use unicode_properties::{GeneralCategory as Category, UnicodeGeneralCategory};

use super::text::Text;
use crate::tokenizer::chars::{Classes, LETTER, MARK, NUMBER};

/// `\s{512}(?!\S)|\s{256}(?!\S)|…|\s{4}(?!\S)|\s{1,2}(?!\S)|\s` (Jais 2).
pub(super) fn spaces_by_powers(text: &Text, at: usize) -> Option<usize> {
    let run = text.space(at)?;
    let exactly = |length: usize| {
        (0..length).try_fold(at, |end, _| (end < run.end).then(|| end + text.char(end).map_or(1, char::len_utf8)))
    };
    // No `\S` behind it: white space, or the end.
    let followed = |end: &usize| *end < run.end || run.end == text.len();
    let length = [512, 256, 128, 64, 32, 16, 8, 4, 2, 1];
    length.into_iter().find_map(|length| exactly(length).filter(followed)).or_else(|| exactly(1))
}

/// `[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+`: words and the single spaces between them (EXAONE MoE).
pub(super) fn phrase(text: &Text, at: usize) -> Option<usize> {
    let (c, class) = text.char_and_class(at)?;
    let lead = !matches!(c, '\r' | '\n') && class & (LETTER | NUMBER) == 0;
    let mut end = letter_with_marks(text, if lead { at + c.len_utf8() } else { at })?;
    loop {
        let next = match text.char(end) {
            Some(' ') => end + 1,
            _ => end,
        };
        match letter_with_marks(text, next) {
            Some(further) => end = further,
            None => return Some(end),
        }
    }
}

fn letter_with_marks(text: &Text, at: usize) -> Option<usize> {
    let (c, class) = text.char_and_class(at)?;
    if class & LETTER == 0 {
        return None;
    }
    let mut end = at + c.len_utf8();
    while let Some((c, MARK)) = text.char_and_class(end) {
        end += c.len_utf8();
    }
    Some(end)
}

/// Decimal numbers in groups of three, counted from the right: 1 234 567. Tried in the middle of a number it finds the
/// group that begins there, as the last one ended where one begins.
pub(super) fn thousands(text: &Text, at: usize) -> Option<usize> {
    group(text, at).map(|(end, _)| end)
}

/// What lies between two matches of `(?=(\d{3})+(?!\d))`, which are where a multiple of three digits follows (SuperBPE).
pub(super) fn between_thousands(text: &Text, at: usize) -> Option<usize> {
    let mut end = at + text.char(at)?.len_utf8();
    while let Some(c) = text.char(end).filter(|_| text.decimal(end).is_none_or(|run| run.digits % 3 != 0)) {
        end += c.len_utf8();
    }
    Some(end)
}

/// `\d{1,3}(?=(?:\d{3})*\b)`: the same, but not if a letter or the like follows the number (Command A).
pub(super) fn thousands_at_word_end(text: &Text, at: usize) -> Option<usize> {
    let (end, behind) = group(text, at)?;
    let word = |(c, class): (char, Classes)| {
        c.is_alphabetic() || class == MARK || c.general_category() == Category::ConnectorPunctuation
    };
    (!text.char_and_class(behind).is_some_and(word)).then_some(end)
}

/// The end of the first group, and of the number.
fn group(text: &Text, at: usize) -> Option<(usize, usize)> {
    let run = text.decimal(at)?;
    let first = match run.digits % 3 {
        0 => 3,
        rest => rest,
    };
    let end = (0..first).fold(at, |end, _| end + text.char(end).map_or(0, char::len_utf8));
    Some((end, run.end))
}

/// `<sentinel:[0-9]+>` (Chameleon).
pub(super) fn sentinel(text: &Text, at: usize) -> Option<usize> {
    let digits = literal(text, at, "<sentinel:")?;
    let mut end = digits;
    while text.char(end).is_some_and(|c| c.is_ascii_digit()) {
        end += 1;
    }
    (end > digits).then(|| literal(text, end, ">"))?
}

/// `IMGIMG[A-I]{1,4}Z` (Chameleon).
pub(super) fn image_token(text: &Text, at: usize) -> Option<usize> {
    let letters = literal(text, at, "IMGIMG")?;
    let mut end = letters;
    while end < letters + 4 && text.char(end).is_some_and(|c| ('A'..='I').contains(&c)) {
        end += 1;
    }
    (end > letters).then(|| literal(text, end, "Z"))?
}

/// `[\t\n]|    |  ` (Chameleon).
pub(super) fn indent(text: &Text, at: usize) -> Option<usize> {
    match text.char(at)? {
        '\t' | '\n' => Some(at + 1),
        _ => literal(text, at, "    ").or_else(|| literal(text, at, "  ")),
    }
}

fn literal(text: &Text, at: usize, expected: &str) -> Option<usize> {
    let mut end = at;
    for c in expected.chars() {
        if text.char(end)? != c {
            return None;
        }
        end += c.len_utf8();
    }
    Some(end)
}

/// `[^\n]+|[\n]+` (Gemma 4).
pub(super) fn line(text: &Text, at: usize) -> Option<usize> {
    let newline = text.char(at)? == '\n';
    let mut end = at;
    while let Some(c) = text.char(end).filter(|c| (*c == '\n') == newline) {
        end += c.len_utf8();
    }
    Some(end)
}
