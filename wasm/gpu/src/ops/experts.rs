//! Mixtures of experts: the device chooses, and nobody reads what. A slot is a token and one of the experts that see it.
//!
//! ```text
//! router · x → experts_route → few tokens: experts_gated, experts_down
//!                              many, or gates and partners of two formats: experts_group; experts_matmul of gates, partners
//!                              and what they make; experts_sum
//! ```
//! Of a stack in parts each is a dispatch a part, in which the slots of other parts' experts have nothing to do.

use std::sync::Arc;

use wasm_chord_core::backend::{Activation, Gating, Mixture, Result, Routing};

use super::matmul::{FEW_TOKENS, Input, lanes, row_bytes};
use super::{area, bytes, check, matrix, word};
use crate::backend::{Buffer, GpuBackend};
use crate::kernel::{DOWN_LANES, GROUP, Kernel, MOST_EXPERTS, Pairwise, TILE};
use crate::memory::Memory;
use crate::pipelines::Binding;
use crate::recorder::{Call, grid, rows_of_groups};
use crate::scratch::Use;
use crate::weight::{Matrix, Part, UNIT, Weight};

/// A mixture that fits together, and the tokens it is for.
struct Plan<'a> {
    gate: &'a Matrix,
    up: &'a Matrix,
    down: &'a Matrix,
    experts: usize,
    used: usize,
    ffn: usize,
    hidden: usize,
    n: usize,
    slots: usize,
    op: Pairwise,
}

impl<'a> Plan<'a> {
    fn new(m: &Mixture<'a, Weight>, n: usize) -> Result<Self> {
        let op = "mixture";
        let (router, gate, up, down) =
            (matrix(op, m.router)?, matrix(op, m.gate)?, matrix(op, m.up)?, matrix(op, m.down)?);
        let (hidden, ffn) = (gate.row_len, down.row_len);
        let stack = |w: &Matrix, rows: usize, row_len: usize| {
            (w.expert_rows, w.rows, w.row_len) == (Some(rows), area(m.experts, rows), row_len)
        };
        let fits = stack(gate, ffn, hidden) && stack(up, ffn, hidden) && stack(down, hidden, ffn);
        let routed = (router.rows, router.row_len) == (m.experts, hidden)
            && m.experts <= MOST_EXPERTS
            && (1..=m.experts).contains(&m.used)
            && m.bias.is_none_or(|bias| bias.len() == m.experts);
        check(op, fits && routed, || format!("{} of {} experts, {:?}", m.used, m.experts, gate.expert_rows))?;
        let op = match m.activation {
            Activation::Silu => Pairwise::SwiGlu,
            Activation::Gelu => Pairwise::GeGlu,
        };
        let (experts, used) = (m.experts, m.used);
        Ok(Self { gate, up, down, experts, used, ffn, hidden, n, slots: area(n, used), op })
    }

    /// Whether gates and partners go together, a few tokens at a time.
    fn is_for_few(&self) -> bool {
        self.n <= FEW_TOKENS && self.gate.format == self.up.format
    }

    /// Bytes that are read of the experts of a stack, a slot at a time.
    fn bytes_of_slots(&self, w: &Matrix) -> u64 {
        self.slots as u64 * expert_bytes(w)
    }

    /// Bytes that are read of the experts of a stack for all tokens together, were their experts as different as can be.
    fn bytes_of_tiles(&self, w: &Matrix) -> u64 {
        self.slots.min(self.experts) as u64 * expert_bytes(w)
    }

    /// Tiles that slots take at most: each expert may have one that is not full.
    fn tiles(&self) -> usize {
        self.slots / TILE.1 as usize + self.slots.min(self.experts)
    }
}

/// Bytes of an expert's matrix in a stack.
fn expert_bytes(w: &Matrix) -> u64 {
    w.expert_rows.unwrap_or(0) as u64 * row_bytes(w)
}

/// The first expert of a part, and how many it has.
fn experts_of(part: &Part, rows: usize) -> [usize; 2] {
    [part.first / rows, part.rows / rows]
}

