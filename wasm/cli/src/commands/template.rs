//! `chord template`: a conversation as a chat template writes it.

use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};
use wasm_chord_core::chat::{ChatTemplate, DateTime};
use wasm_chord_core::tokenizer::Tokenizer;

use crate::args::Template;
use crate::error::{CliError, Result};
use crate::{model_file, output};

pub fn run(args: &Template) -> Result<()> {
    let context: Map<String, Value> = serde_json::from_slice(&read(&args.context)?)
        .map_err(|source| CliError::Context { path: args.context.clone(), source })?;
    let template = match (&args.file, &args.model) {
        (Some(file), _) => ChatTemplate::new(&String::from_utf8_lossy(&read(file)?), "", "")?,
        (None, Some(model)) => of_model(model)?,
        (None, None) => return Ok(()), // clap asks for one of them.
    };
    let now = args.now.unwrap_or_else(now);
    output::text(&template.render_context(&Value::Object(context), Some(now))?)
}

fn of_model(path: &Path) -> Result<ChatTemplate> {
    let files = model_file::open(path)?;
    let metadata = &files.shards.model().metadata;
    let tokenizer =
        Tokenizer::from_gguf(metadata).map_err(|source| CliError::Tokenizer { path: path.to_owned(), source })?;
    let template = ChatTemplate::from_gguf(metadata, &tokenizer)?;
    template.ok_or_else(|| CliError::NoChatTemplate { path: path.to_owned() })
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|source| CliError::Read { path: path.to_owned(), source })
}

fn now() -> DateTime {
    // A clock before 1970 is not set.
    DateTime::from_unix(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}
