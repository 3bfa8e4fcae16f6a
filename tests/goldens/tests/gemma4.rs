//! What the fixture of `gemma4` does not show: values that are the keys, what training left in layers that share another's
//! keys, numbers of such layers that cannot be, and tokens that are not to be written.

#![allow(clippy::unwrap_used)] // A broken fixture may stop the test where it is.

use wasm_chord_core::Reference;
use wasm_chord_core::gguf::{Array, Gguf, Value};
use wasm_chord_goldens::{fixtures, load, rewrite};
use wasm_chord_runtime::Error;

/// The fixture: layers 0, 1 and 3 see a window; 3 and 4 share the keys and values of 1 and 2.
fn file() -> Option<Vec<u8>> {
    Some(std::fs::read(fixtures()?.join("arch/gemma4-f32.gguf")).unwrap())
}

fn data(file: &[u8], name: &str) -> Vec<u8> {
    let gguf = Gguf::parse(file).unwrap();
    let tensor = gguf.tensor(name).unwrap();
    let begin = (gguf.data_start + tensor.offset) as usize;
    file[begin..begin + tensor.bytes as usize].to_vec()
}

fn logits(file: &[u8]) -> Result<Vec<f32>, Error> {
    load(Reference, file, 64, 4093)?.model_mut().forward_all(&[1, 40, 7, 300, 301, 9, 40, 11], 0)
}

#[test]
fn values_may_be_the_keys() {
    let Some(file) = file() else { return };
    let keys = data(&file, "blk.2.attn_k.weight");
    let copied = |name: &str, data: Vec<u8>| Some(if name == "blk.2.attn_v.weight" { keys.clone() } else { data });
    let left_out = |name: &str, data| (name != "blk.2.attn_v.weight").then_some(data);
    let copied = logits(&rewrite::tensors(&file, copied).unwrap().to_bytes()).unwrap();
    assert_eq!(logits(&rewrite::tensors(&file, left_out).unwrap().to_bytes()).unwrap(), copied);
    assert_ne!(logits(&file).unwrap(), copied);
}

#[test]
fn keys_of_layers_that_share_another_s_are_passed_over() {
    let Some(file) = file() else { return };
    let mut with_keys = rewrite::writer(&file).unwrap();
    let gguf = Gguf::parse(&file).unwrap();
    for name in ["attn_k.weight", "attn_v.weight", "attn_k_norm.weight"] {
        let tensor = gguf.tensor(&format!("blk.1.{name}")).unwrap();
        let data = data(&file, &tensor.name);
        with_keys = with_keys.tensor(&format!("blk.3.{name}"), tensor.ty, &tensor.dims, data);
    }
    assert_eq!(logits(&with_keys.to_bytes()).unwrap(), logits(&file).unwrap());
}

#[test]
fn layers_to_share_with_must_be_there_and_alike() {
    let Some(file) = file() else { return };
    let key = "gemma4.attention.shared_kv_layers";
    // 1: only layer 4, whose source would be layer 3, which has a window. 3: layer 2, and there 4, would look at layer 1.
    for shared in [1, 3, 4, 5, 6, u32::MAX] {
        let changed = rewrite::with(&file, key, Value::U32(shared)).unwrap().to_bytes();
        let error = logits(&changed).unwrap_err();
        assert!(error.to_string().contains(key), "{shared}: {error}");
    }
}

#[test]
fn tokens_that_are_not_to_be_written_never_are() {
    let Some(file) = file() else { return };
    let ids = Value::Array(Array::I32(vec![511, 5, -1, 512, 5]));
    let changed = rewrite::writer(&file).unwrap().set("tokenizer.ggml.suppress_tokens", ids);
    let (plain, suppressed) = (logits(&file).unwrap(), logits(&changed.to_bytes()).unwrap());
    for (at, (plain, suppressed)) in plain.into_iter().zip(suppressed).enumerate() {
        let expected = if [5, 511].contains(&(at % 512)) { f32::NEG_INFINITY } else { plain };
        assert_eq!(suppressed, expected, "{at}");
    }
}
