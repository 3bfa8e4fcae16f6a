//! The engine in a real browser, through the JavaScript objects a page gets.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen_test::wasm_bindgen_test_configure;

wasm_bindgen_test_configure!(run_in_dedicated_worker);

mod damage;
mod fixtures;
mod generate;
mod goldens;
mod import;
mod kernels;
mod load;
mod page;
mod store;
mod tiny;
