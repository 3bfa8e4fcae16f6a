//! `chord make-model`: the project's own tiny models.

use std::fs::File;
use std::io::{BufWriter, Write};

use crate::args::MakeModel;
use crate::error::{CliError, Result};
use crate::{make_model, output};

pub fn run(args: &MakeModel) -> Result<()> {
    let model = make_model::model(args.shape, args.weight_type, args.seed)?;
    let write = || {
        let mut file = BufWriter::new(File::create(&args.out)?);
        model.write_to(&mut file)?;
        file.flush()
    };
    write().map_err(|source| CliError::Write { path: args.out.clone(), source })?;
    output::log(&format!("wrote {}", args.out.display()));
    Ok(())
}
