//! `chord convert` on a small BERT made here: its vectors are those computed from the weights, and what is wrong with a
//! folder is said in one line.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A broken set-up may stop the test where it is.

mod bert;
mod common;

use std::fs;
use std::path::{Path, PathBuf};

use bert::*;
use common::*;
use serde_json::json;

fn converted(folder: &Folder, ty: &str) -> PathBuf {
    let out = temporary("gguf");
    let output = chord(["convert", folder.path(), out.to_str().unwrap(), "--type", ty]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stderr(&output), format!("wrote {}\n", out.display()));
    out
}

/// How far the vector of `ids` is from `truth`.
fn error(model: &Path, ids: &[u32], truth: &[f64]) -> f64 {
    let out = json("embed", model, &["--tokens", &list(ids), "--no-normalize", "--backend", "reference"]);
    nmse([(&floats(&out["embeddings"][0])[..], truth)])
}

#[test]
fn vectors_are_those_of_the_weights() {
    let (folder, bert) = (Folder::new(), Bert::new());
    let ids = [2, 5, 6, 7, 10, 9, 12, 3];
    let truth = bert.embed(&ids, true);
    for (ty, most) in [("f32", 1e-10), ("f16", 1e-10), ("q8_0", 1e-3)] {
        let got = error(&converted(&folder, ty), &ids, &truth);
        assert!(got <= most, "{ty}: {got:e}");
    }
    for dtype in [Dtype::F16, Dtype::Bf16] {
        folder.write("model.safetensors", bert.safetensors(dtype, str::to_owned));
        let got = error(&converted(&folder, "f32"), &ids, &truth);
        assert!(got <= 1e-10, "{got:e}");
    }
}

#[test]
fn weights_may_have_older_names_and_come_in_parts() {
    let (folder, bert) = (Folder::new(), Bert::new());
    let older =
        |name: &str| format!("bert.{name}").replace("Norm.weight", "Norm.gamma").replace("Norm.bias", "Norm.beta");
    let mut parts = [Bert(Default::default()), Bert(Default::default())];
    for (i, (name, tensor)) in bert.0.into_iter().enumerate() {
        parts[i % 2].0.insert(name, tensor);
    }
    parts[0].0.insert("pooler.dense.bias".into(), Tensor { shape: vec![1], values: vec![0.0] });
    parts[1].0.insert("cls.predictions.bias".into(), Tensor { shape: vec![1], values: vec![0.0] });
    folder.remove("model.safetensors");
    for (i, part) in parts.iter().enumerate() {
        folder.write(&format!("model-0000{}-of-00002.safetensors", i + 1), part.safetensors(Dtype::F32, older));
    }
    let ids = [2, 9, 3];
    let got = error(&converted(&folder, "f32"), &ids, &Bert::new().embed(&ids, true));
    assert!(got <= 1e-10, "{got:e}");
}

#[test]
fn pooling_is_as_the_folder_has_it() {
    let folder = Folder::new();
    let ids = [2, 8, 9, 3];
    let first = Bert::new().embed(&ids, false);
    folder.write("1_Pooling/config.json", pooling("cls_token").to_string());
    assert!(error(&converted(&folder, "f32"), &ids, &first) <= 1e-10);
    folder.write("1_Pooling/config.json", json!({"pooling_mode": "cls"}).to_string());
    assert!(error(&converted(&folder, "f32"), &ids, &first) <= 1e-10);

    // Without modules.json the pooling's folder still counts; without that too, the mean does, and it is said.
    folder.remove("modules.json");
    assert!(error(&converted(&folder, "f32"), &ids, &first) <= 1e-10);
    folder.remove("1_Pooling/config.json");
    let out = temporary("gguf");
    let output = chord(["convert", folder.path(), out.to_str().unwrap(), "--type", "f32"]);
    assert!(stderr(&output).contains("does not say how vectors are pooled"), "{}", stderr(&output));
    assert!(error(&out, &ids, &Bert::new().embed(&ids, true)) <= 1e-10);
}

