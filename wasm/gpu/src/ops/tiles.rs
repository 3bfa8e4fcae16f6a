//! Which arithmetic multiplies many tokens. Which is fastest differs from device to device, and not as their features would have
//! it: products of bytes that a driver has to put together from others are slower than floats. So it is measured, when a model's
//! weights are there, with the shape of its own matrices.

use wasm_chord_core::Backend;
use wasm_chord_core::backend::Result;

use super::area;
use super::matmul::Input;
use crate::backend::{BATCH, Buffer, GpuBackend};
use crate::kernel::PACKED_TILE;
use crate::portion::Portion;
use crate::tiles::{Arithmetic, fastest};
use crate::weight::{Format, Matrix, Part};

/// How long a trial takes at least, where a device is not too fast for that: many times what it takes to hear of its end.
const LONG_MS: f64 = 3.0;
/// How long the trials of a format take at most, about, where two rounds of them do not take longer.
const MOST_MS: f64 = 60.0;
/// Trials of each arithmetic, of which the shortest counts.
const ROUNDS: u32 = 5;
/// Rows of a trial: as many as keep a large device busy.
const MOST_ROWS: usize = 4096;
/// Products of a trial.
const MOST_REPEATS: u32 = 64;

/// What is multiplied, over and over, and how often.
struct Trial {
    weight: Matrix, // [rows, row_len], all zeros, which take as long as others; in its part are those that are multiplied
    x: Buffer,      // [BATCH, row_len]
    out: Buffer,    // [BATCH, rows]
    tokens: usize,
    repeats: u32,
}

impl Trial {
    /// Makes it four times as much, if that is possible.
    fn grow(&mut self) -> bool {
        let all = self.weight.rows;
        if let Some(part) = self.weight.parts.iter_mut().find(|part| part.rows < all) {
            part.rows = all.min(4 * part.rows);
        } else if self.tokens < BATCH {
            self.tokens = BATCH.min(4 * self.tokens);
        } else if self.repeats < MOST_REPEATS {
            self.repeats = MOST_REPEATS.min(4 * self.repeats);
        } else {
            return false;
        }
        true
    }
}

impl GpuBackend {
    /// What tiles of weights of `format` are in: what was measured to be fastest. Where nothing was, the least exact that the
    /// tier has; but bytes only if the tier was chosen, and with it how much is rounded.
    pub(crate) fn arithmetic(&self, format: Format) -> Arithmetic {
        let capabilities = &self.device.capabilities;
        let forced = capabilities.is_forced();
        let usual = || {
            let mut has = Arithmetic::of(capabilities.target.tier, format);
            has.rfind(|arithmetic| forced || *arithmetic != Arithmetic::Bytes)
        };
        self.device.tiles.get(format).or_else(usual).unwrap_or(Arithmetic::F32)
    }

    /// What the tiles of each format of the weights so far are in; of floats there is nothing to choose.
    pub fn tiles(&self) -> Vec<(Format, Arithmetic)> {
        let formats = Format::ALL.into_iter().filter(|format| format.is_quantized() && self.shape(*format).is_some());
        formats.map(|format| (format, self.arithmetic(format))).collect()
    }

    /// See [`Backend::tune`]: measures, with `now` in milliseconds, for each format of the weights
    /// so far, once on a device.
    pub(crate) async fn measure_tiles(&mut self, now: fn() -> f64) -> Result<()> {
        if self.device.capabilities.is_forced() {
            return Ok(());
        }
        let stats = self.recorder.stats;
        let tier = self.device.capabilities.target.tier;
        let is_open =
            |format: &Format| Arithmetic::of(tier, *format).count() > 1 && self.device.tiles.get(*format).is_none();
        let trials = Format::ALL.into_iter().filter(is_open);
        let trials: Vec<_> = trials.filter_map(|format| Some((format, self.shape(format)?))).collect();
        // A browser compiles them beside one another.
        for (format, _) in &trials {
            for arithmetic in Arithmetic::of(tier, *format) {
                self.prepare_tiles(*format, false, arithmetic);
            }
        }
        for (format, (rows, row_len)) in trials {
            let found = self.fastest_of(format, rows, row_len, now).await?;
            self.device.tiles.set(format, found);
        }
        self.recorder.give_back(&mut self.allocator);
        self.recorder.stats = stats;
        Ok(())
    }

    /// Rows and their length of the matrices of `format` that have the most weights together.
    fn shape(&self, format: Format) -> Option<(usize, usize)> {
        let shapes = self.shapes.iter().filter(|((of, ..), _)| *of == format);
        // The same in every run: of equals the greatest.
        let most =
            shapes.max_by_key(|((_, rows, row_len), count)| (area(*rows, *row_len).saturating_mul(**count), *rows));
        most.map(|((_, rows, row_len), _)| (*rows, *row_len))
    }

    async fn fastest_of(
        &mut self,
        format: Format,
        rows: usize,
        row_len: usize,
        now: fn() -> f64,
    ) -> Result<Arithmetic> {
        let mut trial = self.trial(format, rows, row_len)?;
        self.time(&trial, Arithmetic::F32, now).await?; // Compiles.
        while self.time(&trial, Arithmetic::F32, now).await? < LONG_MS && trial.grow() {}
        let tier = self.device.capabilities.target.tier;
        let mut times: Vec<_> = Arithmetic::of(tier, format).map(|arithmetic| (arithmetic, f64::INFINITY)).collect();
        for (arithmetic, _) in &times {
            self.time(&trial, *arithmetic, now).await?;
        }
        let begin = now();
        for round in 0..ROUNDS {
            // One after the other, so that what slows the device down for a while slows all of them.
            for (arithmetic, least) in &mut times {
                *least = least.min(self.time(&trial, *arithmetic, now).await?);
            }
            if round > 0 && now() - begin > MOST_MS {
                break;
            }
        }
        Ok(fastest(&times))
    }

    fn trial(&mut self, format: Format, rows: usize, row_len: usize) -> Result<Trial> {
        let rows = rows.min(MOST_ROWS).min(Part::most_rows(&self.device, format, row_len));
        let mut weight = Matrix { format, rows, row_len, expert_rows: None, parts: Vec::new() };
        let mut part = Part::new(&self.device, &mut self.allocator, "a trial", &weight, 0, rows)?;
        let (x, out) = (self.buffer(area(BATCH, row_len))?, self.buffer(area(BATCH, rows))?);
        let (tile_rows, tile_tokens) = PACKED_TILE;
        part.rows = part.rows.min(tile_rows as usize);
        weight.parts.push(part);
        Ok(Trial { weight, x, out, tokens: tile_tokens as usize, repeats: 1 })
    }

    /// How many milliseconds a trial takes.
    async fn time(&mut self, trial: &Trial, arithmetic: Arithmetic, now: fn() -> f64) -> Result<f64> {
        let Trial { weight, x, out, tokens, repeats } = trial;
        let begin = now();
        for _ in 0..*repeats {
            // In a model, activations are made bytes once for up to three products; here each pays for its own.
            let packed = match arithmetic {
                Arithmetic::Bytes => Some(self.quantized(x, area(*tokens, weight.units()))?),
                Arithmetic::F32 | Arithmetic::F16 => None,
            };
            let mut input = Input::rows(x, *tokens);
            input.packed = packed;
            self.multiply_one(&input, weight, arithmetic, out, false)?;
        }
        if let Some(submission) = self.recorder.submit(&self.device, None) {
            Portion::of(&self.device, submission).done(&self.device).await?;
        }
        Ok(now() - begin)
    }
}
