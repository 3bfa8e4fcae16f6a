//! The text that patterns are matched on.

use std::cell::Cell;

use super::set::Set;
use crate::tokenizer::chars::{Classes, Lookup, SPACE, is_decimal};

/// A piece of text. Positions are bytes from its start; beyond its end there is nothing to see.
pub(super) struct Text<'a> {
    text: &'a str,
    lookup: Lookup,
    /// The last run of white space that was looked at. Several patterns look at the same one, each at every position they
    /// are tried at: without this, some would take quadratic time.
    space: Cell<SpaceRun>,
    /// The same for decimal numbers.
    number: Cell<NumberRun>,
}

/// A run of white space.
#[derive(Clone, Copy, Default)]
pub(super) struct SpaceRun {
    start: usize,
    /// Where it ends.
    pub(super) end: usize,
    /// Where its last character begins.
    pub(super) last: usize,
    /// Where its last `\r` or `\n` ends; not above `start` if it has none.
    pub(super) newline_end: usize,
}

/// What is left of a decimal number.
#[derive(Clone, Copy, Default)]
pub(super) struct NumberRun {
    start: usize,
    /// Where it ends.
    pub(super) end: usize,
    /// Its characters.
    pub(super) digits: usize,
}

impl<'a> Text<'a> {
    pub(super) fn new(text: &'a str, lookup: Lookup) -> Self {
        Self { text, lookup, space: Cell::default(), number: Cell::default() }
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// The character at `at`, which is where one begins.
    pub(super) fn char(&self, at: usize) -> Option<char> {
        match self.text.as_bytes().get(at) {
            Some(&byte) if byte.is_ascii() => Some(char::from(byte)),
            _ => self.text.get(at..)?.chars().next(),
        }
    }

    pub(super) fn char_and_class(&self, at: usize) -> Option<(char, Classes)> {
        let c = self.char(at)?;
        Some((c, self.lookup.class(c)))
    }

    /// Where the character at `at` ends, if it is in the set.
    pub(super) fn one(&self, set: &Set, at: usize) -> Option<usize> {
        let (c, class) = self.char_and_class(at)?;
        set.contains(c, class).then(|| at + c.len_utf8())
    }

    /// Where the characters from `at` on that are in the set end; `max` of them at most.
    pub(super) fn run(&self, set: &Set, mut at: usize, max: usize) -> usize {
        for _ in 0..max {
            match self.one(set, at) {
                Some(next) => at = next,
                None => break,
            }
        }
        at
    }

    /// The white space from `at` on, if there is any.
    pub(super) fn space(&self, at: usize) -> Option<SpaceRun> {
        let known = self.space.get();
        if (known.start..known.end).contains(&at) {
            return Some(known);
        }
        let mut run = SpaceRun { start: at, end: at, last: at, newline_end: at };
        while let Some((c, SPACE)) = self.char_and_class(run.end) {
            run.last = run.end;
            run.end += c.len_utf8();
            if matches!(c, '\r' | '\n') {
                run.newline_end = run.end;
            }
        }
        if run.end == at {
            return None;
        }
        self.space.set(run);
        Some(run)
    }

    /// The rest of a decimal number from `at` on, if there is any.
    pub(super) fn decimal(&self, at: usize) -> Option<NumberRun> {
        let known = self.number.get();
        let mut run = NumberRun { start: at, end: at, digits: 0 };
        if (known.start..known.end).contains(&at) {
            // Only what was passed since is counted, so that a number is read twice in all.
            let passed = self.text.get(known.start..at)?.chars().count();
            run = NumberRun { start: at, digits: known.digits - passed, ..known };
        } else {
            while let Some(c) = self.char(run.end).filter(|c| is_decimal(*c)) {
                run.end += c.len_utf8();
                run.digits += 1;
            }
        }
        self.number.set(run);
        (run.digits > 0).then_some(run)
    }
}
