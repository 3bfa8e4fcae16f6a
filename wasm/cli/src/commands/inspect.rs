//! `chord inspect`: what a model's header says. Reads no tensor data, so it is as quick for a large file as for a small one,
//! and it shows models that cannot be run too.

use serde::Serialize;
use serde_json::{Value as Json, json};
use wasm_chord_core::gguf::{Array, GgmlType, Gguf, Metadata, Shards, Value};

use crate::args::Inspect;
use crate::error::Result;
use crate::model_file::{self, ModelFiles};
use crate::output;

/// Elements of a metadata array that are shown; a vocabulary has hundreds of thousands.
const SHOWN_ELEMENTS: usize = 8;

/// Characters of a string that are shown in the tables; chat templates are pages long.
const SHOWN_CHARS: usize = 80;

/// What `--json` prints.
#[derive(Serialize)]
struct Output {
    architecture: Option<String>,
    name: Option<String>,
    /// Weights, all tensors together.
    parameters: u64,
    context_length: Option<u64>,
    types: Vec<TypeCount>,
    gguf_version: u32,
    alignment: u64,
    /// Bytes from the start of the first file to its first tensor's data.
    data_start: u64,
    /// Bytes of all files.
    file_bytes: u64,
    /// Bytes the headers announce that the files do not have; 0 for a whole model.
    missing_bytes: u64,
    files: Vec<ModelFile>,
    metadata: Vec<Entry>,
    tensors: Vec<Tensor>,
}

/// One of the files a model comes in.
#[derive(Serialize)]
struct ModelFile {
    name: String,
    bytes: u64,
    /// As above, of this file.
    data_start: u64,
    tensors: usize,
}

