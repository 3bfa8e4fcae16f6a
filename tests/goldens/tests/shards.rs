//! Models in several files: loaded as the same model in one, or refused with the file's number.

#![allow(clippy::unwrap_used)] // A broken model may stop the test where it is.

use std::fs;

use wasm_chord_core::Reference;
use wasm_chord_core::gguf::write::GgufWriter;
use wasm_chord_cpu::CpuBackend;
use wasm_chord_goldens::{fixtures, load, load_files, rewrite, tiny};
use wasm_chord_runtime::{Error, LoadOptions, ModelLoader};

const TOKENS: [u32; 5] = [1, 259, 260, 261, 265];

fn logits(files: &[impl AsRef<[u8]>], piece: usize) -> Result<Vec<f32>, Error> {
    load_files(Reference, files, 64, piece)?.model_mut().forward_all(&TOKENS, 0)
}

#[test]
fn shards_give_the_logits_of_the_whole() {
    let whole = tiny::model();
    let expected = load(Reference, &whole, 64, usize::MAX).unwrap().model_mut().forward_all(&TOKENS, 0).unwrap();
    for count in [1, 2, 3, 12, 20] {
        let mut shards = rewrite::shards(&whole, count).unwrap();
        shards.reverse();
        for piece in [97, 4096, usize::MAX] {
            assert!(logits(&shards, piece).unwrap() == expected, "{count} shards in pieces of {piece}");
        }
    }
    // What follows a shard's last tensor is passed over, as after the last tensor of a whole model.
    let mut longer = rewrite::shards(&whole, 3).unwrap();
    longer.iter_mut().for_each(|shard| shard.extend([0xAB; 1000]));
    assert!(logits(&longer, 4096).unwrap() == expected);
}

#[test]
fn a_trained_model_in_shards_is_itself() {
    let Some(fixtures) = fixtures() else { return };
    for ty in ["f32", "Q8_0", "Q4_0"] {
        let bytes = fs::read(fixtures.join(format!("models/stories260K/stories260K-{ty}.gguf"))).unwrap();
        let tokens = [1, 403, 407, 261, 378];
        let whole = load(CpuBackend::new(), &bytes, 64, 1 << 20).unwrap().model_mut().forward_all(&tokens, 0).unwrap();
        let shards = rewrite::shards(&bytes, 7).unwrap();
        let ours =
            load_files(CpuBackend::new(), &shards, 64, 1 << 16).unwrap().model_mut().forward_all(&tokens, 0).unwrap();
        assert!(ours == whole, "{ty}");
    }
}

#[test]
fn what_is_not_all_of_a_model_says_so() {
    let shards = rewrite::shards(&tiny::model(), 3).unwrap();
    let refused = |files: &[&[u8]]| {
        let error = logits(files, 1000).unwrap_err();
        (error.code(), error.to_string())
    };
    let [a, b, c] = [0, 1, 2].map(|no| shards[no].as_slice());
    let (code, message) = refused(&[a, c]);
    assert_eq!(code, "split_model");
    assert!(message.starts_with("part 2 of 3 of this model is missing"), "{message}");
    assert!(refused(&[a, b, b, c]).1.contains("'file 1' and 'file 2' are both part 2 of 3"));
    let (code, message) = refused(&[a, &b[..b.len() - 5000], c]);
    assert_eq!(code, "split_model");
    assert!(message.starts_with("part 2 of 3 of this model ('file 1') is cut short:"), "{message}");
    let (_, message) = refused(&[a, b, &c[..c.len() - 5000]]);
    assert!(message.starts_with("part 3 of 3 of this model ('file 2') is cut short:"), "{message}");

    // One shard where a whole model is expected.
    let error = load(Reference, a, 64, 100).err().unwrap();
    assert_eq!((error.code(), error.to_string().contains("part 2 of 3")), ("split_model", true));

    // A tensor missing from all of them is the model's fault, not the cut's.
    let lacking = GgufWriter::new().set("split.no", 2u16).set("split.count", 3u16).set("split.tensors.count", 8i32);
    let agreeing = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        let key = b"split.tensors.count";
        let at = bytes.windows(key.len()).position(|window| window == key).unwrap() + key.len() + 4;
        bytes[at..at + 4].copy_from_slice(&8i32.to_le_bytes());
        bytes
    };
    let (code, message) = refused(&[&agreeing(a), &agreeing(b), &lacking.to_bytes()]);
    assert_eq!(code, "bad_model", "{message}");
    assert!(message.contains("has no tensor"), "{message}");
}

#[test]
fn a_loader_waits_for_every_file() {
    let shards = rewrite::shards(&tiny::model(), 3).unwrap();
    let headers = || {
        let mut set = wasm_chord_core::gguf::ShardSet::new();
        for (name, shard) in ["a", "b", "c"].iter().zip(&shards) {
            set.add(name, wasm_chord_core::gguf::Gguf::parse(shard).unwrap()).unwrap();
        }
        set.finish().unwrap()
    };
    let loader = || ModelLoader::of_shards(Reference, LoadOptions { context: Some(16) }, headers()).unwrap();

    let mut one = loader();
    one.push(&shards[0]).unwrap();
    one.push(&shards[1]).unwrap(); // Without next_file these are bytes after the first file's end.
    assert!(one.finish().err().unwrap().to_string().starts_with("part 2 of 3 of this model is missing ('b')"));

    let mut early = loader();
    early.push(&shards[0][..shards[0].len() / 2]).unwrap();
    assert_eq!(early.next_file().unwrap_err().code(), "split_model");
    assert_eq!(early.push(&shards[1]).unwrap_err().code(), "bad_request", "it has failed");

    let mut all = loader();
    for (i, shard) in shards.iter().enumerate() {
        if i > 0 {
            all.next_file().unwrap();
        }
        all.push(shard).unwrap();
    }
    assert_eq!(all.next_file().unwrap_err().code(), "bad_request");

    let mut single = ModelLoader::new(Reference, LoadOptions { context: Some(16) });
    single.push(&tiny::model()).unwrap();
    assert_eq!(single.next_file().unwrap_err().code(), "bad_request");
}
