//! What computes here: the CPU backend, and around it a profile of its ops, switched on for an answer that asks for one.

use wasm_chord_core::backend::{Profile, Profiled};
use wasm_chord_cpu::pool::Pool;
use wasm_chord_cpu::{CacheType, CpuBackend};

use crate::platform;
use crate::types::{ModelKind, OpTime};

/// The backend of all models.
pub(crate) type WebBackend = Profiled<CpuBackend, fn() -> f64>;

/// A backend for one model of `kind`, whose work `pool` shares.
pub(crate) fn backend(pool: Pool, kind: ModelKind) -> WebBackend {
    let cpu = CpuBackend::new().with_pool(pool);
    // An encoder forgets a text's keys and values when it is done with it.
    let cpu = match kind {
        ModelKind::Generator => cpu.with_cache(CacheType::F16),
        ModelKind::Embedder => cpu,
    };
    Profiled::new(cpu, platform::now)
}

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
