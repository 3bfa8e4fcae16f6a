//! `chord`: inspect, tokenize and run GGUF models natively, convert other formats, and write the project's own tiny ones.

mod args;
mod bench;
mod commands;
mod convert;
mod error;
mod make_model;
mod model_file;
mod new_file;
mod output;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match commands::run(args::Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error::report(error),
    }
}
