//! A BERT of a few hundred weights as a Hugging Face folder, and its vectors computed straight from them in f64.
#![allow(missing_docs, clippy::unwrap_used)] // A broken set-up may stop the test where it is.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

pub const HIDDEN: usize = 64;
pub const LAYERS: usize = 2;
const HEADS: usize = 4;
const FFN: usize = 96;
const POSITIONS: usize = 24;
const EPS: f64 = 1e-12;

/// The tokens, in Hugging Face's spelling; the model has one row more than that.
pub const TOKENS: [&str; 12] =
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##want", "##ed", "want", "rain", ",", "é"];
pub const ROWS: usize = TOKENS.len() + 1;

/// Numbers of a tensor, `[rows, row_len]` or `[len]`.
pub struct Tensor {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

/// The tensors by the names of today's Hugging Face code.
pub struct Bert(pub BTreeMap<String, Tensor>);

/// How a safetensors file stores them.
#[derive(Clone, Copy)]
pub enum Dtype {
    F32,
    F16,
    Bf16,
}

impl Bert {
    /// Random weights that every type of float holds exactly.
    pub fn new() -> Self {
        let mut state = 7u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 24) as f32 - 127.5).floor() / 512.0
        };
        let mut tensors = BTreeMap::new();
        let mut add = |name: String, shape: &[usize], around: f32| {
            // Around 1 a BF16 has steps of 1/128, and below it 1/256.
            let step = |value: f32| if around == 0.0 { value } else { around + (value * 64.0).floor() / 64.0 };
            let values = (0..shape.iter().product()).map(|_| step(next())).collect();
            tensors.insert(name, Tensor { shape: shape.to_vec(), values });
        };
        add("embeddings.word_embeddings.weight".into(), &[ROWS, HIDDEN], 0.0);
        add("embeddings.position_embeddings.weight".into(), &[POSITIONS, HIDDEN], 0.0);
        add("embeddings.token_type_embeddings.weight".into(), &[2, HIDDEN], 0.0);
        add("embeddings.LayerNorm.weight".into(), &[HIDDEN], 1.0);
        add("embeddings.LayerNorm.bias".into(), &[HIDDEN], 0.0);
        for i in 0..LAYERS {
            for (name, rows, row_len) in [
                ("attention.self.query", HIDDEN, HIDDEN),
                ("attention.self.key", HIDDEN, HIDDEN),
                ("attention.self.value", HIDDEN, HIDDEN),
                ("attention.output.dense", HIDDEN, HIDDEN),
                ("intermediate.dense", FFN, HIDDEN),
                ("output.dense", HIDDEN, FFN),
            ] {
                add(format!("encoder.layer.{i}.{name}.weight"), &[rows, row_len], 0.0);
                add(format!("encoder.layer.{i}.{name}.bias"), &[rows], 0.0);
            }
            for name in ["attention.output.LayerNorm", "output.LayerNorm"] {
                add(format!("encoder.layer.{i}.{name}.weight"), &[HIDDEN], 1.0);
                add(format!("encoder.layer.{i}.{name}.bias"), &[HIDDEN], 0.0);
            }
        }
        Self(tensors)
    }

    /// A safetensors file of the tensors, their names as `rename` makes them.
    pub fn safetensors(&self, dtype: Dtype, rename: impl Fn(&str) -> String) -> Vec<u8> {
        let (mut header, mut data) = (json!({"__metadata__": {"format": "pt"}}), Vec::new());
        // What such files hold besides, of a type that no weight has.
        header[rename("embeddings.position_ids")] = json!({"dtype": "I64", "shape": [1, 1], "data_offsets": [0, 8]});
        data.extend([0; 8]);
        for (name, Tensor { shape, values }) in &self.0 {
            let begin = data.len();
            for value in values {
                match dtype {
                    Dtype::F32 => data.extend(value.to_le_bytes()),
                    Dtype::F16 => data.extend(f16_bits(*value).to_le_bytes()),
                    Dtype::Bf16 => data.extend(((value.to_bits() >> 16) as u16).to_le_bytes()),
                }
            }
            let dtype = match dtype {
                Dtype::F32 => "F32",
                Dtype::F16 => "F16",
                Dtype::Bf16 => "BF16",
            };
            header[rename(name)] = json!({"dtype": dtype, "shape": shape, "data_offsets": [begin, data.len()]});
        }
        let header = header.to_string();
        [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &data].concat()
    }

    /// The vector of `ids`, the mean of the last layer's or the first of them; not normalised.
    pub fn embed(&self, ids: &[u32], mean: bool) -> Vec<f64> {
        let mut x: Vec<Vec<f64>> = ids.iter().enumerate().map(|(at, id)| self.embedding(*id as usize, at)).collect();
        for i in 0..LAYERS {
            let linear = |name: &str, x: &[f64]| self.linear(&format!("encoder.layer.{i}.{name}"), x);
            let norm = |name: &str, x: Vec<f64>| self.norm(&format!("encoder.layer.{i}.{name}"), x);
            let all = |name: &str| x.iter().map(|x| linear(name, x)).collect::<Vec<_>>();
            let (q, k, v) = (all("attention.self.query"), all("attention.self.key"), all("attention.self.value"));
            x = x
                .iter()
                .zip(&q)
                .map(|(x, q)| {
                    let attended = linear("attention.output.dense", &attend(q, &k, &v));
                    let x = norm("attention.output.LayerNorm", add(x, &attended));
                    let inner: Vec<f64> = linear("intermediate.dense", &x).into_iter().map(gelu).collect();
                    norm("output.LayerNorm", add(&x, &linear("output.dense", &inner)))
                })
                .collect();
        }
        let first = x[0].clone();
        let sum = x.iter().skip(1).fold(first.clone(), |sum, x| add(&sum, x));
        if mean { sum.into_iter().map(|value| value / ids.len() as f64).collect() } else { first }
    }

    fn embedding(&self, id: usize, at: usize) -> Vec<f64> {
        let row = |name: &str, row: usize| -> Vec<f64> {
            let values = &self.0[&format!("embeddings.{name}.weight")].values;
            values[row * HIDDEN..(row + 1) * HIDDEN].iter().map(|value| f64::from(*value)).collect()
        };
        let sum = add(&row("word_embeddings", id), &row("position_embeddings", at));
        self.norm("embeddings.LayerNorm", add(&sum, &row("token_type_embeddings", 0)))
    }

    fn linear(&self, name: &str, x: &[f64]) -> Vec<f64> {
        let (weight, bias) = (&self.0[&format!("{name}.weight")].values, &self.0[&format!("{name}.bias")].values);
        let row = |(row, bias): (&[f32], &f32)| f64::from(*bias) + dot(row.iter().map(|w| f64::from(*w)), x);
        weight.chunks(x.len()).zip(bias).map(row).collect()
    }

    fn norm(&self, name: &str, x: Vec<f64>) -> Vec<f64> {
        let (weight, bias) = (&self.0[&format!("{name}.weight")].values, &self.0[&format!("{name}.bias")].values);
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / x.len() as f64;
        let scale = 1.0 / (variance + EPS).sqrt();
        let affine = |((x, w), b): ((f64, &f32), &f32)| (x - mean) * scale * f64::from(*w) + f64::from(*b);
        x.into_iter().zip(weight).zip(bias).map(affine).collect()
    }
}

