//! The Unicode classes that pre-tokenizers tell apart, looked up in constant time.

use std::sync::OnceLock;

use unicode_properties::{GeneralCategory as Category, UnicodeGeneralCategory};

/// A set of classes; every character is in one, or in none (controls, unassigned).
pub(super) type Classes = u8;

/// `\p{Lu}` and `\p{Lt}`.
pub(super) const UPPER: Classes = 1;
/// `\p{Ll}`.
pub(super) const LOWER: Classes = 1 << 1;
/// `\p{Lm}` and `\p{Lo}`: letters without case.
pub(super) const UNCASED: Classes = 1 << 2;
/// `\p{M}`: combining marks.
pub(super) const MARK: Classes = 1 << 3;
/// `\p{N}`.
pub(super) const NUMBER: Classes = 1 << 4;
/// `\p{P}`.
pub(super) const PUNCTUATION: Classes = 1 << 5;
/// `\p{S}`.
pub(super) const SYMBOL: Classes = 1 << 6;
/// `\s`: Unicode's White_Space, as Oniguruma and Rust have it.
pub(super) const SPACE: Classes = 1 << 7;

/// `\p{L}`.
pub(super) const LETTER: Classes = UPPER | LOWER | UNCASED;

/// The classes of the first 65,536 characters; the rest are rare enough for a search.
type Table = [Classes; 1 << 16];

/// Looks characters up.
#[derive(Clone, Copy)]
pub(super) struct Lookup(&'static Table);

impl Lookup {
    /// Takes some milliseconds the first time.
    pub(super) fn new() -> Self {
        static TABLE: OnceLock<Box<Table>> = OnceLock::new();
        Self(TABLE.get_or_init(|| {
            let mut table = Box::new([0; 1 << 16]);
            for (code, class) in (0u32..).zip(table.iter_mut()) {
                *class = char::from_u32(code).map_or(0, classify);
            }
            table
        }))
    }

    /// The class of `c`.
    pub(super) fn class(self, c: char) -> Classes {
        self.0.get(c as usize).copied().unwrap_or_else(|| classify(c))
    }
}

/// `\d`.
pub(super) fn is_decimal(c: char) -> bool {
    c.is_ascii_digit() || !c.is_ascii() && c.general_category() == Category::DecimalNumber
}

fn classify(c: char) -> Classes {
    if c.is_whitespace() {
        return SPACE; // Some are controls to Unicode, none is anything else here.
    }
    match c.general_category() {
        Category::UppercaseLetter | Category::TitlecaseLetter => UPPER,
        Category::LowercaseLetter => LOWER,
        Category::ModifierLetter | Category::OtherLetter => UNCASED,
        Category::NonspacingMark | Category::SpacingMark | Category::EnclosingMark => MARK,
        Category::DecimalNumber | Category::LetterNumber | Category::OtherNumber => NUMBER,
        Category::ConnectorPunctuation
        | Category::DashPunctuation
        | Category::OpenPunctuation
        | Category::ClosePunctuation
        | Category::InitialPunctuation
        | Category::FinalPunctuation
        | Category::OtherPunctuation => PUNCTUATION,
        Category::MathSymbol | Category::CurrencySymbol | Category::ModifierSymbol | Category::OtherSymbol => SYMBOL,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_in_their_classes() {
        let lookup = Lookup::new();
        let expected = [
            ('A', UPPER),
            ('ǅ', UPPER),
            ('ß', LOWER),
            ('ª', UNCASED),
            ('中', UNCASED),
            ('\u{301}', MARK),
            ('\u{903}', MARK),
            ('5', NUMBER),
            ('²', NUMBER),
            ('Ⅷ', NUMBER),
            ('_', PUNCTUATION),
            ('。', PUNCTUATION),
            ('$', SYMBOL),
            ('😀', SYMBOL),
            (' ', SPACE),
            ('\u{85}', SPACE),
            ('\u{3000}', SPACE),
            ('\0', 0),
            ('\u{200B}', 0),
            ('\u{378}', 0),
            ('𝐀', UPPER),
            ('𠀀', UNCASED),
        ];
        for (c, class) in expected {
            assert_eq!(lookup.class(c), class, "{c:?}");
        }
    }
}
