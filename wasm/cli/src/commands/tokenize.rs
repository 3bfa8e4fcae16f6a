//! `chord tokenize`: text into ids.

use std::io::{self, Read};

use serde::Serialize;
use wasm_chord_core::tokenizer::{EncodeOptions, Tokenizer};

use crate::args::Tokenize;
use crate::error::{CliError, Result};
use crate::{model_file, output};

/// What `--json` prints.
#[derive(Serialize)]
struct Ids {
    ids: Vec<u32>,
}

pub fn run(args: &Tokenize) -> Result<()> {
    let text = match &args.text {
        Some(text) => text.clone(),
        None => {
            let mut text = String::new();
            io::stdin().lock().read_to_string(&mut text).map_err(CliError::Stdin)?;
            text
        }
    };
    let files = model_file::open(&args.model)?;
    let tokenizer_error = |source| CliError::Tokenizer { path: args.model.clone(), source };
    let tokenizer = Tokenizer::from_gguf(&files.shards.model().metadata).map_err(tokenizer_error)?;
    for warning in tokenizer.warnings() {
        output::log(&format!("chord: {warning}"));
    }
    let add_bos = args.no_bos.then_some(false);
    let ids = tokenizer.encode(&text, EncodeOptions { add_bos, parse_special: args.special });
    if args.json {
        return output::json(&Ids { ids });
    }
    let rows: Vec<_> =
        ids.iter().map(|&id| vec![id.to_string(), tokenizer.token_text(id).unwrap_or_default().to_owned()]).collect();
    output::text(&output::table(&rows))
}
