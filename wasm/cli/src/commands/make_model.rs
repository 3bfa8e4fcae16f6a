//! `chord make-model`: the project's own models.

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use wasm_chord_core::gguf::ShardName;

use crate::args::MakeModel;
use crate::error::{CliError, Result};
use crate::make_model::{Model, WriteError};
use crate::output;

pub fn run(args: &MakeModel) -> Result<()> {
    let mut path = args.out.clone();
    let written = Model::new(args.shape, args.weight_type, args.seed).write(args.split, |no| {
        path = part(args, no);
        Ok(BufWriter::new(File::create(&path)?))
    });
    written.map_err(|error| match error {
        WriteError::Io(source) => CliError::Write { path, source },
        WriteError::Block(source) => CliError::Generator(source),
    })?;
    (0..args.split.unwrap_or(1)).for_each(|no| output::log(&format!("wrote {}", part(args, no).display())));
    Ok(())
}

/// Where part `no` goes.
fn part(args: &MakeModel, no: u16) -> PathBuf {
    let Some(count) = args.split else { return args.out.clone() };
    let stem = args.out.file_stem().unwrap_or_default().to_string_lossy();
    let name = ShardName { model: stem.to_string(), no: no.into(), count: count.into() };
    args.out.with_file_name(name.to_string())
}
