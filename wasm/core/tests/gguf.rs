//! The header parser: what is written is read, whatever the pieces, and real files are read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A broken fixture may stop the test where it is.

mod common;

use common::{Random, fixtures, read};
use wasm_chord_core::gguf::write::GgufWriter;
use wasm_chord_core::gguf::{Array, GgmlType, Gguf, GgufError, GgufParser, Progress, Value};

fn every_type() -> GgufWriter {
    GgufWriter::new()
        .set("u8", 200u8)
        .set("i8", -7i8)
        .set("u16", 60_000u16)
        .set("i16", -300i16)
        .set("u32", u32::MAX)
        .set("i32", i32::MIN)
        .set("f32", 1.5f32)
        .set("bool", true)
        .set("string", "grüße 🦙")
        .set("empty", "")
        .set("u64", u64::MAX)
        .set("i64", i64::MIN)
        .set("f64", -0.1f64)
        .set("strings", vec!["a".to_owned(), String::new(), "ccc".to_owned()])
        .set("no strings", Vec::<String>::new())
        .set("no numbers", Vec::<f32>::new())
        .set("u8s", vec![1u8, 2, 3])
        .set("bools", vec![true, false, true])
        .set("f32s", (0..5000).map(|i| i as f32).collect::<Vec<_>>())
        .set("i64s", vec![-1i64, 2])
        .tensor("a", GgmlType::F32, &[3, 5], vec![1; 60])
        .tensor("b", GgmlType::Q4_0, &[64], vec![2; 36])
        .tensor("c", GgmlType::BF16, &[1, 1, 1, 1], vec![3; 2])
}

/// Parses in pieces whose sizes `next` gives; also returns where the data section was said to begin.
fn in_pieces(bytes: &[u8], mut next: impl FnMut() -> usize) -> Result<(Gguf, usize), GgufError> {
    let mut parser = GgufParser::new();
    let mut at = 0;
    while at < bytes.len() {
        let end = (at + next()).min(bytes.len());
        if let Progress::Done { consumed } = parser.push(&bytes[at..end])? {
            return Ok((parser.finish()?, at + consumed));
        }
        at = end;
    }
    Ok((parser.finish()?, at))
}

fn assert_same(a: &Gguf, b: &Gguf) {
    assert_eq!((a.version, a.alignment, a.data_start), (b.version, b.alignment, b.data_start));
    assert_eq!(a.tensors, b.tensors);
    assert!(a.metadata.iter().eq(b.metadata.iter()));
}

#[test]
fn what_is_written_is_read() {
    let bytes = every_type().to_bytes();
    let gguf = Gguf::parse(&bytes).unwrap();
    assert_eq!(gguf.version, 3);
    let m = &gguf.metadata;
    assert_eq!(m.len(), 20);
    assert_eq!(m.get("i8"), Some(&Value::I8(-7)));
    assert_eq!(m.str("string"), Ok("grüße 🦙"));
    assert_eq!(m.u64("u64"), Ok(u64::MAX));
    assert_eq!(m.strings("strings").unwrap(), ["a", "", "ccc"]);
    assert_eq!(m.strings("no strings").unwrap().len(), 0);
    assert_eq!(m.f32s("f32s").unwrap()[4999], 4999.0);
    assert_eq!(m.get("i64s"), Some(&Value::Array(Array::I64(vec![-1, 2]))));
    assert_eq!(m.iter().next(), Some(("u8", &Value::U8(200))));
    let at = |name: &str| gguf.data_start as usize + gguf.tensor(name).unwrap().offset as usize;
    assert_eq!(bytes[at("a")..at("a") + 60], [1; 60]);
    assert_eq!(bytes[at("b")..at("b") + 36], [2; 36]);
    assert_eq!(bytes[at("c")..at("c") + 2], [3; 2]);
    assert_eq!(gguf.tensor("a").map(|t| (t.row_len(), t.rows(), t.bytes)), Some((3, 5, 60)));
}

