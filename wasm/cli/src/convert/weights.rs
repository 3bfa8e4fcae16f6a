//! The tensors: which ones a BERT has, what they are called here and there, and how each is stored.
//!
//! Names and types are those that llama.cpp's `convert_hf_to_gguf.py` gives them.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use wasm_chord_core::block;
use wasm_chord_core::gguf::GgmlType;
use wasm_chord_core::gguf::write::{GgufStream, GgufWriter};

use super::config::BertConfig;
use super::error::{ConvertError, Result};
use super::folder::Folder;
use super::safetensors::Safetensors;
use crate::args::MatrixType;

/// A tensor of the model.
struct Spec {
    /// Its name in the model's own code, without the `bert.` that some files put in front.
    source: String,
    /// Its name in a GGUF file.
    target: String,
    /// `[rows, row_len]` or `[len]`.
    shape: Vec<u32>,
    /// How it is stored.
    ty: GgmlType,
}

/// A tensor in one of the files.
struct Found {
    file: usize,
    name: String, // as the file has it
}

/// The folder's files with weights, and what is taken out of them.
pub struct Weights {
    files: Vec<Safetensors>,
    tensors: Vec<(Spec, Found)>,
}

impl Weights {
    /// Opens the files and finds the tensors that a model of `config` has.
    ///
    /// # Errors
    /// There is no file, one of them is not sound, or a tensor is missing, not of the extents that `config` gives it, or
    /// not known.
    pub fn open(folder: &Folder, config: &BertConfig, ty: MatrixType) -> Result<Self> {
        let files: Vec<_> = folder.weights()?.iter().map(|path| Safetensors::open(path)).collect::<Result<_>>()?;
        let mut found = find(&files)?;
        let mut tensors = Vec::new();
        for spec in specs(config, ty) {
            let at = found.remove(&spec.source);
            let at = at.ok_or_else(|| ConvertError::MissingTensor { name: spec.source.clone() })?;
            let expected: Vec<u64> = spec.shape.iter().map(|extent| u64::from(*extent)).collect();
            let got = files.get(at.file).and_then(|file| file.shape(&at.name)).unwrap_or_default();
            if got != expected {
                let (path, got) = (path(&files, &at), got.to_vec());
                return Err(ConvertError::WrongShape { path, name: at.name, got, expected });
            }
            tensors.push((spec, at));
        }
        if let Some(at) = found.into_values().next() {
            return Err(ConvertError::UnknownTensor { path: path(&files, &at), name: at.name });
        }
        Ok(Self { files, tensors })
    }

    /// Adds the tensors to a file's header.
    pub fn announce(&self, header: GgufWriter) -> GgufWriter {
        let dims = |spec: &Spec| spec.shape.iter().rev().map(|extent| *extent as usize).collect::<Vec<_>>();
        self.tensors.iter().fold(header, |header, (spec, _)| header.announce(&spec.target, spec.ty, &dims(spec)))
    }

    /// Writes what was announced, tensor by tensor.
    ///
    /// # Errors
    /// A tensor holds what cannot be stored, or those of the files.
    pub fn write<W: Write>(mut self, out: &mut GgufStream<W>) -> Result<()> {
        for (Spec { ty, .. }, Found { file, name }) in self.tensors {
            let Some(file) = self.files.get_mut(file) else { continue };
            let values = file.read(&name)?;
            if let Some(&value) = values.iter().find(|value| !fits(**value, ty)) {
                return Err(ConvertError::WrongNumber { path: file.path().to_owned(), name, value, ty });
            }
            out.write(&block::quantize_row(ty, &values)?).map_err(ConvertError::Write)?;
        }
        Ok(())
    }
}

/// The tensors of all files that a BERT without a head has, under the names that [`Spec::source`] gives them.
fn find(files: &[Safetensors]) -> Result<BTreeMap<String, Found>> {
    let mut found = BTreeMap::new();
    for (index, file) in files.iter().enumerate() {
        for name in file.names() {
            let Some(source) = source_name(name) else { continue };
            if found.insert(source, Found { file: index, name: name.to_owned() }).is_some() {
                return Err(ConvertError::unsound(file.path(), format!("a second tensor '{name}'")));
            }
        }
    }
    Ok(found)
}

