//! The engine in a real browser, through the JavaScript objects a page gets.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "clippy does not know these for tests")]

use wasm_bindgen_test::wasm_bindgen_test_configure;
use wasm_chord_goldens::tiny;

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[cfg(not(target_feature = "atomics"))]
// Parsing is the same in both builds, and a thousand damaged files take their time.
mod damage;
mod download;
mod embed;
mod fixtures;
mod generate;
mod goldens;
#[cfg(not(target_feature = "atomics"))]
// What runs on the GPU is the same in both builds.
mod gpu;
mod import;
mod keep;
mod kernels;
mod load;
mod page;
mod shards;
mod store;
