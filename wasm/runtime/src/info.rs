//! What can be known of a model from its header alone.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use wasm_chord_core::chat::ChatTemplate;
use wasm_chord_core::gguf::{GgmlType, Gguf, TensorInfo};
use wasm_chord_core::tokenizer::Tokenizer;

use crate::arch::bert::{self, Bert};
use crate::arch::{Architecture, Keys, Place, TensorSpec};
use crate::config::TransformerConfig;
use crate::error::{Error, Result};

/// What a model is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ModelKind {
    /// It continues texts and answers messages.
    #[default]
    Generator,
    /// It turns texts into vectors.
    Embedder,
}

/// A model as its header describes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelInfo {
    /// `general.name`, or the architecture's name where the file has none.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub kind: ModelKind,
    /// `general.architecture`.
    pub architecture: String,
    /// Weights in all tensors.
    pub parameters: u64,
    /// Bytes of all tensors.
    pub weight_bytes: u64,
    /// The type most of those bytes are stored in, e.g. `Q4_0`.
    pub quantization: String,
    /// Tokens the model was trained to look back on.
    pub context_length: usize,
    /// Tokens in the vocabulary.
    pub vocab_size: usize,
    /// Transformer blocks.
    pub layers: usize,
    /// Whether the model can hold a conversation, or only continue a text.
    pub has_chat_template: bool,
    /// What may make answers worse than they should be, for people to know.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// Everything read from a header: what the loader needs to take the tensors in.
pub(crate) struct Header {
    pub info: ModelInfo,
    pub graph: Graph,
    pub tokenizer: Tokenizer,
    pub chat_template: Option<ChatTemplate>,
    /// What to do with each of the file's tensors, by name.
    pub wanted: HashMap<String, TensorSpec>,
}

/// A model's graph, with its hyperparameters.
pub(crate) enum Graph {
    Decoder(Box<Architecture>),
    Encoder(Bert),
}

impl Graph {
    fn from_gguf(gguf: &Gguf) -> Result<Self> {
        match gguf.metadata.str("general.architecture")? {
            bert::NAME => Ok(Self::Encoder(Bert::read(&Keys { gguf, arch: bert::NAME })?)),
            _ => Ok(Self::Decoder(Box::new(Architecture::from_gguf(gguf)?))),
        }
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Decoder(arch) => arch.name(),
            Self::Encoder(_) => bert::NAME,
        }
    }

    fn config(&self) -> &TransformerConfig {
        match self {
            Self::Decoder(arch) => arch.config(),
            Self::Encoder(bert) => bert.config(),
        }
    }

    fn tensors(&self) -> Result<Vec<TensorSpec>> {
        match self {
            Self::Decoder(arch) => arch.tensors(),
            Self::Encoder(bert) => bert.tensors(),
        }
    }

    fn kind(&self) -> ModelKind {
        match self {
            Self::Decoder(_) => ModelKind::Generator,
            Self::Encoder(_) => ModelKind::Embedder,
        }
    }
}

/// Checks all that a header can tell: architecture, hyperparameters, tokenizer, chat template, and that every tensor the
/// architecture needs is there in its right shape. A file that passes will load, given its tensor data and memory.
///
/// # Errors
/// The first thing that is wrong, by name.
pub fn check(gguf: &Gguf) -> Result<ModelInfo> {
    Ok(read(gguf)?.info)
}

pub(crate) fn read(gguf: &Gguf) -> Result<Header> {
    let graph = Graph::from_gguf(gguf)?;
    let wanted = match_tensors(gguf, &graph)?;
    let config = graph.config();
    let tokenizer = Tokenizer::from_gguf(&gguf.metadata)?;
    if tokenizer.vocab_size() > config.vocab_size {
        let expected = format!("at most {}, the rows of token_embd.weight", config.vocab_size);
        return Err(Error::bad("tokenizer.ggml.tokens", tokenizer.vocab_size(), expected));
    }
    let chat_template = ChatTemplate::from_gguf(&gguf.metadata, &tokenizer)?;
    let info = ModelInfo {
        name: gguf.metadata.opt_str("general.name")?.unwrap_or(graph.name()).to_owned(),
        kind: graph.kind(),
        architecture: graph.name().to_owned(),
        parameters: gguf.tensors.iter().map(|t| t.dims.iter().map(|d| *d as u64).product::<u64>()).sum(),
        weight_bytes: gguf.tensors.iter().map(|t| t.bytes).sum(),
        quantization: main_type(&gguf.tensors).map_or("none", GgmlType::name).to_owned(),
        context_length: config.max_seq_len,
        vocab_size: config.vocab_size,
        layers: config.num_layers,
        has_chat_template: chat_template.is_some(),
        warnings: tokenizer.warnings().iter().map(ToString::to_string).collect(),
    };
    Ok(Header { info, graph, tokenizer, chat_template, wanted })
}

/// Pairs the file's tensors with those the architecture knows. A tensor it does not know is refused, not passed over: a
/// bias or an extra norm left out would make the model babble without a word of warning.
fn match_tensors(gguf: &Gguf, graph: &Graph) -> Result<HashMap<String, TensorSpec>> {
    let config = graph.config();
    // Before the list below is made: a damaged block count must not make it long.
    if config.num_layers > gguf.tensors.len() {
        let expected = format!("at most {}, the file's tensors", gguf.tensors.len());
        return Err(Error::bad(format!("{}.block_count", graph.name()), config.num_layers, expected));
    }
    // Both lists may be long: each is gone through once.
    let by_name: HashMap<&str, &TensorInfo> = gguf.tensors.iter().map(|info| (info.name.as_str(), info)).collect();
    let mut wanted = HashMap::new();
    for spec in graph.tensors()?.into_iter().filter(|spec| spec.place != Place::Ones) {
        match by_name.get(spec.name.as_str()) {
            Some(tensor) if same_shape(&tensor.dims, &spec.dims) => {
                wanted.insert(spec.name.clone(), spec);
            }
            Some(tensor) => {
                return Err(Error::TensorShape { name: spec.name, got: tensor.dims.clone(), expected: spec.dims });
            }
            None if spec.required => {
                return Err(Error::MissingTensor { name: spec.name, architecture: graph.name().to_owned() });
            }
            None => {}
        }
    }
    match gguf.tensors.iter().find(|tensor| !wanted.contains_key(&tensor.name)) {
        Some(extra) => Err(Error::UnsupportedFeature {
            what: format!("the tensor '{}', which a plain {} model does not have", extra.name, graph.name()),
        }),
        None => Ok(wanted),
    }
}

/// Whether two lists of extents agree; extents of 1 at the end say nothing.
fn same_shape(a: &[usize], b: &[usize]) -> bool {
    let trim = |dims: &[usize]| dims.iter().rposition(|d| *d != 1).map_or(0, |last| last + 1);
    a[..trim(a)] == b[..trim(b)]
}

fn main_type(tensors: &[TensorInfo]) -> Option<GgmlType> {
    let mut bytes: Vec<(GgmlType, u64)> = Vec::new();
    for tensor in tensors {
        match bytes.iter_mut().find(|(ty, _)| *ty == tensor.ty) {
            Some((_, sum)) => *sum += tensor.bytes,
            None => bytes.push((tensor.ty, tensor.bytes)),
        }
    }
    bytes.into_iter().max_by_key(|(_, sum)| *sum).map(|(ty, _)| ty)
}