fn path(files: &[Safetensors], found: &Found) -> PathBuf {
    files.get(found.file).map(|file| file.path().to_owned()).unwrap_or_default()
}

/// The name in today's code of a tensor called `name` in a file; `None` for one that embeddings do without: the
/// positions' numbers, and the heads that were trained on top.
fn source_name(name: &str) -> Option<String> {
    let name = name.strip_prefix("bert.").unwrap_or(name);
    if name == "embeddings.position_ids" || name.starts_with("pooler.") || name.starts_with("cls.") {
        return None;
    }
    // What TensorFlow called them.
    let renamed = [(".gamma", ".weight"), (".beta", ".bias")].into_iter();
    let renamed = renamed.filter_map(|(old, new)| Some(format!("{}{new}", name.strip_suffix(old)?))).next();
    Some(renamed.unwrap_or_else(|| name.to_owned()))
}

/// Whether `value` is a number that `ty` can hold. A block's scale is smaller than its weights, so it fits where they do.
fn fits(value: f32, ty: GgmlType) -> bool {
    const F16_END: f32 = 65_520.0; // Half-way from the greatest f16 to what would be the next.
    value.is_finite() && (ty == GgmlType::F32 || value.abs() < F16_END)
}

fn specs(config: &BertConfig, ty: MatrixType) -> Vec<Spec> {
    let &BertConfig { hidden_size: hidden, intermediate_size: ffn, .. } = config;
    let spec = |source: String, target: String, shape: Vec<u32>, exact: bool| {
        let ty = match shape.as_slice() {
            [_, row_len] if !exact => ty.of_rows(*row_len),
            _ => GgmlType::F32,
        };
        Spec { source, target, shape, ty }
    };
    let mut specs = Vec::new();
    for (source, target, rows, exact) in [
        ("word_embeddings", "token_embd", config.vocab_size, false),
        ("position_embeddings", "position_embd", config.max_position_embeddings, true),
        ("token_type_embeddings", "token_types", config.type_vocab_size, true),
    ] {
        let names = (format!("embeddings.{source}.weight"), format!("{target}.weight"));
        specs.push(spec(names.0, names.1, vec![rows, hidden], exact));
    }
    let mut pair = |source: String, target: String, weight: Vec<u32>| {
        let bias = weight.iter().take(1).copied().collect(); // as wide as there are rows
        specs.push(spec(format!("{source}.weight"), format!("{target}.weight"), weight, false));
        specs.push(spec(format!("{source}.bias"), format!("{target}.bias"), bias, false));
    };
    pair("embeddings.LayerNorm".to_owned(), "token_embd_norm".to_owned(), vec![hidden]);
    for i in 0..config.num_hidden_layers {
        for (source, target, weight) in [
            ("attention.self.query", "attn_q", vec![hidden, hidden]),
            ("attention.self.key", "attn_k", vec![hidden, hidden]),
            ("attention.self.value", "attn_v", vec![hidden, hidden]),
            ("attention.output.dense", "attn_output", vec![hidden, hidden]),
            ("attention.output.LayerNorm", "attn_output_norm", vec![hidden]),
            ("intermediate.dense", "ffn_up", vec![ffn, hidden]),
            ("output.dense", "ffn_down", vec![hidden, ffn]),
            ("output.LayerNorm", "layer_output_norm", vec![hidden]),
        ] {
            pair(format!("encoder.layer.{i}.{source}"), format!("blk.{i}.{target}"), weight);
        }
    }
    specs
}

impl MatrixType {
    /// How matrices of rows `row_len` long are stored: rows that are not whole blocks become F16.
    fn of_rows(self, row_len: u32) -> GgmlType {
        match self {
            Self::F32 => GgmlType::F32,
            Self::Q8_0 if (row_len as usize).is_multiple_of(GgmlType::Q8_0.block_len()) => GgmlType::Q8_0,
            Self::F16 | Self::Q8_0 => GgmlType::F16,
        }
    }

    /// `general.file_type`: llama.cpp's number for "mostly this type".
    pub fn file_type(self) -> u32 {
        match self {
            Self::F32 => 0,
            Self::F16 => 1,
            Self::Q8_0 => 7,
        }
    }
}
