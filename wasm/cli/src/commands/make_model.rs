//! `chord make-model`: the project's own tiny models.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use wasm_chord_core::gguf::ShardName;
use wasm_chord_core::gguf::write::GgufWriter;

use crate::args::MakeModel;
use crate::error::{CliError, Result};
use crate::{make_model, output};

pub fn run(args: &MakeModel) -> Result<()> {
    let model = make_model::model(args.shape, args.weight_type, args.seed)?;
    let Some(count) = args.split else { return write(&model, &args.out) };
    let stem = args.out.file_stem().unwrap_or_default().to_string_lossy();
    for (no, shard) in (0..).zip(model.split(count)) {
        let name = ShardName { model: stem.to_string(), no, count: count.into() };
        write(&shard, &args.out.with_file_name(name.to_string()))?;
    }
    Ok(())
}

fn write(model: &GgufWriter, path: &Path) -> Result<()> {
    let write = || {
        let mut file = BufWriter::new(File::create(path)?);
        model.write_to(&mut file)?;
        file.flush()
    };
    write().map_err(|source| CliError::Write { path: path.to_owned(), source })?;
    output::log(&format!("wrote {}", path.display()));
    Ok(())
}