#[test]
fn metadata_and_types_are_those_that_llama_cpp_reads() {
    let folder = Folder::new();
    let model = json("inspect", &converted(&folder, "q8_0"), &[]);
    let value = |key: &str| {
        let entries = model["metadata"].as_array().unwrap();
        entries.iter().find(|entry| entry["key"] == key).map(|entry| entry["value"].clone())
    };
    for (key, expected) in [
        ("general.architecture", json!("bert")),
        ("general.name", json!(folder.0.file_name().unwrap().to_str().unwrap())),
        ("general.file_type", json!(7)),
        ("bert.context_length", json!(24)),
        ("bert.attention.causal", json!(false)),
        ("bert.pooling_type", json!(1)),
        ("tokenizer.ggml.model", json!("bert")),
        ("tokenizer.ggml.token_type_count", json!(2)),
        ("tokenizer.ggml.tokens", json!(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "▁un", "want", "ed"])),
        ("tokenizer.ggml.token_type", json!([3, 3, 3, 3, 3, 1, 1, 1])),
        ("tokenizer.ggml.cls_token_id", json!(2)),
        ("tokenizer.ggml.bos_token_id", json!(2)),
        ("tokenizer.ggml.seperator_token_id", json!(3)),
        ("tokenizer.ggml.unknown_token_id", json!(1)),
        ("tokenizer.ggml.padding_token_id", json!(0)),
        ("tokenizer.ggml.mask_token_id", json!(4)),
    ] {
        assert_eq!(value(key), Some(expected), "{key}");
    }
    for tensor in model["tensors"].as_array().unwrap() {
        let (name, ty) = (tensor["name"].as_str().unwrap(), tensor["type"].as_str().unwrap());
        let matrix = name.ends_with(".weight") && !name.contains("norm") && !name.starts_with("position");
        let quantised = matrix && name != "token_types.weight";
        assert_eq!(ty, if quantised { "Q8_0" } else { "F32" }, "{name}");
    }
}

#[test]
fn the_tokenizer_is_the_folders() {
    let folder = Folder::new();
    let tokens = |model: &Path, text: &str| ids(&json("tokenize", model, &["--text", text])["ids"]);
    let uncased = converted(&folder, "f32");
    assert_eq!(tokens(&uncased, "Unwanted, rain"), [2, 5, 6, 7, 10, 9, 3]);
    assert_eq!(tokens(&uncased, "é"), [2, 1, 3], "the accent is taken off, and nothing is left that is known");
    // What tokenizer_config.json says counts, whatever tokenizer.json says.
    folder.write("tokenizer_config.json", json!({"do_lower_case": false, "strip_accents": false}).to_string());
    let cased = converted(&folder, "f32");
    assert_eq!(tokens(&cased, "Unwanted, rain é"), [2, 1, 10, 9, 11, 3]);

    // The same out of vocab.txt, here with line ends from Windows.
    folder.remove("tokenizer.json");
    folder.write("vocab.txt", TOKENS.join("\r\n") + "\r\n");
    let listed = converted(&folder, "f32");
    assert_eq!(tokens(&listed, "Unwanted, rain é"), [2, 1, 10, 9, 11, 3]);
    let config = json!({"tokenizer_class": "BertTokenizer", "do_lower_case": true, "cls_token": {"content": "[MASK]"},
                        "added_tokens_decoder": {"12": {"content": "<x>", "special": false}}});
    folder.write("tokenizer_config.json", config.to_string());
    let listed = converted(&folder, "f32");
    assert_eq!(tokens(&listed, "Unwanted"), [4, 5, 6, 7, 3]);
    let kinds = json("inspect", &listed, &[]);
    let kinds = kinds["metadata"].as_array().unwrap().iter().find(|e| e["key"] == "tokenizer.ggml.token_type").unwrap();
    assert_eq!(kinds["length"], ROWS);
}

/// Converts a folder that `spoil` has changed, and asserts that it is refused with a line that holds `says`.
fn refused(says: &str, spoil: impl FnOnce(&Folder)) {
    let folder = Folder::new();
    spoil(&folder);
    let out = temporary("gguf");
    fs::write(&out, "what was there").unwrap();
    let output = chord(["convert", folder.path(), out.to_str().unwrap(), "--type", "f16"]);
    let line = failure(&output, 1);
    assert!(line.contains(says), "expected '{says}': {line}");
    assert_eq!(fs::read(&out).unwrap(), b"what was there");
    assert_eq!(unfinished(&out), 0);
}

