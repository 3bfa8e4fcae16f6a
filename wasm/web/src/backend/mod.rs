//! What computes here: the CPU, or, in the build with the feature `gpu`, the GPU; and around it a profile of its ops,
//! switched on for an answer that asks for one. Each of the two files has the same three things: what an engine needs to
//! make a backend ([`Hardware`]), how a model is set going and kept going ([`Pace`]), and the backend itself.

#[cfg(not(feature = "gpu"))]
mod cpu;
#[cfg(feature = "gpu")]
mod gpu;

use wasm_chord_core::backend::{Profile, Profiled};

#[cfg(not(feature = "gpu"))]
use cpu as chosen;
#[cfg(feature = "gpu")]
use gpu as chosen;

pub(crate) use chosen::{BUILD, Hardware, Pace, ThreadCount};

use crate::types::OpTime;

/// The backend of all models.
pub(crate) type WebBackend = Profiled<chosen::Backend, fn() -> f64>;

/// Tokens that are read at once to warm up: several tiles of the matrix products.
const WARM_UP_TOKENS: usize = 16;

/// A profile as JavaScript sees it, the op that took longest first.
pub(crate) fn op_times(profile: &Profile) -> Vec<OpTime> {
    let entries = profile.entries().into_iter();
    let time = |entry: &wasm_chord_core::backend::ProfileEntry| OpTime {
        op: entry.op.name().to_owned(),
        weights: entry.weights.map(|ty| ty.to_string()),
        calls: entry.calls,
        ms: entry.ms,
        bytes: entry.bytes,
    };
    entries.map(time).collect()
}