#[derive(Serialize)]
struct TypeCount {
    #[serde(rename = "type")]
    ty: &'static str,
    tensors: usize,
    parameters: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct Entry {
    key: String,
    #[serde(rename = "type")]
    ty: String,
    /// Elements of an array.
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<usize>,
    /// The value; of an array the first elements alone.
    value: Json,
}

#[derive(Serialize)]
struct Tensor {
    name: String,
    #[serde(rename = "type")]
    ty: &'static str,
    /// Extents, fastest first.
    dims: Vec<usize>,
    /// Index in `files` of the one that holds it.
    file: usize,
    /// Bytes from that file's `data_start`.
    offset: u64,
    bytes: u64,
}

pub fn run(args: &Inspect) -> Result<()> {
    let model = model_file::open(&args.model)?;
    for ((path, len), shard) in model.files.iter().zip(model.shards.files()) {
        let missing = shard.missing_bytes(*len);
        if missing > 0 {
            output::log(&format!("chord: {} is cut short: {missing} bytes of its tensors are missing", path.display()));
        }
    }
    let output = describe(&model);
    if args.json { output::json(&output) } else { output::text(&tables(&output)) }
}

fn describe(model: &ModelFiles) -> Output {
    let header = model.shards.model();
    let metadata = &header.metadata;
    let string = |key: &str| metadata.opt_str(key).ok().flatten().map(str::to_owned);
    let architecture = string("general.architecture");
    let context_key = format!("{}.context_length", architecture.as_deref().unwrap_or_default());
    let files = model.files.iter().zip(model.shards.files()).map(|((path, bytes), shard)| ModelFile {
        name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        bytes: *bytes,
        data_start: shard.data_start,
        tensors: shard.tensors,
    });
    let missing = model.files.iter().zip(model.shards.files()).map(|((_, len), shard)| shard.missing_bytes(*len));
    Output {
        name: string("general.name"),
        parameters: header.tensors.iter().map(|info| elements(&info.dims)).sum(),
        context_length: metadata.opt_u64(&context_key).ok().flatten(),
        types: types(header),
        gguf_version: header.version,
        alignment: header.alignment,
        data_start: header.data_start,
        file_bytes: model.files.iter().map(|(_, len)| len).sum(),
        missing_bytes: missing.sum(),
        files: files.collect(),
        metadata: entries(metadata),
        tensors: tensors(&model.shards),
        architecture,
    }
}

/// The tensors, file by file.
fn tensors(shards: &Shards) -> Vec<Tensor> {
    let mut infos = shards.model().tensors.iter();
    let mut tensors = Vec::new();
    let mut begin = 0; // of the file's data section, in the model's
    for (file, shard) in shards.files().iter().enumerate() {
        tensors.extend(infos.by_ref().take(shard.tensors).map(|info| Tensor {
            name: info.name.clone(),
            ty: info.ty.name(),
            dims: info.dims.clone(),
            file,
            offset: info.offset - begin,
            bytes: info.bytes,
        }));
        begin += shard.data_bytes;
    }
    tensors
}

fn elements(dims: &[usize]) -> u64 {
    dims.iter().map(|&extent| extent as u64).fold(1, u64::saturating_mul)
}

/// How many tensors of each type there are, most bytes first.
fn types(header: &Gguf) -> Vec<TypeCount> {
    let count = |ty: GgmlType| {
        let of_type = || header.tensors.iter().filter(move |info| info.ty == ty);
        TypeCount {
            ty: ty.name(),
            tensors: of_type().count(),
            parameters: of_type().map(|info| elements(&info.dims)).sum(),
            bytes: of_type().map(|info| info.bytes).sum(),
        }
    };
    let mut types: Vec<_> = GgmlType::ALL.into_iter().map(count).filter(|count| count.tensors > 0).collect();
    types.sort_by_key(|count| std::cmp::Reverse(count.bytes));
    types
}

fn entries(metadata: &Metadata) -> Vec<Entry> {
    let entry = |(key, value): (&str, &Value)| Entry {
        key: key.to_owned(),
        ty: value.type_name(),
        length: if let Value::Array(array) = value { Some(array.len()) } else { None },
        value: to_json(value),
    };
    metadata.iter().map(entry).collect()
}

fn to_json(value: &Value) -> Json {
    match value {
        Value::U8(v) => json!(v),
        Value::I8(v) => json!(v),
        Value::U16(v) => json!(v),
        Value::I16(v) => json!(v),
        Value::U32(v) => json!(v),
        Value::I32(v) => json!(v),
        Value::U64(v) => json!(v),
        Value::I64(v) => json!(v),
        Value::F32(v) => json!(shortest(*v)),
        Value::F64(v) => json!(v),
        Value::Bool(v) => json!(v),
        Value::String(v) => json!(v),
        Value::Array(array) => array_to_json(array),
    }
}

fn array_to_json(array: &Array) -> Json {
    fn first<T: Serialize>(elements: &[T]) -> Json {
        json!(elements.iter().take(SHOWN_ELEMENTS).collect::<Vec<_>>())
    }
    match array {
        Array::U8(v) => first(v),
        Array::I8(v) => first(v),
        Array::U16(v) => first(v),
        Array::I16(v) => first(v),
        Array::U32(v) => first(v),
        Array::I32(v) => first(v),
        Array::U64(v) => first(v),
        Array::I64(v) => first(v),
        Array::F32(v) => json!(v.iter().take(SHOWN_ELEMENTS).map(|&v| shortest(v)).collect::<Vec<_>>()),
        Array::F64(v) => first(v),
        Array::Bool(v) => first(v),
        Array::String(v) => first(v),
    }
}

/// The f64 that prints like `value`: widened bit by bit, an epsilon of 1e-5 would read 9.999999747378752e-6.
fn shortest(value: f32) -> f64 {
    value.to_string().parse().unwrap_or_else(|_| f64::from(value))
}

/// For people: what matters first, then metadata and tensors.
fn tables(output: &Output) -> String {
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "(none)".to_owned());
    let pair = |key: &str, value: String| vec![key.to_owned(), value];
    let mut summary = vec![
        pair("architecture", or_none(&output.architecture)),
        pair("name", or_none(&output.name)),
        pair("parameters", output.parameters.to_string()),
        pair("context", or_none(&output.context_length.map(|length| length.to_string()))),
    ];
    let version = output.gguf_version;
    summary.extend(match output.files.as_slice() {
        [file] => vec![pair("file", format!("{} bytes, GGUF version {version}", file.bytes))],
        files => files
            .iter()
            .enumerate()
            .map(|(no, ModelFile { name, bytes, tensors, .. })| {
                pair(
                    &format!("file {}", no + 1),
                    format!("{name}: {bytes} bytes, {tensors} tensors, GGUF version {version}"),
                )
            })
            .collect(),
    });
    summary.extend(output.types.iter().map(|count| {
        let TypeCount { ty, tensors, parameters, bytes } = count;
        pair(ty, format!("{tensors} tensors, {parameters} weights, {bytes} bytes"))
    }));
    let metadata: Vec<_> = output.metadata.iter().map(|e| vec![e.key.clone(), e.ty.clone(), shorten(e)]).collect();
    let several = output.files.len() > 1;
    let mut header = ["tensor", "type", "dims", "offset"].map(str::to_owned).to_vec();
    header.extend(several.then(|| "file".to_owned()));
    let tensors = output.tensors.iter().map(|tensor| {
        let dims: Vec<_> = tensor.dims.iter().map(usize::to_string).collect();
        let mut row = vec![tensor.name.clone(), tensor.ty.to_owned(), dims.join(" × "), tensor.offset.to_string()];
        row.extend(several.then(|| (tensor.file + 1).to_string()));
        row
    });
    let tensors: Vec<_> = std::iter::once(header).chain(tensors).collect();
    let mut text = output::table(&summary);
    for table in [&metadata, &tensors] {
        text += "\n";
        text += &output::table(table);
    }
    text
}

/// An entry's value in one short line.
fn shorten(entry: &Entry) -> String {
    let text = if let Json::String(text) = &entry.value { text.clone() } else { entry.value.to_string() };
    let mut short: String = text.chars().take(SHOWN_CHARS).collect();
    if short.len() < text.len() {
        short += "…";
    }
    match entry.length {
        Some(length) => format!("{length}: {short}"),
        None => short,
    }
}