/// Files beside `out` that were to become it.
fn unfinished(out: &Path) -> usize {
    let begins = format!(".{}.", out.file_name().unwrap().to_str().unwrap());
    let names = fs::read_dir(out.parent().unwrap()).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().starts_with(&begins)).count()
}

#[test]
fn configurations_that_cannot_be_converted_are_refused() {
    refused("config.json", |f| f.remove("config.json"));
    refused("config.json: EOF", |f| f.write("config.json", "{"));
    refused("config.json: stream did not contain valid UTF-8", |f| f.write("config.json", b"\xff"));
    refused("no 'model_type'", |f| f.write("config.json", "{}"));
    let llama = "a model of type 'llama' cannot be converted; BERT text-embedding models can ('bert')";
    refused(llama, |f| f.write("config.json", json!({"model_type": "llama"}).to_string()));
    refused("missing field `hidden_size`", |f| {
        f.write("config.json", json!({"model_type": "bert", "vocab_size": 1}).to_string())
    });
    refused("'relu'", |f| f.patch("config.json", "/hidden_act", "relu".into()));
    refused("'relative_key'", |f| f.patch("config.json", "/position_embedding_type", "relative_key".into()));
    refused("a BERT that writes text", |f| f.patch("config.json", "/is_decoder", true.into()));
    refused("expected u32", |f| f.patch("config.json", "/num_attention_heads", "four".into()));
    refused("hidden_size", |f| f.patch("config.json", "/num_attention_heads", 5.into()));
    refused("'rms_norm_eps' is -1", |f| f.patch("config.json", "/layer_norm_eps", json!(-1)));
    refused("of 4000000000 layers", |f| f.patch("config.json", "/num_hidden_layers", 4_000_000_000u32.into()));
    refused("lack the tensor 'encoder.layer.2.", |f| f.patch("config.json", "/num_hidden_layers", 3.into()));
    refused("a module 'Dense'", |f| {
        f.patch("modules.json", "/2", json!({"type": "sentence_transformers.models.Dense"}))
    });
    refused("'../x' is outside", |f| f.patch("modules.json", "/1/path", "../x".into()));
    refused("1_Pooling has no config.json", |f| f.remove("1_Pooling/config.json"));
    refused("pooling by max", |f| f.write("1_Pooling/config.json", pooling("max_tokens").to_string()));
    refused("pooling by cls and mean", |f| f.patch("1_Pooling/config.json", "/pooling_mode_cls_token", true.into()));
    refused("no kind of pooling", |f| f.write("1_Pooling/config.json", "{}"));
}

#[test]
fn vocabularies_that_cannot_be_converted_are_refused() {
    refused("has no tokenizer.json and no vocab.txt", |f| f.remove("tokenizer.json"));
    refused("tokenizer.json: ", |f| f.write("tokenizer.json", "[]"));
    refused("a tokenizer of type 'Unigram'", |f| f.patch("tokenizer.json", "/model/type", "Unigram".into()));
    refused("with '@@'", |f| f.patch("tokenizer.json", "/model/continuing_subword_prefix", "@@".into()));
    refused("a normalizer of type 'NFC'", |f| f.patch("tokenizer.json", "/normalizer", json!({"type": "NFC"})));
    refused("without a normalizer", |f| f.patch("tokenizer.json", "/normalizer", json!(null)));
    refused("the id 13, and by config.json there are 13", |f| {
        f.patch("tokenizer.json", "/model/vocab/much", 13.into())
    });
    refused("the id 4294967295", |f| f.patch("tokenizer.json", "/added_tokens/0/id", u32::MAX.into()));
    refused("shares its id 3", |f| f.patch("tokenizer.json", "/model/vocab/twice", 3.into()));
    refused("lacks the token '[X]'", |f| f.write("tokenizer_config.json", json!({"sep_token": "[X]"}).to_string()));
    refused("a 'BertJapaneseTokenizer' without its tokenizer.json", |f| {
        f.remove("tokenizer.json");
        f.write("vocab.txt", TOKENS.join("\n"));
        f.write("tokenizer_config.json", json!({"tokenizer_class": "BertJapaneseTokenizer"}).to_string());
    });
    refused("the id 13, and by config.json there are 13", |f| {
        f.remove("tokenizer.json");
        f.write("vocab.txt", TOKENS.join("\n") + "\na\nb\nc\n");
    });
}

