//! Models in several files: which sets of headers make a model, and what the others are told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A broken set-up may stop the test where it is.

use wasm_chord_core::gguf::write::GgufWriter;
use wasm_chord_core::gguf::{GgmlType, Gguf, ShardError, ShardSet, Shards, Split, Value};

fn model() -> GgufWriter {
    let tensor = |writer: GgufWriter, (name, len): (&str, usize)| {
        writer.tensor(name, GgmlType::F32, &[len], vec![len as u8; 4 * len])
    };
    let writer = GgufWriter::new().set("general.architecture", "llama").set("general.name", "Whole");
    [("a", 3), ("b", 9), ("c", 1), ("d", 8), ("e", 2)].into_iter().fold(writer, tensor)
}

fn gguf(writer: &GgufWriter) -> Gguf {
    Gguf::parse(&writer.to_bytes()).unwrap()
}

fn parts(count: u16) -> Vec<(String, Gguf)> {
    let name = |no: usize| format!("m-{:05}-of-{count:05}.gguf", no + 1);
    model().split(count).iter().enumerate().map(|(no, shard)| (name(no), gguf(shard))).collect()
}

fn assemble<'a>(parts: impl IntoIterator<Item = &'a (String, Gguf)>) -> Result<Shards, ShardError> {
    let mut set = ShardSet::new();
    for (name, gguf) in parts {
        set.add(name, gguf.clone())?;
    }
    set.finish()
}

fn refused<'a>(parts: impl IntoIterator<Item = &'a (String, Gguf)>) -> String {
    assemble(parts).unwrap_err().to_string()
}

#[test]
fn shards_in_any_order_are_the_whole_model() {
    let whole = gguf(&model());
    // Six shards of five tensors: one has none, as the first of `gguf-split --no-tensor-first-split`.
    for count in [1, 2, 3, 5, 6] {
        let mut parts = parts(count);
        for turn in 0..parts.len() {
            parts.rotate_left(1);
            parts.swap(0, turn);
            let shards = assemble(&parts).unwrap();
            let model = shards.model();
            assert!(
                model
                    .tensors
                    .iter()
                    .map(|t| (&t.name, &t.dims, t.bytes))
                    .eq(whole.tensors.iter().map(|t| (&t.name, &t.dims, t.bytes)))
            );
            assert_eq!(model.metadata.str("general.name"), Ok("Whole"));
            let mut tensors = model.tensors.iter();
            let mut begin = 0;
            for (no, shard) in shards.files().iter().enumerate() {
                let (name, own) = &parts[shard.file];
                assert_eq!((&shard.name, shard.data_start), (name, own.data_start));
                assert_eq!(own.metadata.u32("split.no"), Ok(no as u32));
                for (ours, theirs) in tensors.by_ref().take(shard.tensors).zip(&own.tensors) {
                    assert_eq!((&ours.name, ours.offset), (&theirs.name, begin + theirs.offset));
                }
                begin += shard.data_bytes;
            }
            assert_eq!(begin, model.data_bytes());
        }
    }
}

#[test]
fn a_whole_model_is_one_file() {
    // A merged file keeps the keys, with a count of 0.
    for writer in [model(), model().set("split.no", 0u16).set("split.count", 0u16).set("split.tensors.count", 5i32)] {
        let whole = gguf(&writer);
        assert_eq!(Split::of(&whole.metadata), Ok(None));
        let shards = Shards::single(whole.clone()).unwrap();
        assert_eq!(shards.model().tensors, whole.tensors);
        assert_eq!(shards.files().len(), 1);
        let end = whole.data_start + whole.data_bytes();
        assert_eq!((shards.files()[0].missing_bytes(end), shards.files()[0].missing_bytes(end - 7)), (0, 7));
    }
}

