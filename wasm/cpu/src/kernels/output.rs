//! Where a matrix product goes, in parts that threads may write at the same time.

use std::marker::PhantomData;
use std::ops::Range;

use crate::vector::LANES;

/// Columns of a row-major result `[n, rows]`: those of some panels of the weights, borrowed alone.
#[derive(Debug)]
pub struct Output<'a> {
    first: *mut f32,
    n: usize,
    rows: usize,
    panels: Range<usize>,
    borrowed: PhantomData<&'a mut [f32]>,
}

// SAFETY: it is a `&mut [f32]` of elements that no other `Output` has.
unsafe impl Send for Output<'_> {}

impl<'a> Output<'a> {
    /// All of `out`, `[n, rows]`; no tokens of it where it is too short for `n`.
    pub fn new(out: &'a mut [f32], n: usize, rows: usize) -> Self {
        let n = if n.checked_mul(rows).is_some_and(|len| len <= out.len()) { n } else { 0 };
        Self { first: out.as_mut_ptr(), n, rows, panels: 0..rows.div_ceil(LANES), borrowed: PhantomData }
    }

    /// Its tokens.
    pub fn tokens(&self) -> usize {
        self.n
    }

    /// Its panels.
    pub fn panels(&self) -> Range<usize> {
        self.panels.clone()
    }

    /// The panels before `panel`, and the others.
    pub fn split_at(self, panel: usize) -> (Self, Self) {
        let panel = panel.clamp(self.panels.start, self.panels.end);
        let part = |panels| Self { panels, ..self };
        (part(self.panels.start..panel), part(panel..self.panels.end))
    }

    /// The rows of panel `panel` for token `token`: eight, or fewer at the end; none of what is not its own.
    #[inline(always)]
    pub fn rows(&mut self, token: usize, panel: usize) -> &mut [f32] {
        if token >= self.n || !self.panels.contains(&panel) {
            return &mut [];
        }
        let row = panel * LANES;
        // SAFETY: `token < n` and `row < rows`, as `panel < ceil(rows / 8)`, so that the elements lie in what `new` borrowed
        // for `'a`; parts have no panel in common, and this one is borrowed mutably.
        unsafe { std::slice::from_raw_parts_mut(self.first.add(token * self.rows + row), LANES.min(self.rows - row)) }
    }
}
