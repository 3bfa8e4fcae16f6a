//! Real and random models against another engine's logits, in this build of the kernels.

use wasm_bindgen_test::{console_log, wasm_bindgen_test};
use wasm_chord_core::Backend;
use wasm_chord_cpu::CpuBackend;
use wasm_chord_goldens::{Activations, Golden, check, load, must_run, nmse};
use wasm_chord_runtime::argmax;

use crate::fixtures;

#[wasm_bindgen_test]
async fn models_meet_their_goldens() {
    meet(CpuBackend::new, Activations::Int8, |_| true).await;
}

/// Fails unless the models whose names `chosen` takes meet their goldens.
pub(crate) async fn meet<B: Backend + 'static>(
    new_backend: impl Fn() -> B,
    activations: Activations,
    chosen: impl Fn(&str) -> bool,
) {
    if fixtures::GOLDENS.is_empty() {
        fixtures::skipped("goldens");
    }
    let mut failures = Vec::new();
    for (name, golden, gguf) in fixtures::GOLDENS.iter().filter(|(name, ..)| chosen(name)) {
        let golden: Golden = serde_json::from_str(golden).unwrap();
        match check(&new_backend, activations, gguf, &golden).await {
            Ok(report) => {
                console_log!("{name:20} nmse {:.1e}, {} near ties", report.worst_nmse, report.near_ties);
            }
            Err(failure) if !must_run(&golden) && failure.is_refusal() => console_log!("{name:20} refused: {failure}"),
            Err(failure) => failures.push(format!("{name}: {failure}")),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// The rows of a NumPy file of little-endian f64, `[64, 512]`.
fn rows(npy: &[u8]) -> Vec<Vec<f32>> {
    let header = usize::from(u16::from_le_bytes([npy[8], npy[9]]));
    let values: Vec<f32> =
        npy[10 + header..].chunks_exact(8).map(|bytes| f64::from_le_bytes(bytes.try_into().unwrap()) as f32).collect();
    values.chunks_exact(512).map(<[f32]>::to_vec).collect()
}

/// NMSE of `file`'s logits against the float64 table of the F32 model: 64 positions of its own greedy text.
fn against_float64(file: &str) -> Option<f64> {
    let gguf = fixtures::file(file, file)?;
    let table = rows(fixtures::file(file, "models/stories260K/ref-logits-64x512-f64.npy")?);
    // Each row's likeliest token is the next row's; the first is BOS.
    let mut tokens = vec![1];
    tokens.extend(table.iter().take(table.len() - 1).map(|row| argmax(row).unwrap()));
    let mut session = load(CpuBackend::new(), gguf, 128, 1 << 16).unwrap();
    let ours = session.model_mut().forward_all(&tokens, 0).unwrap();
    Some(nmse(&ours, &table.concat()))
}

#[wasm_bindgen_test]
fn logits_are_those_of_float64() {
    // What halving the weights' precision costs by itself: 11 bits of mantissa, and 8.
    let files = [("f32", 1e-6), ("f16", 1e-5), ("BF16", 1e-3)];
    for (ty, bound) in files {
        let Some(error) = against_float64(&format!("models/stories260K/stories260K-{ty}.gguf")) else { return };
        console_log!("stories260K {ty}: nmse {error:.1e} against float64");
        assert!(error < bound, "{ty}: {error:.2e}");
    }
}
