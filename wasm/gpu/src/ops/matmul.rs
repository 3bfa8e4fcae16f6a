//! Matrix products: a few tokens at a time or in tiles.

use wasm_chord_core::backend::Result;

use super::{area, bytes, check, matrix, word};
use crate::backend::{Buffer, GpuBackend};
use crate::kernel::{GROUP, Kernel, Pairwise, TILE};
use crate::pipelines::Binding;
use crate::recorder::{Call, rows_of_groups};
use crate::weight::{Format, Matrix, Part, UNIT, Weight};

/// Tokens up to which a matrix is read for a few of them at a time.
pub(super) const FEW_TOKENS: usize = 8;
/// Tokens that share a decoded unit, where there are several.
const TOGETHER: usize = 4;
/// Matrices of one kernel.
const MOST_JOBS: usize = 3;

impl GpuBackend {
    /// See [`Backend::matmul`](wasm_chord_core::Backend::matmul).
    pub(crate) fn multiply(&mut self, x: &Buffer, n: usize, jobs: &mut [(&Weight, &mut Buffer)]) -> Result<()> {
        for (w, out) in &*jobs {
            fits("matmul", x, n, matrix("matmul", w)?, out)?;
        }
        let mut rest = jobs;
        while let Some((w, _)) = rest.first() {
            let w = matrix("matmul", w)?;
            let alike = rest.iter().take(MOST_JOBS).take_while(|(other, _)| self.together(w, other, n)).count();
            let (now, later) = rest.split_at_mut(alike.max(1));
            match now {
                [(w, out)] => self.multiply_one(x, n, matrix("matmul", w)?, out, false)?,
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
        self.multiply_one(x, n, w, out, true)
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

    fn multiply_one(&mut self, x: &Buffer, n: usize, w: &Matrix, out: &Buffer, add: bool) -> Result<()> {
        for part in &w.parts {
            let (kernel, grid) = plan(w, part.rows, n);
            let params = [part.rows, w.units(), w.row_len, n, w.rows, part.first, usize::from(add)].map(word);
            let weights = part.all_bytes(w);
            let bindings = [part.quants(w), part.scales(), x.binding(), out.binding()];
            self.reserve(0)?;
            let results = bytes(area(n, part.rows)) * if add { 2 } else { 1 };
            self.recorder.stats.weight_bytes += weights;
            // Weights are read once; beyond a few tokens a device multiplies longer than it reads.
            self.recorder.charge(weights * (n.saturating_sub(1) / FEW_TOKENS) as u64);
            let moved = weights + bytes(area(n, w.row_len)) + results;
            self.dispatch(&Call { kernel, params: &params, bindings: &bindings, grid, bytes: moved });
        }
        Ok(())
    }

    /// Builds the kernels that a matrix will need before a token waits for them.
    pub(crate) fn prepare_matmul(&mut self, w: &Matrix) {
        for n in [1, TOGETHER, FEW_TOKENS + 1] {
            self.recorder.prepare(&self.device, plan(w, w.rows, n).0);
        }
    }
}

/// Which kernel multiplies `rows` rows of `w` by `n` tokens, and its workgroups.
fn plan(w: &Matrix, rows: usize, n: usize) -> (Kernel, [u32; 3]) {
    let (format, ragged) = (w.format, !w.row_len.is_multiple_of(UNIT));
    if n > FEW_TOKENS {
        let (tile_rows, tile_tokens) = TILE;
        let grid = [word(rows).div_ceil(tile_rows), word(n).div_ceil(tile_tokens), 1];
        return (Kernel::MatMul { format, ragged }, grid);
    }
    let (format, ragged, tokens, lanes) = few(w, n);
    let [x, y, _] = rows_of_groups(rows.div_ceil((GROUP / lanes) as usize));
    (Kernel::MatVec { format, tokens, lanes, ragged }, [x, y, word(n).div_ceil(tokens)])
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
