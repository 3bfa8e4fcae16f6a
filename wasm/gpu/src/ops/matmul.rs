//! Matrix products: a few tokens at a time or in tiles.

use std::sync::Arc;

use wasm_chord_core::backend::Result;

use super::quantize::UNIT_WORDS;
use super::{area, bytes, check, matrix, word};
use crate::backend::{Buffer, GpuBackend};
use crate::kernel::{GROUP, Kernel, PACKED_TILE, Pairwise, TILE};
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
pub(super) struct Input<'a> {
    /// `[n, width]`.
    pub x: &'a Buffer,
    /// How many tokens.
    pub n: usize,
    /// The same in bytes, for the kernels that multiply these.
    pub packed: Option<Arc<Memory>>,
}

impl GpuBackend {
    /// See [`Backend::matmul`](wasm_chord_core::Backend::matmul).
    pub(crate) fn multiply(&mut self, x: &Buffer, n: usize, jobs: &mut [(&Weight, &mut Buffer)]) -> Result<()> {
        for (w, out) in &*jobs {
            fits("matmul", x, n, matrix("matmul", w)?, out)?;
        }
        let input = self.input(x, n, jobs.iter().filter_map(|(w, _)| matrix("matmul", w).ok()))?;
        let mut rest = jobs;
        while let Some((w, _)) = rest.first() {
            let w = matrix("matmul", w)?;
            let alike = rest.iter().take(MOST_JOBS).take_while(|(other, _)| self.together(w, other, n)).count();
            let (now, later) = rest.split_at_mut(alike.max(1));
            match now {
                [(w, out)] => {
                    let w = matrix("matmul", w)?;
                    self.multiply_one(&input, w, self.arithmetic(w.format), out, false)?;
                }
                several => self.multiply_jobs(x, n, several)?,
            }
            rest = later;
        }
        Ok(())
    }

    /// See [`Backend::matmul_add`](wasm_chord_core::Backend::matmul_add).
    pub(crate) fn multiply_add(&mut self, x: &Buffer, n: usize, w: &Weight, out: &Buffer) -> Result<()> {
        let w = matrix("matmul_add", w)?;
        fits("matmul_add", x, n, w, out)?;
        let input = self.input(x, n, std::iter::once(w))?;
        self.multiply_one(&input, w, self.arithmetic(w.format), out, true)
    }

    /// `n` tokens, in bytes too if any of `weights` is multiplied by these.
    fn input<'a>(&mut self, x: &'a Buffer, n: usize, weights: impl Iterator<Item = &'a Matrix>) -> Result<Input<'a>> {
        let by_bytes = |w: &&Matrix| n > FEW_TOKENS && self.arithmetic(w.format) == Arithmetic::Bytes;
        // Rows are whole units, one after the other, however wide they are.
        let units = weights.filter(by_bytes).map(|w| area(n, w.units())).max();
        let packed = units.map(|units| self.quantized(x, units)).transpose()?;
        Ok(Input { x, n, packed })
    }