#[test]
fn a_file_written_as_its_data_comes_is_the_same() {
    let announced = GgufWriter::new()
        .set("key", 1u8)
        .announce("a", GgmlType::F32, &[3, 5])
        .announce("b", GgmlType::Q4_0, &[64])
        .announce("c", GgmlType::BF16, &[1, 1, 1, 1]);
    let given = GgufWriter::new()
        .set("key", 1u8)
        .tensor("a", GgmlType::F32, &[3, 5], vec![1; 60])
        .tensor("b", GgmlType::Q4_0, &[64], vec![2; 36])
        .tensor("c", GgmlType::BF16, &[1, 1, 1, 1], vec![3; 2]);
    let data = [vec![1; 60], vec![2; 36], vec![3; 2]].concat();
    for size in [1, 7, 60, 98] {
        let mut stream = announced.begin(Vec::new()).unwrap();
        for piece in data.chunks(size) {
            assert!(!stream.is_whole());
            stream.write(piece).unwrap();
        }
        assert!(stream.is_whole() && stream.write(&[0]).is_err(), "no more than was announced");
        assert!(stream.finish().unwrap() == given.to_bytes(), "in pieces of {size}");
    }
    let mut stream = announced.begin(Vec::new()).unwrap();
    stream.write(&data[..97]).unwrap();
    assert!(stream.finish().is_err(), "no less than was announced");
}

#[test]
fn pieces_of_any_size_give_the_same() {
    let bytes = every_type().to_bytes();
    let whole = Gguf::parse(&bytes).unwrap();
    let mut random = Random(1);
    for size in [1, 2, 3, 7, 31, 1000, usize::MAX / 2] {
        let (gguf, end) = in_pieces(&bytes, || size).unwrap();
        assert_same(&gguf, &whole);
        assert_eq!(end as u64, whole.data_start);
    }
    for _ in 0..50 {
        let (gguf, _) = in_pieces(&bytes, || random.below(40)).unwrap();
        assert_same(&gguf, &whole);
    }
}

#[test]
fn every_truncation_is_an_error() {
    let bytes = every_type().to_bytes();
    let end = Gguf::parse(&bytes).unwrap();
    let end = (end.data_start + end.data_bytes()) as usize;
    for len in (0..end).filter(|len| len % 97 == 0 || *len < 600 || *len > end - 400) {
        assert!(matches!(Gguf::parse(&bytes[..len]), Err(GgufError::Truncated { .. })), "{len}");
    }
}

#[test]
fn an_error_stays() {
    let mut parser = GgufParser::new();
    let error = parser.push(b"GGML....").unwrap_err();
    assert_eq!(error.to_string(), "not a GGUF file: it starts with GGML, not \"GGUF\"");
    assert_eq!(parser.push(b"GGUF"), Err(error.clone()));
    assert_eq!(parser.finish().unwrap_err(), error);
}

#[test]
fn a_vocabulary_alone_needs_no_padding() {
    let bytes = GgufWriter::new().set("k", 1u8).to_bytes();
    let header = 24 + 8 + 1 + 4 + 1;
    assert!(bytes.len() > header);
    assert_eq!(Gguf::parse(&bytes[..header]).unwrap().metadata.u32("k"), Ok(1));
}

#[test]
fn a_large_vocabulary_is_read_in_passing() {
    // As many tokens as the largest vocabularies have. Reading them twice as they come in small pieces would show.
    let tokens: Vec<String> = (0..150_000).map(|i| format!("token {i}")).collect();
    let bytes = GgufWriter::new().set("tokens", tokens).set("scores", vec![0.5f32; 150_000]).to_bytes();
    let (gguf, _) = in_pieces(&bytes, || 61).unwrap();
    assert_eq!(gguf.metadata.strings("tokens").unwrap()[149_999], "token 149999");
}

#[test]
fn real_files_are_read_whatever_the_pieces() {
    let Some(fixtures) = fixtures() else { return };
    let mut random = Random(2);
    let mut count = 0;
    for folder in ["models/stories260K", "models/llama2xs", "arch"] {
        for entry in std::fs::read_dir(fixtures.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|e| e != "gguf") {
                continue;
            }
            let bytes = read(&path);
            match Gguf::parse(&bytes) {
                Ok(whole) => {
                    let (gguf, _) = in_pieces(&bytes, || 1 + random.below(5000)).unwrap();
                    assert_same(&gguf, &whole);
                }
                // A type that is not read yet has to be the only reason.
                Err(GgufError::UnsupportedType { tensor, name, .. }) => assert!(!tensor.is_empty() && !name.is_empty()),
                Err(error) => panic!("{}: {error}", path.display()),
            }
            count += 1;
        }
    }
    assert!(count > 80, "only {count} files");
}