impl GpuBackend {
    /// See [`Backend::mixture`](wasm_chord_core::Backend::mixture).
    pub(crate) fn mix(
        &mut self,
        x: &Buffer,
        n: usize,
        m: &Mixture<'_, Weight>,
        logits: &mut Buffer,
        out: &Buffer,
        add: bool,
    ) -> Result<()> {
        let plan = Plan::new(m, n)?;
        let fits = x.len().min(out.len()) >= area(n, plan.hidden) && logits.len() >= area(n, plan.experts);
        check("mixture", fits, || format!("[{n}, {}] in {} and {}", plan.hidden, x.len(), out.len()))?;
        if n == 0 {
            return Ok(());
        }
        let routes = self.scratch(Use::Routes, area(plan.slots, 2))?;
        let gates = self.scratch(Use::Gates, area(plan.slots, plan.ffn))?;
        if plan.is_for_few() {
            self.multiply(Input::rows(x, n), &mut [(m.router, &mut *logits)])?;
            self.route(&plan, m.routing, m.bias, logits, &routes)?;
            self.gate_experts(&plan, x, &routes, &gates)?;
            return self.sum_down(&plan, &gates, &routes, out, add);
        }
        let ups = self.scratch(Use::Ups, area(plan.slots, plan.ffn))?;
        let downs = self.scratch(Use::Downs, area(plan.slots, plan.hidden))?;
        let groups = self.scratch(Use::Groups, area(plan.tiles(), 3) + plan.slots)?;
        self.multiply(Input::rows(x, n), &mut [(m.router, &mut *logits)])?;
        self.route(&plan, m.routing, m.bias, logits, &routes)?;
        self.group(&plan, &routes, &groups)?;
        self.multiply_tiles(&plan, plan.gate, (x.binding(), plan.used), &groups, &gates)?;
        self.multiply_tiles(&plan, plan.up, (x.binding(), plan.used), &groups, &ups)?;
        self.activate(&plan, &gates, &ups)?;
        self.multiply_tiles(&plan, plan.down, (Binding::whole(&gates), 1), &groups, &downs)?;
        self.sum_slots(&plan, &downs, &routes, out, add)
    }

    /// Builds the kernels that a stack of experts will need before a token waits for them.
    pub(crate) fn prepare_experts(&mut self, w: &Matrix) {
        let (format, ragged, lanes, op) = (w.format, ragged(w), lanes(w), Pairwise::SwiGlu);
        // Of which of the three matrices a stack is, nobody has said.
        let kernels = [
            Kernel::ExpertsRoute,
            Kernel::ExpertsGated { format, lanes, ragged, op },
            Kernel::ExpertsDown { format, ragged },
            Kernel::ExpertsGroup,
            Kernel::ExpertsMatMul { format, ragged },
            Kernel::Pairwise(op),
            Kernel::ExpertsSum,
        ];
        for kernel in kernels {
            self.recorder.prepare(&self.device, kernel);
        }
    }

    /// Chooses experts: their numbers and weights to `routes`.
    fn route(
        &mut self,
        plan: &Plan<'_>,
        routing: Routing,
        bias: Option<&[f32]>,
        logits: &Buffer,
        routes: &Memory,
    ) -> Result<()> {
        let added = bias.unwrap_or_default();
        self.reserve(size_of_val(added))?;
        let at = self.recorder.data(bytemuck::cast_slice(added));
        let data = self.recorder.data_memory();
        let Routing { gating, normalise, scale } = routing;
        self.dispatch(&Call {
            kernel: Kernel::ExpertsRoute,
            params: &[
                word(plan.experts),
                word(plan.used),
                at,
                u32::from(bias.is_some()),
                u32::from(gating == Gating::Sigmoid),
                u32::from(normalise),
                scale.to_bits(),
            ],
            bindings: &[logits.binding(), Binding::whole(&data), Binding::whole(routes)],
            grid: [word(plan.n), 1, 1],
            bytes: bytes(area(plan.n, plan.experts)) + bytes(added.len()) + 2 * bytes(plan.slots),
        });
        Ok(())
    }

    /// Gates and partners of each slot, and the activation, to `out`, `[slots, ffn]`.
    fn gate_experts(&mut self, plan: &Plan<'_>, x: &Buffer, routes: &Memory, out: &Memory) -> Result<()> {
        let (w, rows) = (plan.gate, plan.ffn);
        let lanes = lanes(w);
        let [columns, groups, _] = rows_of_groups(rows.div_ceil((GROUP / lanes) as usize));
        let moved = bytes(plan.n * plan.hidden) + bytes(area(plan.slots, rows)) + 2 * bytes(plan.slots);
        // All parts together read what the slots need.
        let mut weights = plan.bytes_of_slots(w) + plan.bytes_of_slots(plan.up);
        let mut multiply_adds = 2 * area(plan.slots, rows) * w.row_len;
        for (gate, up) in w.parts.iter().zip(&plan.up.parts) {
            let [first, experts] = experts_of(gate, rows);
            let params =
                [gate.scales_word(), up.scales_word(), 0, 0, rows, w.units(), w.row_len, plan.used, first, experts];
            self.reserve(0)?;
            self.recorder.stats.multiplied(weights, multiply_adds);
            self.dispatch(&Call {
                kernel: Kernel::ExpertsGated { format: w.format, lanes, ragged: ragged(w), op: plan.op },
                params: &params.map(word),
                bindings: &[
                    Binding::whole(&gate.memory),
                    Binding::whole(&up.memory),
                    x.binding(),
                    Binding::whole(out),
                    Binding::whole(routes),
                ],
                grid: [columns, groups, word(plan.slots)],
                bytes: weights + moved,
            });
            (weights, multiply_adds) = (0, 0);
        }
        Ok(())
    }

