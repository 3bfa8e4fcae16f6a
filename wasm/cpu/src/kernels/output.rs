//! Where a kernel's result goes, in parts that threads may write at the same time.

use std::marker::PhantomData;
use std::ops::Range;

/// Some tokens and columns of a row-major result `[n, width]`, borrowed alone. Columns come in units: the eight rows of a
/// panel of weights, the heads that share a key head.
#[derive(Debug)]
pub struct Output<'a> {
    first: *mut f32,
    width: usize,
    unit: usize,
    tokens: Range<usize>,
    units: Range<usize>,
    borrowed: PhantomData<&'a mut [f32]>,
}

// SAFETY: it is a `&mut [f32]` of elements that no other `Output` has.
unsafe impl Send for Output<'_> {}

impl<'a> Output<'a> {
    /// All of `out`, `[n, width]`, in units of `unit` columns, the last of which may be narrower; no tokens of it where it
    /// is too short for `n`.
    pub fn new(out: &'a mut [f32], n: usize, width: usize, unit: usize) -> Self {
        let n = if n.checked_mul(width).is_some_and(|len| len <= out.len()) { n } else { 0 };
        let units = 0..width.div_ceil(unit.max(1));
        Self { first: out.as_mut_ptr(), width, unit, tokens: 0..n, units, borrowed: PhantomData }
    }

    /// Its tokens.
    pub fn tokens(&self) -> Range<usize> {
        self.tokens.clone()
    }

    /// Its units.
    pub fn units(&self) -> Range<usize> {
        self.units.clone()
    }

    /// The same tokens in at most `parts` parts, each of a multiple of `step` units but for the last.
    pub fn split(self, parts: usize, step: usize) -> impl Iterator<Item = Self> + use<'a> {
        pieces(self.units.clone(), parts, step).map(move |units| Self { units, tokens: self.tokens.clone(), ..self })
    }

    /// The same units in at most `parts` parts, each of a multiple of `step` tokens but for the last.
    pub fn split_tokens(self, parts: usize, step: usize) -> impl Iterator<Item = Self> + use<'a> {
        pieces(self.tokens.clone(), parts, step).map(move |tokens| Self { tokens, units: self.units.clone(), ..self })
    }

    /// The columns of unit `unit` for token `token`; none of what is not its own.
    #[inline(always)]
    pub fn get(&mut self, token: usize, unit: usize) -> &mut [f32] {
        if !self.tokens.contains(&token) || !self.units.contains(&unit) {
            return &mut [];
        }
        let column = unit * self.unit;
        // SAFETY: `token < n` and `column < width`, as `unit < ceil(width / self.unit)`, so that the elements lie in what
        // `new` borrowed for `'a`; parts share no token and unit, and this one is borrowed mutably.
        unsafe {
            let first = self.first.add(token * self.width + column);
            std::slice::from_raw_parts_mut(first, self.unit.min(self.width - column))
        }
    }
}

/// Cuts a range in at most `parts`, none of them empty, at multiples of `step`.
fn pieces(range: Range<usize>, parts: usize, step: usize) -> impl Iterator<Item = Range<usize>> {
    let steps = range.len().div_ceil(step.max(1));
    let parts = parts.clamp(1, steps.max(1));
    let at = move |i: usize| (range.start + i * steps / parts * step).min(range.end);
    (0..parts).map(move |i| at(i)..at(i + 1)).filter(|piece| !piece.is_empty())
}
