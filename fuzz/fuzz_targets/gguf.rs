#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| wasm_chord_fuzz::gguf::run(data));
