//! Chord in a browser: one [`Engine`] handle that keeps models in IndexedDB, loads one of them and answers with it.
//!
//! The only crate that knows a browser. What JavaScript sees is [`Engine`] and the shapes in [`types`]; the TypeScript is
//! generated from both. Every rejection is an `Error` with a stable `code` ([`ErrorCode`]) and a message a person can act
//! on; a panic is a `WebAssembly.RuntimeError`, after which the module has to be thrown away.

mod backend;
mod blob;
mod download;
mod embed;
mod engine;
mod errors;
mod events;
mod generate;
#[cfg(not(feature = "gpu"))]
mod helpers;
mod import;
mod job;
mod keep;
mod load;
mod meter;
mod platform;
mod slot;
mod store;
mod turn;
pub mod types;

pub use download::Download;
pub use engine::{Engine, EngineConfig};
pub use errors::{EngineError, ErrorCode};
pub use job::JobKind;
pub use store::{CHUNKS, DATABASE, MANIFESTS, PARTIALS, SCHEMA_VERSION, StoreError};