#[test]
fn weights_that_cannot_be_converted_are_refused() {
    let name = || "encoder.layer.1.output.dense.weight".to_owned();
    let with = |change: &dyn Fn(&mut Bert)| {
        let mut bert = Bert::new();
        change(&mut bert);
        bert.safetensors(Dtype::F32, str::to_owned)
    };
    refused("has no model.safetensors", |f| f.remove("model.safetensors"));
    refused("no safetensors file", |f| f.write("model.safetensors", ""));
    refused("no safetensors file", |f| f.write("model.safetensors", [0xff; 100]));
    refused("model.safetensors: ", |f| f.write("model.safetensors", b"\x02\0\0\0\0\0\0\0[]"));
    let whole = with(&|_| {});
    refused("cut short: 1 bytes of the tensor", |f| f.write("model.safetensors", &whole[..whole.len() - 1]));
    refused("cut short: 1000 bytes, and a header", |f| f.write("model.safetensors", &whole[..1000]));
    let part = Bert::new().safetensors(Dtype::F32, str::to_owned);
    refused("a second tensor", |f| f.write("model2.safetensors", &part));
    refused(&format!("lack the tensor '{}'", name()), |f| {
        f.write("model.safetensors", with(&|bert| drop(bert.0.remove(&name()))));
    });
    refused("'classifier.weight' is no part", |f| {
        let extra = |bert: &mut Bert| {
            drop(bert.0.insert("classifier.weight".into(), Tensor { shape: vec![1], values: vec![0.0] }))
        };
        f.write("model.safetensors", with(&extra));
    });
    refused("is [96, 64], and by config.json it should be [64, 96]", |f| {
        f.write("model.safetensors", with(&|bert| bert.0.get_mut(&name()).unwrap().shape.reverse()));
    });
    refused("are not that many", |f| {
        f.write("model.safetensors", with(&|bert| bert.0.get_mut(&name()).unwrap().values.truncate(10)));
    });
    refused("holds NaN, which F16 cannot", |f| {
        f.write("model.safetensors", with(&|bert| bert.0.get_mut(&name()).unwrap().values[5] = f32::NAN));
    });
    refused("holds 65520, which F16 cannot", |f| {
        f.write("model.safetensors", with(&|bert| bert.0.get_mut(&name()).unwrap().values[5] = 65_520.0));
    });
    refused("the type F64 of the tensor", |f| {
        let at = whole.windows(6).position(|bytes| bytes == b"\"F32\",").unwrap();
        let mut typed = whole.clone();
        typed[at + 1..at + 4].copy_from_slice(b"F64");
        f.write("model.safetensors", typed);
    });
    refused("embeddings.word_embeddings.weight", |f| f.patch("config.json", "/vocab_size", 20.into()));
}

#[test]
fn what_was_there_is_replaced_when_the_new_file_is_whole() {
    let folder = Folder::new();
    let out = converted(&folder, "f32");
    let before = fs::read(&out).unwrap();
    let output = chord(["convert", folder.path(), out.to_str().unwrap(), "--type", "f16"]);
    assert!(output.status.success());
    assert!(fs::read(&out).unwrap().len() < before.len());
    assert_eq!(unfinished(&out), 0);
    for (out, says) in [("/nowhere/out.gguf", "cannot write /nowhere/out.gguf"), ("/", "cannot write /")] {
        let output = chord(["convert", folder.path(), out, "--type", "f16"]);
        assert!(failure(&output, 1).contains(says), "{}", stderr(&output));
    }
    let output = chord(["convert", "/nowhere", "out.gguf", "--type", "f16"]);
    assert!(failure(&output, 1).contains("cannot read /nowhere"), "{}", stderr(&output));
    assert!(!failure(&chord(["convert", folder.path(), "out.gguf"]), 2).is_empty(), "the type has to be given");
}
