//! Matrix products: a few tokens at a time or in tiles.

use std::sync::Arc;

use wasm_chord_core::backend::{Result, Unnormed};

use super::norm::vector;
use super::quantize::UNIT_WORDS;
use super::{area, bytes, check, matrix, word};
use crate::backend::{Buffer, GpuBackend};
use crate::kernel::{FewTokens, GROUP, Kernel, PACKED_TILE, Pairwise, TILE};
use crate::memory::Memory;
use crate::pipelines::Binding;
use crate::recorder::{Call, rows_of_groups};
use crate::tiles::Arithmetic;
use crate::weight::{Format, Matrix, Part, UNIT, Weight};

/// Tokens up to which a matrix is read for a few of them at a time.
pub(super) const FEW_TOKENS: usize = 8;
/// Tokens that share a decoded unit, where there are several.
const TOGETHER: usize = 4;
/// Matrices of one kernel.
const MOST_JOBS: usize = 3;

/// What matrices are multiplied by.
#[derive(Debug)]
pub(crate) struct Input<'a> {
    x: &'a Buffer, // [n, width]
    n: usize,
    norm: Option<Norm<'a>>,
    /// The same in bytes, for the kernels that multiply these.
    pub(super) packed: Option<Arc<Memory>>,
}

/// An RMSNorm that a product works out on the way.
#[derive(Clone, Copy, Debug)]
struct Norm<'a> {
    weight: &'a Memory, // [width]
    width: usize,
    eps: f32,
}

impl<'a> Input<'a> {
    /// `n` rows of `x`.
    pub(crate) fn rows(x: &'a Buffer, n: usize) -> Self {
        Self { x, n, norm: None, packed: None }
    }

    /// Fails unless its rows and their products have room.
    fn check(&self, op: &'static str, w: &Matrix, out: &Buffer) -> Result<()> {
        let (&Self { x, n, norm, .. }, &Matrix { rows, row_len, .. }) = (self, w);
        let fits = x.len() >= area(n, row_len) && out.len() >= area(n, rows);
        check(op, fits && norm.is_none_or(|norm| norm.width == row_len), || {
            format!("[{n}, {row_len}] · [{rows}, {row_len}] in {} and {}", x.len(), out.len())
        })
    }

    /// The norm's weights, for a kernel.
    fn gains(&self) -> Option<Binding<'a>> {
        self.norm.map(|norm| Binding::whole(norm.weight))
    }

    /// What a kernel reads of it.
    fn bytes(&self, width: usize) -> u64 {
        bytes(area(self.n, width)) + if self.norm.is_some() { bytes(width) } else { 0 }
    }
}

