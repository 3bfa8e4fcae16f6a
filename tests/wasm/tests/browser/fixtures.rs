//! The fixtures that were there when the tests were built.

use wasm_bindgen_test::console_log;

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/fixtures.rs"));
}

pub use embedded::GOLDENS;

/// A fixture's bytes; says that `test` is skipped when there are none.
pub fn file(test: &str, path: &str) -> Option<&'static [u8]> {
    let found = embedded::FILES.iter().find(|(name, _)| *name == path).map(|(_, bytes)| *bytes);
    if found.is_none() {
        skipped(test);
    }
    found
}

/// Says that `test` is skipped.
pub fn skipped(test: &str) {
    console_log!("skipped: {test}: no fixtures beside the project when the tests were built");
}
