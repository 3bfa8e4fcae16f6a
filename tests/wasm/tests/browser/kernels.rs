//! The CPU crate's own suite, on the arch files that only wasm has.

mod simd128 {
    use wasm_bindgen_test::wasm_bindgen_test;

    wasm_chord_cpu::stamp_suite!(wasm_bindgen_test, wasm_chord_cpu::arch::Simd128);
}

mod portable {
    use wasm_bindgen_test::wasm_bindgen_test;

    wasm_chord_cpu::stamp_suite!(wasm_bindgen_test, wasm_chord_cpu::arch::Portable);
}