impl GpuBackend {
    /// The RMSNorm of `n` rows. A product of few tokens works it out on the way: that is one dispatch less, however many kernels
    /// it takes, and no more bytes, as each reads the norm's weights in the place of normed rows that were written before.
    pub(crate) fn normed<'a>(&mut self, rows: Unnormed<'a, Self>, n: usize) -> Result<Input<'a>> {
        if !(1..=FEW_TOKENS).contains(&n) {
            return rows.norm(self, n).map(|x| Input::rows(x, n));
        }
        let (weight, width) = vector("norm_matmul", rows.weight)?;
        let norm = Some(Norm { weight, width, eps: rows.eps });
        Ok(Input { norm, ..Input::rows(rows.x, n) })
    }

    /// See [`Backend::matmul`](wasm_chord_core::Backend::matmul).
    pub(crate) fn multiply(&mut self, mut x: Input<'_>, jobs: &mut [(&Weight, &mut Buffer)]) -> Result<()> {
        for (w, out) in &*jobs {
            x.check("matmul", matrix("matmul", w)?, out)?;
        }
        x.packed = self.packed(&x, jobs.iter().filter_map(|(w, _)| matrix("matmul", w).ok()))?;
        let mut rest = jobs;
        while let Some((w, _)) = rest.first() {
            let w = matrix("matmul", w)?;
            let alike = rest.iter().take(MOST_JOBS).take_while(|(other, _)| self.together(w, other, x.n)).count();
            let (now, later) = rest.split_at_mut(alike.max(1));
            match now {
                [(w, out)] => {
                    let w = matrix("matmul", w)?;
                    self.multiply_one(&x, w, self.arithmetic(w.format), out, false)?;
                }
                several => self.multiply_jobs(&x, several)?,
            }
            rest = later;
        }
        Ok(())
    }

    /// See [`Backend::matmul_add`](wasm_chord_core::Backend::matmul_add).
    pub(crate) fn multiply_add(&mut self, mut x: Input<'_>, w: &Weight, out: &Buffer) -> Result<()> {
        let w = matrix("matmul_add", w)?;
        x.check("matmul_add", w, out)?;
        x.packed = self.packed(&x, std::iter::once(w))?;
        self.multiply_one(&x, w, self.arithmetic(w.format), out, true)
    }

    /// `x` in bytes, if any of `weights` is multiplied by these.
    fn packed<'w>(&mut self, x: &Input<'_>, weights: impl Iterator<Item = &'w Matrix>) -> Result<Option<Arc<Memory>>> {
        let by_bytes = |w: &&Matrix| x.n > FEW_TOKENS && self.arithmetic(w.format) == Arithmetic::Bytes;
        // Rows are whole units, one after the other, however wide they are.
        let units = weights.filter(by_bytes).map(|w| area(x.n, w.units())).max();
        units.map(|units| self.quantized(x.x, units)).transpose()
    }

    /// See [`Backend::gated`](wasm_chord_core::Backend::gated): in one kernel of few tokens and matrices alike.
    pub(crate) fn gate_up(
        &mut self,
        x: Input<'_>,
        [gate, up]: [&Weight; 2],
        op: Pairwise,
        [out, spare]: [&mut Buffer; 2],
        len: usize,
    ) -> Result<()> {
        let (w, other) = (matrix("gated", gate)?, matrix("gated", up)?);
        let alike = self.together(w, up, x.n) && w.rows == other.rows;
        let (Some(first), Some(second), true) = (w.parts.first(), other.parts.first(), alike) else {
            self.multiply(x, &mut [(gate, &mut *out), (up, &mut *spare)])?;
            return self.pair("gated", op, out, spare, len);
        };
        x.check("gated", w, out)?;
        let few = few(w, x.n, x.norm.is_some());
        let params =
            [w.rows, w.rows, 0, 0, first.scales_word(), second.scales_word(), 0, 0, w.units(), w.row_len, x.n, 0];
        let mut bindings = Vec::with_capacity(5);
        bindings.extend([Binding::whole(&first.memory), Binding::whole(&second.memory), x.x.binding(), out.binding()]);
        bindings.extend(x.gains());
        let weights = first.all_bytes(w) + second.all_bytes(other);
        self.reserve(0)?;
        self.recorder.stats.multiplied(weights, area(x.n, w.row_len) * 2 * w.rows);
        self.dispatch(&Call {
            kernel: Kernel::MatVecGated { few, op },
            params: &with_eps(params.map(word), &x),
            bindings: &bindings,
            grid: few_grid(few, row_groups(few, w.rows), x.n),
            bytes: weights + x.bytes(w.row_len) + bytes(area(x.n, w.rows)),
        });
        Ok(())
    }

    /// Whether `w` and `other` can be multiplied by `n` tokens in one kernel.
    fn together(&self, w: &Matrix, other: &Weight, n: usize) -> bool {
        let Weight::Matrix(other) = other else { return false };
        let visible = |m: &Matrix| match m.parts.as_slice() {
            [part] => part.memory.bytes() <= self.device.capabilities.binding_bytes,
            _ => false,
        };
        let alike = (w.format, w.row_len) == (other.format, other.row_len);
        (1..=FEW_TOKENS).contains(&n) && alike && visible(w) && visible(other)
    }

    /// Two or three matrices that go together.
    fn multiply_jobs(&mut self, x: &Input<'_>, jobs: &mut [(&Weight, &mut Buffer)]) -> Result<()> {
        let (mut params, mut weights, mut moved) = ([0; 12], 0, 0);
        let (mut matrices, mut outs) = (Vec::with_capacity(MOST_JOBS), Vec::with_capacity(MOST_JOBS));
        let mut kind = None;
        for (i, (w, out)) in jobs.iter().enumerate() {
            let w = matrix("matmul", w)?;
            let Some(part) = w.parts.first() else { continue };
            (params[i], params[4 + i]) = (w.rows, part.scales_word());
            params[8..11].copy_from_slice(&[w.units(), w.row_len, x.n]);
            weights += part.all_bytes(w);
            moved += bytes(area(x.n, w.rows));
            kind = Some((few(w, x.n, x.norm.is_some()), w.row_len));
            matrices.push(Binding::whole(&part.memory));
            outs.push(out.binding());
        }
        let Some((few, row_len)) = kind else { return Ok(()) };
        let three = matrices.len() > 2;
        let mut bindings = Vec::with_capacity(8);
        bindings.extend(matrices.iter().take(2));
        bindings.push(x.x.binding());
        bindings.extend(outs.iter().take(2));
        bindings.extend(matrices.get(2).zip(outs.get(2)).into_iter().flat_map(|(w, out)| [w, out]));
        bindings.extend(x.gains());
        let groups = params[..3].iter().map(|rows| row_groups(few, *rows)).sum();
        self.reserve(0)?;
        self.recorder.stats.multiplied(weights, area(x.n, row_len) * params[..3].iter().sum::<usize>());
        self.dispatch(&Call {
            kernel: Kernel::MatVecJobs { few, three },
            params: &with_eps(params.map(word), x),
            bindings: &bindings,
            grid: few_grid(few, groups, x.n),
            bytes: weights + x.bytes(row_len) + moved,
        });
        Ok(())
    }

    /// One matrix by all tokens, in tiles of `arithmetic` if they are many.
    pub(super) fn multiply_one(
        &mut self,
        x: &Input<'_>,
        w: &Matrix,
        arithmetic: Arithmetic,
        out: &Buffer,
        add: bool,
    ) -> Result<()> {
        for part in &w.parts {
            let (kernel, grid) = plan(w, part.rows, x.n, x.norm.is_some(), arithmetic);
            let (input, input_bytes) = match (kernel, &x.packed) {
                (Kernel::MatMulPacked(_), Some(packed)) => {
                    (Binding::whole(packed), bytes(area(x.n, w.units()) * UNIT_WORDS))
                }
                _ => (x.x.binding(), x.bytes(w.row_len)),
            };
            let params = [part.rows, w.units(), w.row_len, x.n, w.rows, part.first, usize::from(add), 0].map(word);
            let weights = part.all_bytes(w);
            let mut bindings = Vec::with_capacity(5);
            bindings.extend([part.quants(w), part.scales(), input, out.binding()]);
            bindings.extend(x.gains());
            self.reserve(0)?;
            let results = bytes(area(x.n, part.rows)) * if add { 2 } else { 1 };
            self.recorder.stats.multiplied(weights, area(x.n, w.row_len) * part.rows);
            // Weights are read once; beyond a few tokens a device multiplies longer than it reads.
            self.recorder.charge(weights * (x.n.saturating_sub(1) / FEW_TOKENS) as u64);
            let moved = weights + input_bytes + results;
            self.dispatch(&Call { kernel, params: &with_eps(params, x), bindings: &bindings, grid, bytes: moved });
        }
        Ok(())
    }

    /// Builds the kernels that a matrix will need before a token waits for them, and takes down its shape.
    pub(crate) fn prepare_matmul(&mut self, w: &Matrix) {
        *self.shapes.entry((w.format, w.rows, w.row_len)).or_default() += 1;
        let arithmetic = self.arithmetic(w.format);
        for n in [1, TOGETHER] {
            self.recorder.prepare(&self.device, plan(w, w.rows, n, false, arithmetic).0);
        }
        self.prepare_tiles(w.format, !w.row_len.is_multiple_of(UNIT), arithmetic);
    }

    /// Builds the kernels for many tokens.
    pub(super) fn prepare_tiles(&mut self, format: Format, ragged: bool, arithmetic: Arithmetic) {
        self.recorder.prepare(&self.device, tiles(format, ragged, arithmetic));
        if arithmetic == Arithmetic::Bytes {
            self.recorder.prepare(&self.device, Kernel::Quantize);
        }
    }
}

