//! The CPU crate's own suite, on the arch files that only wasm has, each in the build that ships it.

#[cfg(not(target_feature = "relaxed-simd"))]
mod simd128 {
    use wasm_bindgen_test::wasm_bindgen_test;

    wasm_chord_cpu::stamp_suite!(wasm_bindgen_test, wasm_chord_cpu::arch::Simd128);
}

#[cfg(target_feature = "relaxed-simd")]
mod relaxed_simd {
    use wasm_bindgen_test::wasm_bindgen_test;
    use wasm_chord_cpu::arch::RelaxedSimd;

    wasm_chord_cpu::stamp_suite!(wasm_bindgen_test, RelaxedSimd::pairs());

    mod signed {
        use wasm_bindgen_test::{console_log, wasm_bindgen_test};
        use wasm_chord_cpu::arch::{RelaxedSimd, SIGNED};

        wasm_chord_cpu::stamp_suite!(
            wasm_bindgen_test,
            match RelaxedSimd::<SIGNED>::detect() {
                Some(arch) => arch,
                None => return console_log!("skipped: this machine's dot product is not signed"),
            }
        );
    }

    mod unsigned {
        use wasm_bindgen_test::{console_log, wasm_bindgen_test};
        use wasm_chord_cpu::arch::{RelaxedSimd, UNSIGNED};

        wasm_chord_cpu::stamp_suite!(
            wasm_bindgen_test,
            match RelaxedSimd::<UNSIGNED>::detect() {
                Some(arch) => arch,
                None => return console_log!("skipped: this machine's dot product is not unsigned, or saturates"),
            }
        );
    }
}
