//! Measuring a model's speed: prefill and decode in interleaved rounds, and where the time of a token goes.

mod bandwidth;
#[cfg(feature = "gpu")]
pub mod gpu;
mod measure;
mod report;
mod stats;

pub use measure::{Plan, measure};
pub use report::table;
