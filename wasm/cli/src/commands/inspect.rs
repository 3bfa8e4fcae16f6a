//! `chord inspect`: what a file's header says. Reads no tensor data, so it is as quick for a large file as for a small one,
//! and it shows models that cannot be run too.

use serde::Serialize;
use serde_json::{Value as Json, json};
use wasm_chord_core::gguf::{Array, GgmlType, Gguf, Metadata, Value};

use crate::args::Inspect;
use crate::error::Result;
use crate::{model_file, output};

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
    /// Bytes from the start of the file to the first tensor's data.
    data_start: u64,
    file_bytes: u64,
    /// Bytes the header announces that the file does not have; 0 for a whole file.
    missing_bytes: u64,
    metadata: Vec<Entry>,
    tensors: Vec<Tensor>,
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
    /// Bytes from `data_start`.
    offset: u64,
    bytes: u64,
}

pub fn run(args: &Inspect) -> Result<()> {
    let (header, file_bytes) = model_file::header(&args.model)?;
    let output = describe(&header, file_bytes);
    if output.missing_bytes > 0 {
        output::log(&format!(
            "chord: the file is cut short: {} bytes of its tensors are missing",
            output.missing_bytes
        ));
    }
    if args.json { output::json(&output) } else { output::text(&tables(&output)) }
}

fn describe(header: &Gguf, file_bytes: u64) -> Output {
    let metadata = &header.metadata;
    let string = |key: &str| metadata.opt_str(key).ok().flatten().map(str::to_owned);
    let architecture = string("general.architecture");
    let context_key = format!("{}.context_length", architecture.as_deref().unwrap_or_default());
    let tensors = header.tensors.iter().map(|info| Tensor {
        name: info.name.clone(),
        ty: info.ty.name(),
        dims: info.dims.clone(),
        offset: info.offset,
        bytes: info.bytes,
    });
    let end = if header.tensors.is_empty() { 0 } else { header.data_start.saturating_add(header.data_bytes()) };
    Output {
        name: string("general.name"),
        parameters: header.tensors.iter().map(|info| elements(&info.dims)).sum(),
        context_length: metadata.opt_u64(&context_key).ok().flatten(),
        types: types(header),
        gguf_version: header.version,
        alignment: header.alignment,
        data_start: header.data_start,
        file_bytes,
        missing_bytes: end.saturating_sub(file_bytes),
        metadata: entries(metadata),
        tensors: tensors.collect(),
        architecture,
    }
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
        pair("file", format!("{} bytes, GGUF version {}", output.file_bytes, output.gguf_version)),
    ];
    summary.extend(output.types.iter().map(|count| {
        let TypeCount { ty, tensors, parameters, bytes } = count;
        pair(ty, format!("{tensors} tensors, {parameters} weights, {bytes} bytes"))
    }));
    let metadata: Vec<_> = output.metadata.iter().map(|e| vec![e.key.clone(), e.ty.clone(), shorten(e)]).collect();
    let header = ["tensor", "type", "dims", "offset"].map(str::to_owned).to_vec();
    let tensors = output.tensors.iter().map(|tensor| {
        let dims: Vec<_> = tensor.dims.iter().map(usize::to_string).collect();
        vec![tensor.name.clone(), tensor.ty.to_owned(), dims.join(" × "), tensor.offset.to_string()]
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