    /// See [`Backend::gated`](wasm_chord_core::Backend::gated); whether it was done: in one kernel it is of few tokens and
    /// matrices alike.
    pub(crate) fn gate_up(
        &mut self,
        x: &Buffer,
        n: usize,
        [gate, up]: [&Weight; 2],
        op: Pairwise,
        out: &Buffer,
    ) -> Result<bool> {
        let (w, other) = (matrix("gated", gate)?, matrix("gated", up)?);
        if !self.together(w, up, n) || w.rows != other.rows {
            return Ok(false);
        }
        fits("gated", x, n, w, out)?;
        let (Some(first), Some(second)) = (w.parts.first(), other.parts.first()) else { return Ok(false) };
        let (format, ragged, tokens, lanes) = few(w, n);
        let params = [w.rows, w.rows, 0, 0, first.scales_word(), second.scales_word(), 0, 0, w.units(), w.row_len, n];
        let bindings = [Binding::whole(&first.memory), Binding::whole(&second.memory), x.binding(), out.binding()];
        let weights = first.all_bytes(w) + second.all_bytes(other);
        self.reserve(0)?;
        self.recorder.stats.weight_bytes += weights;
        let [columns, rows, _] = rows_of_groups(w.rows.div_ceil((GROUP / lanes) as usize));
        self.dispatch(&Call {
            kernel: Kernel::MatVecGated { format, tokens, lanes, ragged, op },
            params: &params.map(word),
            bindings: &bindings,
            grid: [columns, rows, word(n).div_ceil(tokens)],
            bytes: weights + bytes(area(n, w.row_len)) + bytes(area(n, w.rows)),
        });
        Ok(true)
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
    fn multiply_jobs(&mut self, x: &Buffer, n: usize, jobs: &mut [(&Weight, &mut Buffer)]) -> Result<()> {
        let (mut params, mut weights, mut moved) = ([0; 11], 0, 0);
        let (mut matrices, mut outs) = (Vec::with_capacity(MOST_JOBS), Vec::with_capacity(MOST_JOBS));
        let mut kind = None;
        for (i, (w, out)) in jobs.iter().enumerate() {
            let w = matrix("matmul", w)?;
            let Some(part) = w.parts.first() else { continue };
            (params[i], params[4 + i]) = (w.rows, part.scales_word());
            params[8..].copy_from_slice(&[w.units(), w.row_len, n]);
            weights += part.all_bytes(w);
            moved += bytes(area(n, w.rows));
            kind = Some((few(w, n), w.row_len));
            matrices.push(Binding::whole(&part.memory));
            outs.push(out.binding());
        }
        let Some(((format, ragged, tokens, lanes), row_len)) = kind else { return Ok(()) };
        let three = matrices.len() > 2;
        let mut bindings = Vec::with_capacity(7);
        bindings.extend(matrices.iter().take(2));
        bindings.push(x.binding());
        bindings.extend(outs.iter().take(2));
        bindings.extend(matrices.get(2).zip(outs.get(2)).into_iter().flat_map(|(w, out)| [w, out]));
        let per = (GROUP / lanes) as usize;
        let [columns, rows, _] = rows_of_groups(params[..3].iter().map(|rows| rows.div_ceil(per)).sum());
        self.reserve(0)?;
        self.recorder.stats.weight_bytes += weights;
        self.dispatch(&Call {
            kernel: Kernel::MatVecJobs { format, tokens, lanes, ragged, three },
            params: &params.map(word),
            bindings: &bindings,
            grid: [columns, rows, word(n).div_ceil(tokens)],
            bytes: weights + bytes(area(n, row_len)) + moved,
        });
        Ok(())
    }

    /// One matrix by all tokens, in tiles of `arithmetic` if they are many.
    pub(super) fn multiply_one(
        &mut self,
        input: &Input<'_>,
        w: &Matrix,
        arithmetic: Arithmetic,
        out: &Buffer,
        add: bool,
    ) -> Result<()> {
        let Input { x, n, packed } = input;
        let n = *n;
        for part in &w.parts {
            let (kernel, grid) = plan(w, part.rows, n, arithmetic);
            let (input, input_bytes) = match (kernel, packed) {
                (Kernel::MatMulPacked(_), Some(packed)) => {
                    (Binding::whole(packed), bytes(area(n, w.units()) * UNIT_WORDS))
                }
                _ => (x.binding(), bytes(area(n, w.row_len))),
            };
            let params = [part.rows, w.units(), w.row_len, n, w.rows, part.first, usize::from(add)].map(word);
            let weights = part.all_bytes(w);
            let bindings = [part.quants(w), part.scales(), input, out.binding()];
            self.reserve(0)?;
            let results = bytes(area(n, part.rows)) * if add { 2 } else { 1 };
            self.recorder.stats.weight_bytes += weights;
            // Weights are read once; beyond a few tokens a device multiplies longer than it reads.
            self.recorder.charge(weights * (n.saturating_sub(1) / FEW_TOKENS) as u64);
            let moved = weights + input_bytes + results;
            self.dispatch(&Call { kernel, params: &params, bindings: &bindings, grid, bytes: moved });
        }
        Ok(())
    }

    /// Builds the kernels that a matrix will need before a token waits for them, and takes down its shape.
    pub(crate) fn prepare_matmul(&mut self, w: &Matrix) {
        *self.shapes.entry((w.format, w.rows, w.row_len)).or_default() += 1;
        let arithmetic = self.arithmetic(w.format);
        for n in [1, TOGETHER] {
            self.recorder.prepare(&self.device, plan(w, w.rows, n, arithmetic).0);
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

/// Which kernel multiplies `rows` rows of `w` by `n` tokens, in tiles of `arithmetic` if they are many, and its workgroups.
fn plan(w: &Matrix, rows: usize, n: usize, arithmetic: Arithmetic) -> (Kernel, [u32; 3]) {
    let (format, ragged) = (w.format, !w.row_len.is_multiple_of(UNIT));
    if n > FEW_TOKENS {
        let (tile_rows, tile_tokens) = if arithmetic == Arithmetic::Bytes { PACKED_TILE } else { TILE };
        let grid = [word(rows).div_ceil(tile_rows), word(n).div_ceil(tile_tokens), 1];
        return (tiles(format, ragged, arithmetic), grid);
    }
    let (format, ragged, tokens, lanes) = few(w, n);
    let [x, y, _] = rows_of_groups(rows.div_ceil((GROUP / lanes) as usize));
    (Kernel::MatVec { format, tokens, lanes, ragged }, [x, y, word(n).div_ceil(tokens)])
}

/// The kernel that multiplies many tokens.
fn tiles(format: Format, ragged: bool, arithmetic: Arithmetic) -> Kernel {
    match arithmetic {
        Arithmetic::Bytes => Kernel::MatMulPacked(format),
        floats => Kernel::MatMul { format, ragged, halves: floats == Arithmetic::F16 },
    }
}

/// What a kernel for few tokens is made for: the format, whether rows are ragged, tokens together, lanes of a row.
fn few(w: &Matrix, n: usize) -> (Format, bool, u32, u32) {
    let tokens = if n > 1 { TOGETHER } else { 1 };
    (w.format, !w.row_len.is_multiple_of(UNIT), word(tokens), lanes(w))
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

/// Fails unless `n` rows of `x` and their products have room.
fn fits(op: &'static str, x: &Buffer, n: usize, w: &Matrix, out: &Buffer) -> Result<()> {
    let Matrix { rows, row_len, .. } = *w;
    check(op, x.len() >= area(n, row_len) && out.len() >= area(n, rows), || {
        format!("[{n}, {row_len}] · [{rows}, {row_len}] in {} and {}", x.len(), out.len())
    })
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
