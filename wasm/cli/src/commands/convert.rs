//! `chord convert`: a Hugging Face folder into a GGUF file.

use crate::args::Convert;
use crate::convert::{ConvertError, Model};
use crate::error::{CliError, Result};
use crate::new_file::NewFile;
use crate::output;

pub fn run(args: &Convert) -> Result<()> {
    let model = Model::open(&args.folder, args.matrix_type)?;
    for warning in &model.warnings {
        output::log(&format!("chord: {warning}"));
    }
    let write_error = |source| CliError::Write { path: args.out.clone(), source };
    let mut file = NewFile::create(&args.out).map_err(write_error)?;
    model.write(&mut file).map_err(|error| match error {
        ConvertError::Write(source) => write_error(source),
        error => error.into(),
    })?;
    file.finish().map_err(write_error)?;
    output::log(&format!("wrote {}", args.out.display()));
    Ok(())
}
