//! What inference needs of a file, read from a real one: the header, every tensor's weights, and the tokenizer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A broken fixture may stop the test where it is.

mod common;

use common::{Random, fixtures, read};
use wasm_chord_core::block::{dequantize_row, quantize_row};
use wasm_chord_core::gguf::write::GgufWriter;
use wasm_chord_core::gguf::{GgmlType, Gguf};
use wasm_chord_core::tokenizer::{EncodeOptions, Tokenizer};
use wasm_chord_core::{Backend, Reference};

/// The weights of one tensor, `[rows, row_len]`.
fn weights(gguf: &Gguf, bytes: &[u8], name: &str) -> Vec<f32> {
    let tensor = gguf.tensor(name).unwrap();
    let start = (gguf.data_start + tensor.offset) as usize;
    let mut out = vec![0.0; tensor.rows() * tensor.row_len()];
    dequantize_row(tensor.ty, &bytes[start..start + tensor.bytes as usize], &mut out).unwrap();
    out
}

#[test]
fn a_written_model_is_parsed_and_its_weights_loaded() {
    let mut random = Random(1);
    let matrix: Vec<f32> = (0..64 * 6).map(|_| random.unit()).collect();
    use GgmlType::{BF16, F16, F32, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0};
    for ty in [F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1] {
        let data = matrix.chunks(64).flat_map(|row| quantize_row(ty, row).unwrap()).collect();
        let bytes = GgufWriter::new().set("general.name", "six rows").tensor("m", ty, &[64, 6], data).to_bytes();
        let gguf = Gguf::parse(&bytes).unwrap();
        assert_eq!(gguf.metadata.str("general.name").unwrap(), "six rows");
        // Half a step of the type's rounding: 1/16 of the largest weight for four bits, 1/254 for eight.
        let bound = match ty {
            Q4_0 | Q4_1 => 0.126,
            Q5_0 | Q5_1 => 0.063,
            _ => 0.01,
        };
        let worst = weights(&gguf, &bytes, "m").iter().zip(&matrix).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst <= bound, "{ty}: {worst}");

        // The same weights, through a backend and a piece at a time.
        let info = gguf.tensor("m").unwrap();
        let mut staging = Reference.begin_weight(info).unwrap();
        for piece in bytes[gguf.data_start as usize..][..info.bytes as usize].chunks(5) {
            Reference.write_weight(&mut staging, piece).unwrap();
        }
        let loaded = Reference.finish_weight(staging).unwrap();
        let mut row = vec![0.0; 64];
        Reference.embed(&loaded, &[3], &mut row).unwrap();
        assert_eq!(row, weights(&gguf, &bytes, "m")[3 * 64..4 * 64]);
    }
}

#[test]
fn a_real_model_is_parsed_and_its_weights_loaded() {
    let Some(fixtures) = fixtures() else { return };
    let folder = fixtures.join("models/stories260K");
    let bytes = read(folder.join("stories260K-f32.gguf"));
    let gguf = Gguf::parse(&bytes).unwrap();
    assert_eq!(gguf.metadata.str("general.architecture").unwrap(), "llama");
    assert_eq!(gguf.metadata.u32("llama.block_count").unwrap(), 5);
    assert_eq!(gguf.tensors.len(), 47);
    assert_eq!(gguf.data_start + gguf.data_bytes(), bytes.len() as u64);

    let truth: Vec<Vec<f32>> = gguf.tensors.iter().map(|tensor| weights(&gguf, &bytes, &tensor.name)).collect();
    assert!(truth.iter().flatten().all(|weight| weight.is_finite()));
    assert!(truth.iter().all(|tensor| tensor.iter().any(|weight| *weight != 0.0)));

    // The quantised files hold the same weights, as closely as their types can.
    for (file, bound) in [("f16", 1e-6), ("BF16", 1e-4), ("Q8_0", 1e-3), ("Q5_0", 5e-3), ("Q4_0", 2e-2)] {
        let bytes = read(folder.join(format!("stories260K-{file}.gguf")));
        let quantised = Gguf::parse(&bytes).unwrap();
        for (tensor, truth) in gguf.tensors.iter().zip(&truth) {
            let ours = weights(&quantised, &bytes, &tensor.name);
            let error: f32 = ours.iter().zip(truth).map(|(a, b)| (a - b).powi(2)).sum();
            let nmse = error / truth.iter().map(|b| b.powi(2)).sum::<f32>();
            assert!(nmse <= bound, "{file}: {} {nmse}", tensor.name);
        }
    }

    let tokenizer = Tokenizer::from_gguf(&gguf.metadata).unwrap();
    let ids = tokenizer.encode("Once upon a time", EncodeOptions::default());
    assert_eq!(ids, [1, 403, 407, 261, 378]);
    assert_eq!(tokenizer.decode(&ids), "Once upon a time");
}