fn add(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

fn dot(a: impl Iterator<Item = f64>, b: &[f64]) -> f64 {
    a.zip(b).map(|(a, b)| a * b).sum()
}

/// What one token sees of all, head by head.
fn attend(q: &[f64], k: &[Vec<f64>], v: &[Vec<f64>]) -> Vec<f64> {
    let width = HIDDEN / HEADS;
    let head = |head: usize| -> Vec<f64> {
        let of = |row: &[f64]| row[head * width..(head + 1) * width].to_vec();
        let scores = k.iter().map(|k| (dot(of(q).into_iter(), &of(k)) / (width as f64).sqrt()).exp());
        let scores: Vec<f64> = scores.collect();
        let total: f64 = scores.iter().sum();
        let weighted = |(score, v): (&f64, &Vec<f64>)| of(v).into_iter().map(|v| v * score / total).collect::<Vec<_>>();
        scores.iter().zip(v).map(weighted).fold(vec![0.0; width], |sum, v| add(&sum, &v))
    };
    (0..HEADS).flat_map(head).collect()
}

/// The tanh form, which the engine computes.
fn gelu(x: f64) -> f64 {
    0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3))).tanh())
}

/// For numbers that an f16 holds exactly and normally.
fn f16_bits(value: f32) -> u16 {
    let bits = value.to_bits();
    if value == 0.0 {
        return 0;
    }
    let exponent = ((bits >> 23) & 0xff) as i32 - 127 + 15;
    ((bits >> 16) & 0x8000) as u16 | ((exponent as u16) << 10) | ((bits >> 13) & 0x3ff) as u16
}

