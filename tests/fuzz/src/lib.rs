//! What the fuzzers run, as plain functions: one file a target. A function returns for whatever bytes it is given; a panic
//! is a bug found.
//!
//! `fuzz/` feeds them from libFuzzer; the test beside this crate replays the committed corpus on a stable compiler.

#![allow(clippy::panic, reason = "what a fuzzer finds, it tells by panicking")]

pub mod gguf;
mod input;
pub mod seeds;
pub mod template;
pub mod tokenizer;

/// A target.
pub struct Target {
    /// Its name, which is its corpus's.
    pub name: &'static str,
    /// What it does with an input.
    pub run: fn(&[u8]),
    /// The inputs to start from, by name.
    pub seeds: fn() -> Vec<(&'static str, Vec<u8>)>,
}

/// All of them.
pub const TARGETS: [Target; 3] = [
    Target { name: "gguf", run: gguf::run, seeds: seeds::gguf },
    Target { name: "tokenizer", run: tokenizer::run, seeds: seeds::tokenizer },
    Target { name: "template", run: template::run, seeds: seeds::template },
];
