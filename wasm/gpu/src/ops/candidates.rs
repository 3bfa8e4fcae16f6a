//! The likeliest tokens of a row of logits: the best of each block of them, then the best of ever fewer lists, so that a few
//! hundred bytes are read of hundreds of kB.

use wasm_chord_core::backend::{Backend, Candidates, Result};

use super::{bytes, check, word};
use crate::backend::{Buffer, GpuBackend};
use crate::kernel::{BLOCK, Kernel};
use crate::pipelines::Binding;
use crate::recorder::Call;

/// Entries of a list at most: at least four lists then go into one.
pub(crate) const MOST_CANDIDATES: usize = 256;
/// Blocks at most: one dimension of a dispatch.
const MOST_BLOCKS: usize = 65_535;

/// Where everything lies in the buffer that is read: the logits that are set apart, then the list that is left over. The
/// lists on the way to it take turns in two regions, the second of which follows.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    /// Lists after each round.
    rounds: Vec<usize>,
    /// Words of a list.
    list: usize,
    /// Where each of the regions begins.
    regions: [usize; 2],
    /// Words of all.
    words: usize,
}

impl Plan {
    fn new(n: usize, k: usize, apart: usize) -> Self {
        let list = 2 * k + 1;
        let mut rounds = vec![n.div_ceil(BLOCK)];
        while let Some(lists) = rounds.last().copied().filter(|lists| *lists > 1) {
            rounds.push(lists.div_ceil(BLOCK / k));
        }
        // The last round's list comes to the first region; rounds only ever leave fewer lists.
        let most = |region: usize| rounds.iter().rev().skip(region).step_by(2).max().copied().unwrap_or(0) * list;
        let regions = [apart, apart + most(0)];
        let words = regions[1] + most(1);
        Self { rounds, list, regions, words }
    }

    /// Where the lists of round `i` begin.
    fn at(&self, i: usize) -> usize {
        self.regions[(self.rounds.len() - 1 - i) % 2]
    }
}

impl GpuBackend {
    /// See [`Backend::candidates_async`].
    pub(crate) async fn pick(
        &mut self,
        logits: &Buffer,
        n: usize,
        k: usize,
        apart: &[u32],
        out: &mut Candidates,
    ) -> Result<()> {
        let inside = apart.iter().all(|token| (*token as usize) < n);
        let fits = (1..=logits.len().min(MOST_BLOCKS * BLOCK)).contains(&n) && (1..=MOST_CANDIDATES).contains(&k);
        check("candidates", fits && inside, || {
            format!("{k} of {n} of {} logits, {} apart", logits.len(), apart.len())
        })?;
        let plan = Plan::new(n, k, apart.len());
        let lists = match self.lists.take().filter(|lists| lists.len() >= plan.words) {
            Some(lists) => lists,
            None => self.buffer(plan.words)?,
        };
        self.pick_on_device(logits, n, k, apart, &plan, &lists)?;
        self.picked.resize(apart.len() + plan.list, 0.0);
        let mut words = std::mem::take(&mut self.picked);
        self.read_async(&lists, &mut words).await?;
        self.lists = Some(lists);
        let (first, list) = words.split_at(apart.len());
        out.apart.clear();
        out.apart.extend(first.iter().copied().zip(apart.iter().copied()));
        out.best.clear();
        let entries = list.as_chunks::<2>().0.iter().map(|[logit, token]| (*logit, token.to_bits()));
        out.best.extend(entries.take_while(|(logit, _)| *logit > f32::NEG_INFINITY));
        out.see_whether_complete(n, k);
        out.sum = list.last().copied().unwrap_or(0.0);
        self.picked = words;
        Ok(())
    }

    fn pick_on_device(
        &mut self,
        logits: &Buffer,
        n: usize,
        k: usize,
        apart: &[u32],
        plan: &Plan,
        lists: &Buffer,
    ) -> Result<()> {
        let sorted = k > 1;
        for (i, &count) in plan.rounds.iter().enumerate() {
            let grid = [word(count), 1, 1];
            let left = bytes(count * plan.list);
            match i.checked_sub(1).and_then(|before| plan.rounds.get(before).map(|lists| (*lists, plan.at(before)))) {
                None => {
                    self.reserve(4 * apart.len())?;
                    let apart_at = self.recorder.data(bytemuck::cast_slice(apart));
                    let data = self.recorder.data_memory();
                    self.dispatch(&Call {
                        kernel: Kernel::Candidates { sorted },
                        params: &[word(n), word(k), word(apart.len()), apart_at, word(plan.at(i))],
                        bindings: &[logits.binding(), Binding::whole(&data), lists.binding()],
                        grid,
                        bytes: bytes(n) + left,
                    });
                }
                Some((before, at)) => {
                    self.reserve(0)?;
                    self.dispatch(&Call {
                        kernel: Kernel::CandidatesMerge { sorted },
                        params: &[before, k, at, plan.at(i)].map(word),
                        bindings: &[lists.binding()],
                        grid,
                        bytes: bytes(before * plan.list) + left,
                    });
                }
            }
        }
        Ok(())
    }
}