/// A folder that this run alone uses.
pub struct Folder(pub PathBuf);

impl Folder {
    /// The model's folder as sentence-transformers writes it, with mean pooling.
    pub fn new() -> Self {
        let folder = Self(super::common::temporary("hf"));
        // One of an earlier run would keep what this one leaves out.
        let _ = fs::remove_dir_all(&folder.0);
        fs::create_dir_all(folder.0.join("1_Pooling")).unwrap();
        folder.write("config.json", config().to_string());
        folder.write("tokenizer.json", tokenizer().to_string());
        let modules = json!([
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ]);
        folder.write("modules.json", modules.to_string());
        folder.write("1_Pooling/config.json", pooling("mean_tokens").to_string());
        folder.write("model.safetensors", Bert::new().safetensors(Dtype::F32, str::to_owned));
        folder
    }

    pub fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.0.join(name), bytes).unwrap();
    }

    pub fn remove(&self, name: &str) {
        fs::remove_file(self.0.join(name)).unwrap();
    }

    /// The folder with `value` at `pointer` of one of its JSON files.
    pub fn patch(&self, name: &str, pointer: &str, value: Value) {
        let path: &Path = &self.0.join(name);
        let mut whole = super::common::read_json(path);
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        match whole.pointer_mut(parent).unwrap() {
            Value::Array(array) => array[key.parse::<usize>().unwrap()] = value,
            object => object[key] = value,
        }
        fs::write(path, whole.to_string()).unwrap();
    }
}

fn config() -> Value {
    json!({
        "architectures": ["BertModel"], "model_type": "bert", "hidden_act": "gelu",
        "position_embedding_type": "absolute", "vocab_size": ROWS, "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "intermediate_size": FFN,
        "max_position_embeddings": POSITIONS, "type_vocab_size": 2, "layer_norm_eps": EPS,
    })
}

fn tokenizer() -> Value {
    let vocab: serde_json::Map<String, Value> =
        TOKENS.iter().zip(0..).map(|(text, id)| ((*text).to_owned(), Value::from(id))).collect();
    let added: Vec<Value> =
        TOKENS.iter().zip(0..5).map(|(text, id)| json!({"id": id, "special": true, "content": text})).collect();
    json!({
        "version": "1.0",
        "added_tokens": added,
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                       "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": vocab},
    })
}

/// A pooling module's configuration with one kind switched on.
pub fn pooling(kind: &str) -> Value {
    let mut config = json!({"word_embedding_dimension": HIDDEN});
    for name in ["cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens"] {
        config[format!("pooling_mode_{name}")] = Value::Bool(name == kind);
    }
    config
}