#[test]
fn sets_that_make_no_model_are_told_why() {
    let three = parts(3);
    assert_eq!(
        refused([&three[0], &three[2]]),
        "part 2 of 3 of this model is missing ('m-00002-of-00003.gguf'); all parts have to be together"
    );
    assert_eq!(refused(&three[1..]), refused(&three[1..2]), "the first part is the first that is missing");
    let mut nameless = three[1].clone();
    nameless.0 = "download".to_owned();
    assert_eq!(refused([&nameless]), "part 1 of 3 of this model is missing; all parts have to be together");
    assert!(matches!(Shards::single(three[0].1.clone()), Err(ShardError::Missing { no: 1, count: 3, name: None })));

    let copy = ("m-00001-of-00003 (1).gguf".to_owned(), three[0].1.clone());
    assert_eq!(
        refused([&three[0], &three[1], &copy, &three[2]]),
        "'m-00001-of-00003.gguf' and 'm-00001-of-00003 (1).gguf' are both part 1 of 3 of a model; leave one of them out"
    );
    assert_eq!(
        refused([&three[0], &parts(2)[1]]),
        "'m-00001-of-00003.gguf' is one of 3 parts and 'm-00002-of-00002.gguf' one of 2; they are not of one model"
    );
    let whole = ("w.gguf".to_owned(), gguf(&model()));
    assert_eq!(refused([&three[0], &whole]), "'w.gguf' is a whole model, not a part of one; it goes alone");
    assert_eq!(refused([&whole, &three[0]]), refused([&three[0], &whole]));
    let mut foreign = three[1].clone();
    foreign.0 = "n-00002-of-00003.gguf".to_owned();
    assert!(refused([&three[0], &foreign]).contains("parts of different models"));
    assert_eq!(ShardSet::new().finish().unwrap_err(), ShardError::Empty);
}

#[test]
fn tensors_have_to_add_up() {
    let three = parts(3);
    let shard = |no: u16, count: u16, tensors: i32, names: &[&str]| {
        let writer =
            GgufWriter::new().set("split.no", no).set("split.count", count).set("split.tensors.count", tensors);
        let tensor = |w: GgufWriter, name: &&str| w.tensor(name, GgmlType::F32, &[1], vec![0; 4]);
        (format!("part {no}"), gguf(&names.iter().fold(writer, tensor)))
    };
    assert!(
        refused([&three[0], &three[1], &shard(2, 3, 5, &["d"])]).contains("hold 4 tensors, and say that there are 5")
    );
    let twice = refused([&three[0], &three[1], &shard(2, 3, 5, &["x", "a"])]);
    assert_eq!(twice, "tensor 'a' is in part 1 and in part 3 of 3; one of them is damaged or of another model");
    assert!(refused([&three[0], &shard(1, 3, 9, &["x"])]).contains("parts of different models"));
}

#[test]
fn keys_are_not_believed() {
    let cases: [(&str, &[(&str, Value)]); 7] = [
        ("'split.no' is missing", &[("split.count", 2u16.into()), ("split.tensors.count", 0u16.into())]),
        ("'split.tensors.count' is missing", &[("split.count", 2u16.into()), ("split.no", 0u16.into())]),
        ("'split.count' should be u32 but is string", &[("split.count", "two".into())]),
        ("'split.count' is -1", &[("split.count", (-1i32).into())]),
        ("has length 4294967295", &[("split.count", u32::MAX.into()), ("split.no", 0u16.into())]),
        ("'split.no' is 2", &[("split.count", 2u16.into()), ("split.no", 2u16.into())]),
        (
            "'split.tensors.count' is -1",
            &[("split.count", 2u16.into()), ("split.no", 0u16.into()), ("split.tensors.count", (-1i32).into())],
        ),
    ];
    for (message, entries) in cases {
        let writer = entries.iter().fold(GgufWriter::new(), |w, (key, value)| w.set(key, value.clone()));
        let error = refused([&("x.gguf".to_owned(), gguf(&writer))]);
        assert!(error.starts_with("'x.gguf': ") && error.contains(message), "{error}");
    }
}
