//! Hugging Face folders of BERT text-embedding models into GGUF files, as llama.cpp's `convert_hf_to_gguf.py` makes them.

mod config;
mod error;
mod folder;
mod pooling;
mod safetensors;
mod vocabulary;
mod weights;

use std::io::Write;
use std::path::Path;

use wasm_chord_core::gguf::write::GgufWriter;
use wasm_chord_core::gguf::{Gguf, GgufParser, Value};

use crate::args::MatrixType;
use config::BertConfig;
pub use error::ConvertError;
use error::Result;
use folder::Folder;
use pooling::Pooling;
use vocabulary::Vocabulary;
use weights::Weights;

/// A model that is found whole, and is yet to be written.
pub struct Model {
    header: GgufWriter,
    weights: Weights,
    /// What the person should know of it.
    pub warnings: Vec<String>,
}

impl Model {
    /// The model in `folder`, its matrices to be stored as `ty`. What comes out is what the engine loads: it is checked.
    ///
    /// # Errors
    /// The folder holds no whole BERT text-embedding model; the first thing that is wrong with it.
    pub fn open(folder: &Path, ty: MatrixType) -> Result<Self> {
        let folder = Folder::open(folder)?;
        let config = BertConfig::read(&folder)?;
        let vocabulary = Vocabulary::read(&folder, config.vocab_size)?;
        let mut warnings = vocabulary.warnings.clone();
        let pooling = Pooling::read(&folder)?.unwrap_or_else(|| {
            warnings.push("the folder does not say how vectors are pooled; their mean is taken".to_owned());
            Pooling::Mean
        });
        let mut header = GgufWriter::new();
        for (key, value) in metadata(&folder.name(), &config, &vocabulary, pooling, ty) {
            header = header.set(key, value);
        }
        let weights = Weights::open(&folder, &config, ty)?;
        let header = weights.announce(header);
        wasm_chord_runtime::check(&parsed(&header)?)?;
        Ok(Self { header, weights, warnings })
    }

    /// Writes the file; of the weights one tensor is in memory at a time.
    ///
    /// # Errors
    /// [`ConvertError::Write`] for those of `out`, else what is wrong with the weights.
    pub fn write(self, out: impl Write) -> Result<()> {
        let mut stream = self.header.begin(out).map_err(ConvertError::Write)?;
        self.weights.write(&mut stream)?;
        stream.finish().map(drop).map_err(ConvertError::Write)
    }
}

/// The header as a reader has it.
fn parsed(header: &GgufWriter) -> Result<Gguf> {
    let mut parser = GgufParser::new();
    parser.push(&header.header())?;
    parser.push(&[0; 32])?; // What a header is filled up with, and more.
    Ok(parser.finish()?)
}

/// All entries, in file order.
fn metadata(
    name: &str,
    config: &BertConfig,
    vocabulary: &Vocabulary,
    pooling: Pooling,
    ty: MatrixType,
) -> Vec<(&'static str, Value)> {
    let texts: Vec<String> = vocabulary.tokens.iter().map(|(text, _)| text.clone()).collect();
    let kinds: Vec<i32> = vocabulary.tokens.iter().map(|(_, kind)| kind.id()).collect();
    let mut entries: Vec<(&'static str, Value)> = vec![
        ("general.architecture", "bert".into()),
        ("general.type", "model".into()),
        ("general.name", name.into()),
        ("general.file_type", ty.file_type().into()),
        ("general.quantization_version", 2u32.into()), // ggml's `GGML_QNT_VERSION`.
        ("bert.context_length", config.max_position_embeddings.into()),
        ("bert.embedding_length", config.hidden_size.into()),
        ("bert.block_count", config.num_hidden_layers.into()),
        ("bert.feed_forward_length", config.intermediate_size.into()),
        ("bert.attention.head_count", config.num_attention_heads.into()),
        ("bert.attention.layer_norm_epsilon", config.layer_norm_eps.into()),
        ("bert.attention.causal", false.into()),
        ("bert.pooling_type", (pooling as u32).into()),
        ("tokenizer.ggml.token_type_count", config.type_vocab_size.into()),
        ("tokenizer.ggml.model", "bert".into()),
        ("tokenizer.ggml.pre", "default".into()),
        ("tokenizer.ggml.tokens", texts.into()),
        ("tokenizer.ggml.token_type", kinds.into()),
        ("tokenizer.ggml.normalizer.lowercase", vocabulary.lowercase.into()),
    ];
    let strip = vocabulary.strip_accents.map(|strip| ("tokenizer.ggml.normalizer.strip_accents", strip.into()));
    entries.extend(strip);
    // [CLS] and [SEP] go by their other names as well: readers differ in which they look at.
    for &(role, id) in &vocabulary.roles {
        let keys: &[&'static str] = match role {
            "cls" => &["tokenizer.ggml.cls_token_id", "tokenizer.ggml.bos_token_id"],
            "sep" => &["tokenizer.ggml.seperator_token_id", "tokenizer.ggml.eos_token_id"], // Misspelt in every file.
            "unk" => &["tokenizer.ggml.unknown_token_id"],
            "pad" => &["tokenizer.ggml.padding_token_id"],
            _ => &["tokenizer.ggml.mask_token_id"],
        };
        entries.extend(keys.iter().map(|key| (*key, id.into())));
    }
    entries.extend([("tokenizer.ggml.add_bos_token", true.into()), ("tokenizer.ggml.add_eos_token", true.into())]);
    entries
}