    /// What a token's experts make of their slots of `x`, `[slots, ffn]`, added up in `out`.
    fn sum_down(&mut self, plan: &Plan<'_>, x: &Memory, routes: &Memory, out: &Buffer, add: bool) -> Result<()> {
        let (w, rows) = (plan.down, plan.hidden);
        let [columns, groups, _] = rows_of_groups(rows.div_ceil((GROUP / DOWN_LANES) as usize));
        let mut weights = plan.bytes_of_slots(w);
        let mut multiply_adds = area(plan.slots, rows) * w.row_len;
        for (i, part) in w.parts.iter().enumerate() {
            let [first, experts] = experts_of(part, rows);
            let add = add || i > 0;
            let params = [rows, w.units(), w.row_len, plan.used, first, experts, usize::from(add)];
            let results = bytes(area(plan.n, rows)) * if add { 2 } else { 1 };
            self.reserve(0)?;
            self.recorder.stats.multiplied(weights, multiply_adds);
            self.dispatch(&Call {
                kernel: Kernel::ExpertsDown { format: w.format, ragged: ragged(w) },
                params: &params.map(word),
                bindings: &[part.quants(w), part.scales(), Binding::whole(x), out.binding(), Binding::whole(routes)],
                grid: [columns, groups, word(plan.n)],
                bytes: weights + bytes(area(plan.slots, plan.ffn)) + 2 * bytes(plan.slots) + results,
            });
            (weights, multiply_adds) = (0, 0);
        }
        Ok(())
    }

    /// Slots by their experts.
    fn group(&mut self, plan: &Plan<'_>, routes: &Memory, groups: &Memory) -> Result<()> {
        self.reserve(0)?;
        self.dispatch(&Call {
            kernel: Kernel::ExpertsGroup,
            params: &[plan.slots, plan.experts, plan.tiles()].map(word),
            bindings: &[Binding::whole(routes), Binding::whole(groups)],
            grid: [1, 1, 1],
            bytes: 5 * bytes(plan.slots) + 3 * bytes(plan.tiles()),
        });
        Ok(())
    }

    /// `out[slot] = w[its expert] · x[slot / share]`.
    fn multiply_tiles(
        &mut self,
        plan: &Plan<'_>,
        w: &Matrix,
        (x, share): (Binding<'_>, usize),
        groups: &Memory,
        out: &Memory,
    ) -> Result<()> {
        let rows = w.expert_rows.unwrap_or(0);
        let (tile_rows, _) = TILE;
        let moved = bytes(area(plan.slots / share, w.row_len)) + bytes(area(plan.slots, rows)) + 2 * bytes(plan.slots);
        let mut weights = plan.bytes_of_tiles(w);
        let mut multiply_adds = area(plan.slots, rows) * w.row_len;
        // Weights are counted once; beyond a few tokens each a device multiplies longer than it reads.
        let mut work = (plan.bytes_of_slots(w) / FEW_TOKENS as u64).saturating_sub(weights);
        for part in &w.parts {
            let [first, experts] = experts_of(part, rows);
            let params = [rows, w.units(), w.row_len, share, first, experts, plan.tiles()];
            self.reserve(0)?;
            self.recorder.charge(work);
            self.recorder.stats.multiplied(weights, multiply_adds);
            self.dispatch(&Call {
                kernel: Kernel::ExpertsMatMul { format: w.format, ragged: ragged(w) },
                params: &params.map(word),
                bindings: &[part.quants(w), part.scales(), x, Binding::whole(out), Binding::whole(groups)],
                grid: [word(rows).div_ceil(tile_rows), word(plan.tiles()), 1],
                bytes: weights + moved,
            });
            (weights, multiply_adds, work) = (0, 0, 0);
        }
        Ok(())
    }

    /// `gates = act(gates) × ups`.
    fn activate(&mut self, plan: &Plan<'_>, gates: &Memory, ups: &Memory) -> Result<()> {
        let len = area(plan.slots, plan.ffn);
        self.reserve(0)?;
        self.dispatch(&Call {
            kernel: Kernel::Pairwise(plan.op),
            params: &[len, len].map(word),
            bindings: &[Binding::whole(gates), Binding::whole(ups)],
            grid: grid(len),
            bytes: 3 * bytes(len),
        });
        Ok(())
    }

    /// `out[t] = Σ weight × x` over a token's slots.
    fn sum_slots(&mut self, plan: &Plan<'_>, x: &Arc<Memory>, routes: &Memory, out: &Buffer, add: bool) -> Result<()> {
        let len = area(plan.n, plan.hidden);
        self.reserve(0)?;
        self.dispatch(&Call {
            kernel: Kernel::ExpertsSum,
            params: &[len, plan.hidden, plan.used, usize::from(add)].map(word),
            bindings: &[Binding::whole(x), Binding::whole(routes), out.binding()],
            grid: grid(len),
            bytes: bytes(area(plan.slots, plan.hidden)) + 2 * bytes(plan.slots) + bytes(len) * if add { 2 } else { 1 },
        });
        Ok(())
    }
}

fn ragged(w: &Matrix) -> bool {
    !w.row_len.is_multiple_of(UNIT)
}
