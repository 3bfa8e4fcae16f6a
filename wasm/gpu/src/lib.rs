//! The place of the WebGPU backend: WGSL kernels behind the [`Backend`] trait, through `wgpu`.
//!
//! Nothing is implemented yet, no other crate depends on this one, and no build offers it as a choice.

pub use wasm_chord_core::Backend;
