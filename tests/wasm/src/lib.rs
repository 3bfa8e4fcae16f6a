//! Nothing: the tests in `tests/browser` are the crate, run by wasm-pack in a dedicated worker of headless Chrome.