/// Which kernel multiplies `rows` rows of `w` by `n` tokens, which are `normed` on the way if they are few, and in tiles of
/// `arithmetic` if they are many, and its workgroups.
fn plan(w: &Matrix, rows: usize, n: usize, normed: bool, arithmetic: Arithmetic) -> (Kernel, [u32; 3]) {
    if n > FEW_TOKENS {
        let (format, ragged) = (w.format, !w.row_len.is_multiple_of(UNIT));
        let (tile_rows, tile_tokens) = if arithmetic == Arithmetic::Bytes { PACKED_TILE } else { TILE };
        let grid = [word(rows).div_ceil(tile_rows), word(n).div_ceil(tile_tokens), 1];
        return (tiles(format, ragged, arithmetic), grid);
    }
    let few = few(w, n, normed);
    (Kernel::MatVec(few), few_grid(few, row_groups(few, rows), n))
}

/// The kernel that multiplies many tokens.
fn tiles(format: Format, ragged: bool, arithmetic: Arithmetic) -> Kernel {
    match arithmetic {
        Arithmetic::Bytes => Kernel::MatMulPacked(format),
        floats => Kernel::MatMul { format, ragged, halves: floats == Arithmetic::F16 },
    }
}

/// What the kernel for few tokens is made for that multiplies `w` by `n` of them.
fn few(w: &Matrix, n: usize, normed: bool) -> FewTokens {
    let tokens = word(if n > 1 { TOGETHER } else { 1 });
    FewTokens { format: w.format, tokens, lanes: lanes(w), ragged: !w.row_len.is_multiple_of(UNIT), normed }
}

