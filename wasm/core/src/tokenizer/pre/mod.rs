//! Pre-tokenizers: text is cut into pieces, and merges never reach over a cut.
//!
//! A pre-tokenizer is a row of regexes. The first cuts the text into its matches and what lies between them, the next cuts
//! each of these pieces the same way, and so on. The regexes need look-ahead, and must take linear time on any text; so
//! they are not compiled but matched by hand ([`pattern`]). [`rules`] has them, [`names`] says which model family uses
//! which.

mod custom;
mod names;
mod pattern;
mod rules;
mod set;
mod spans;
mod text;

pub(super) use names::{Bos, Family};

use super::chars::Lookup;
use pattern::Pattern;
use text::Text;

/// One regex: its alternatives, the first that matches wins.
type Stage = &'static [Pattern];

impl Family {
    /// Cuts `text` and hands each piece to `emit`, in order. No piece is empty.
    pub(super) fn split<'a>(&self, text: &'a str, emit: &mut dyn FnMut(&'a str)) {
        split(self.stages, text, Lookup::new(), emit);
    }
}

fn split<'a>(stages: &[Stage], piece: &'a str, lookup: Lookup, emit: &mut dyn FnMut(&'a str)) {
    let Some((stage, rest)) = stages.split_first() else {
        if !piece.is_empty() {
            emit(piece);
        }
        return;
    };
    let text = Text::new(piece, lookup);
    let mut hand_on = |start, end| split(rest, piece.get(start..end).unwrap_or_default(), lookup, emit);
    let (mut start, mut at) = (0, 0); // what is before `start` is handed on, what is before `at` is known not to match
    while let Some(c) = text.char(at) {
        match stage.iter().find_map(|pattern| pattern.end(&text, at)) {
            Some(end) => {
                if start < at {
                    hand_on(start, at);
                }
                hand_on(at, end);
                (start, at) = (end, end);
            }
            None => at += c.len_utf8(),
        }
    }
    if start < at {
        hand_on(start, at);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)] // A broken fixture may stop the test where it is.
mod tests;
