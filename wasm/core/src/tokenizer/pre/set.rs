//! Sets of characters: what stands in a regex's square brackets.

use crate::tokenizer::chars::Classes;

/// Characters from the first to the last, both included.
pub(super) type Span = (char, char);

/// A character is in it if it is of one of the classes or in one of the spans, and in none of `except`; all of that the
/// other way round if `negated`.
#[derive(Debug)]
pub(super) struct Set {
    classes: Classes,
    spans: &'static [Span],
    except: &'static [Span],
    negated: bool,
}

impl Set {
    /// `[\p{…}…]`.
    pub(super) const fn of(classes: Classes, spans: &'static [Span]) -> Self {
        Self { classes, spans: sorted(spans), except: &[], negated: false }
    }

    /// `[^\p{…}…]`.
    pub(super) const fn not(classes: Classes, spans: &'static [Span]) -> Self {
        Self { classes, spans: sorted(spans), except: &[], negated: true }
    }

    /// `[…&&[^…]]`.
    pub(super) const fn except(self, except: &'static [Span]) -> Self {
        Self { except: sorted(except), ..self }
    }

    pub(super) fn contains(&self, c: char, class: Classes) -> bool {
        ((class & self.classes != 0 || inside(self.spans, c)) && !inside(self.except, c)) != self.negated
    }
}

/// Long lists are searched, so they have to be in order.
const LONG: usize = 16;

/// Whether `c` is in one of the spans.
fn inside(spans: &[Span], c: char) -> bool {
    if spans.len() < LONG {
        return spans.iter().any(|(first, last)| (*first..=*last).contains(&c));
    }
    let next = spans.partition_point(|(_, last)| *last < c);
    spans.get(next).is_some_and(|(first, _)| *first <= c)
}

/// Stops the compiler at a long list that is not in order.
const fn sorted(spans: &'static [Span]) -> &'static [Span] {
    let mut i = 1;
    while spans.len() >= LONG && i < spans.len() {
        assert!((spans[i - 1].1 as u32) < spans[i].0 as u32, "a long list of spans is out of order");
        i += 1;
    }
    spans
}