/// Invocations that share a row: as many as find work, and read what lies together.
pub(super) fn lanes(w: &Matrix) -> u32 {
    match w.units() {
        0..8 => 4,
        8..16 => 8,
        16..64 => 16,
        _ => 32,
    }
}

/// Workgroups for `rows` rows.
fn row_groups(few: FewTokens, rows: usize) -> usize {
    rows.div_ceil((GROUP / few.lanes) as usize)
}

/// `groups` workgroups for each of the tokens that go together.
fn few_grid(few: FewTokens, groups: usize, n: usize) -> [u32; 3] {
    let [columns, rows, _] = rows_of_groups(groups);
    [columns, rows, word(n).div_ceil(few.tokens)]
}

/// `params`, of which the last is for the norm of `x`.
fn with_eps<const LEN: usize>(mut params: [u32; LEN], x: &Input<'_>) -> [u32; LEN] {
    if let Some(last) = params.last_mut() {
        *last = x.norm.map_or(0, |norm| norm.eps.to_bits());
    }
    params
}

impl Part {
    /// Bytes of both planes.
    fn all_bytes(&self, w: &Matrix) -> u64 {
        self.quant_bytes(w) + self.scale_bytes(w)
    }

    /// The word at which the plane of scales begins.
    pub(super) fn scales_word(&self) -> usize {
        (self.scales_at / 4) as usize
    }

    /// Bytes of the plane of quants.
    pub(super) fn quant_bytes(&self, w: &Matrix) -> u64 {
        (self.rows as u64 * w.units() as u64 * w.format.bytes_of_eight().0).div_ceil(8)
    }

    /// Bytes of the plane of scales.
    pub(super) fn scale_bytes(&self, w: &Matrix) -> u64 {
        (self.rows as u64 * w.units() as u64 * w.format.bytes_of_eight().1).div_ceil(8)
    }

    /// The plane of quants.
    pub(super) fn quants(&self, w: &Matrix) -> Binding<'_> {
        Binding { memory: &self.memory, offset: 0, bytes: Some(self.quant_bytes(w)) }
    }

    /// The plane of scales; of formats that have none, a few bytes that nothing reads.
    pub(super) fn scales(&self) -> Binding<'_> {
        Binding { memory: &self.memory, offset: self.scales_at, bytes: None }
    }
}

/// Bytes of a row of `w`, both planes.
pub(super) fn row_bytes(w: &Matrix) -> u64 {
    let (quants, scales): (u64, u64) = Format::bytes_of_eight(w.format);
    (w.units() as u64 * (quants + scales)).div_ceil(8)
}
