//! The alternatives that pre-tokenizer regexes are made of, each matched by hand.
//!
//! Each says where a match that begins at a given position ends, as a backtracking regex engine would find it. A match
//! takes time in proportion to its length (and to a bounded part of the text behind it), so that splitting is linear.

use super::set::Set;
use super::text::Text;

/// No limit on the length of a run.
pub(super) const ANY: usize = usize::MAX;

/// One alternative of a regex.
#[derive(Debug)]
pub(super) enum Pattern {
    /// `lead? body{1,max} tail{0,tail_max}`.
    Run {
        /// What may, or must, come first.
        lead: Lead,
        /// The characters it is about.
        body: &'static Set,
        /// How many of them.
        max: usize,
        /// What goes with them.
        tail: Option<(&'static Set, usize)>,
    },
    /// Words of one capitalisation each, `OneTwo` being two:
    /// `lead? upper* lower+ suffix?|lead? upper+ lower* suffix?`.
    Cased {
        /// What may come first.
        lead: &'static Set,
        /// Letters that are not lower case.
        upper: &'static Set,
        /// Letters that are not upper case; those without case are in both.
        lower: &'static Set,
        /// Whether `(?i:'s|'t|'re|'ve|'m|'ll|'d)` goes with the word.
        contraction: bool,
    },
    /// Anything else: given a position, the end of the match.
    Rule(fn(&Text, usize) -> Option<usize>),
}

/// The first character of a [`Pattern::Run`].
#[derive(Debug)]
pub(super) enum Lead {
    /// There is none.
    None,
    /// `[…]?`.
    Optional(&'static Set),
    /// `[…]`.
    Required(&'static Set),
}

impl Pattern {
    /// `body{1,max}`.
    pub(super) const fn run(body: &'static Set, max: usize) -> Self {
        Self::Run { lead: Lead::None, body, max, tail: None }
    }

    /// `lead?body+`.
    pub(super) const fn led(lead: &'static Set, body: &'static Set) -> Self {
        Self::Run { lead: Lead::Optional(lead), body, max: ANY, tail: None }
    }

    /// `lead?body+tail{0,max}`.
    pub(super) const fn tailed(lead: &'static Set, body: &'static Set, tail: &'static Set, max: usize) -> Self {
        Self::Run { lead: Lead::Optional(lead), body, max: ANY, tail: Some((tail, max)) }
    }

    /// Where a match at `at` ends.
    pub(super) fn end(&self, text: &Text, at: usize) -> Option<usize> {
        match self {
            Self::Run { lead, body, max, tail } => {
                let run = |from| match text.run(body, from, *max) {
                    end if end > from => Some(end),
                    _ => None,
                };
                let end = match lead {
                    Lead::None => run(at),
                    Lead::Optional(lead) => text.one(lead, at).and_then(run).or_else(|| run(at)),
                    Lead::Required(lead) => text.one(lead, at).and_then(run),
                }?;
                Some(tail.map_or(end, |(tail, max)| text.run(tail, end, max)))
            }
            Self::Cased { lead, upper, lower, contraction } => {
                let led = text.one(lead, at);
                let word = |shape: fn(&Text, usize, &Set, &Set) -> Option<usize>| {
                    let from = |from| shape(text, from, upper, lower);
                    led.and_then(from).or_else(|| from(at))
                };
                let end = word(capitalised).or_else(|| word(upper_case))?;
                let suffix = if *contraction { contraction_any_case(text, end) } else { None };
                Some(suffix.unwrap_or(end))
            }
            Self::Rule(rule) => rule(text, at),
        }
    }
}

/// `upper*lower+`.
fn capitalised(text: &Text, at: usize, upper: &Set, lower: &Set) -> Option<usize> {
    let mut end = at;
    let mut both_end = None; // behind the last character that is in both sets
    while let Some((c, class)) = text.char_and_class(end).filter(|(c, class)| upper.contains(*c, *class)) {
        end += c.len_utf8();
        if lower.contains(c, class) {
            both_end = Some(end);
        }
    }
    match text.run(lower, end, ANY) {
        // `upper*` gives back what it took until `lower+` finds something: one character, as all behind it is upper case.
        lower_end if lower_end == end => both_end,
        lower_end => Some(lower_end),
    }
}

/// `upper+lower*`.
fn upper_case(text: &Text, at: usize, upper: &Set, lower: &Set) -> Option<usize> {
    let end = text.run(upper, at, ANY);
    (end > at).then(|| text.run(lower, end, ANY))
}

/// `'s|'t|'re|'ve|'m|'ll|'d`.
pub(super) fn contraction(text: &Text, at: usize) -> Option<usize> {
    contraction_with(text, at, |c| c)
}

/// `(?i:'s|'t|'re|'ve|'m|'ll|'d)`.
pub(super) fn contraction_any_case(text: &Text, at: usize) -> Option<usize> {
    contraction_with(text, at, |c| c.to_ascii_lowercase())
}

fn contraction_with(text: &Text, at: usize, fold: fn(char) -> char) -> Option<usize> {
    if text.char(at)? != '\'' {
        return None;
    }
    match fold(text.char(at + 1)?) {
        's' | 't' | 'm' | 'd' => Some(at + 2),
        first @ ('r' | 'v' | 'l') => {
            let second = fold(text.char(at + 2)?);
            (second == if first == 'l' { 'l' } else { 'e' }).then_some(at + 3)
        }
        _ => None,
    }
}

/// `\s*[\r\n]+`, and the same for `\s*[\r\n]`: the first part takes all line breaks but the last.
pub(super) fn newlines(text: &Text, at: usize) -> Option<usize> {
    let run = text.space(at)?;
    (run.newline_end > at).then_some(run.newline_end)
}

/// `\s+(?!\S)`: white space but for its last character, which belongs to the word behind it; all of it at the end.
pub(super) fn spaces_before_space(text: &Text, at: usize) -> Option<usize> {
    let run = text.space(at)?;
    let end = if run.end == text.len() { run.end } else { run.last };
    (end > at).then_some(end)
}

/// `\s+`.
pub(super) fn spaces(text: &Text, at: usize) -> Option<usize> {
    text.space(at).map(|run| run.end)
}

/// `\s+$`.
pub(super) fn spaces_at_end(text: &Text, at: usize) -> Option<usize> {
    text.space(at).map(|run| run.end).filter(|end| *end == text.len())
}
