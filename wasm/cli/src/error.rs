//! What ends a command early, and how the person at the terminal learns of it.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use wasm_chord_core::block::BlockError;
use wasm_chord_core::chat::ChatError;
use wasm_chord_core::gguf::{GgufError, ShardError};
use wasm_chord_core::tokenizer::TokenizerError;

use crate::convert::ConvertError;

/// A result of a command.
pub type Result<T> = std::result::Result<T, CliError>;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// A file could not be opened or read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Standard input could not be read, or is not UTF-8.
    #[error("cannot read standard input: {0}")]
    Stdin(io::Error),
    /// Standard output does not take what is written to it.
    #[error("cannot write to standard output: {0}")]
    Stdout(io::Error),
    /// The file is not a sound GGUF file.
    #[error("{}: {source}", path.display())]
    Gguf {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: GgufError,
    },
    /// The files are not one model.
    #[error("{}: {source}", path.display())]
    Shards {
        /// The file that was named.
        path: PathBuf,
        /// What is wrong with it or with those beside it.
        source: ShardError,
    },
    /// One file of several is not there.
    #[error(
        "{} is missing: '{given}' is of a model in {count} parts, which have to be in one folder; this is part {no}",
        path.display()
    )]
    MissingShard {
        /// Where it should be.
        path: PathBuf,
        /// The file that was named.
        given: String,
        /// Which part is missing, from 1.
        no: u32,
        /// How many there are.
        count: u32,
    },
    /// The other files of a model cannot be found by this one's name.
    #[error(
        "{} is part {no} of {count} of a model, and its name does not end in -{no:05}-of-{count:05}.gguf, by which the \
         other parts are found; name all of them so",
        path.display()
    )]
    ShardName {
        /// The file that was named.
        path: PathBuf,
        /// Which part it is, from 1.
        no: u32,
        /// How many there are.
        count: u32,
    },
    /// The file's tokenizer cannot be used.
    #[error("{}: {source}", path.display())]
    Tokenizer {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: TokenizerError,
    },
    /// A file of variables for a template that is not JSON.
    #[error("{}: {source}", path.display())]
    Context {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The model has no chat template, nor tokens from which one could be told.
    #[error("{}: the model has no chat template", path.display())]
    NoChatTemplate {
        /// The file.
        path: PathBuf,
    },
    /// The chat template cannot be read, or refused.
    #[error(transparent)]
    Chat(#[from] ChatError),
    /// The model cannot be loaded.
    #[error("{}: {source}", path.display())]
    Load {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: wasm_chord_runtime::Error,
    },
    /// The model was loaded, and could not do what it was asked.
    #[error(transparent)]
    Run(#[from] wasm_chord_runtime::Error),
    /// A folder cannot be converted.
    #[error(transparent)]
    Convert(#[from] ConvertError),
    /// The generator made rows that its type cannot hold.
    #[error(transparent)]
    Generator(#[from] BlockError),
    /// A position beyond the tokens.
    #[error("position {position} is out of range: {tokens} tokens have positions 0 to {}", tokens - 1)]
    PositionOutOfRange {
        /// The position asked for.
        position: usize,
        /// Tokens there are.
        tokens: usize,
    },
    /// A text of less than one chunk.
    #[error("the text has {tokens} tokens, less than one chunk of {context}; take a longer text or a smaller --ctx")]
    TextTooShort {
        /// Tokens of the text.
        tokens: usize,
        /// Tokens of a chunk.
        context: usize,
    },
    /// There is no GPU to run on.
    #[cfg(feature = "gpu")]
    #[error(transparent)]
    Gpu(#[from] wasm_chord_gpu::GpuError),
    /// A backend that does not keep keys and values that way.
    #[error(
        "the {backend} backend cannot keep keys and values as {cache}; leave out --kv-cache or take another backend"
    )]
    NoSuchCache {
        /// The backend's name.
        backend: &'static str,
        /// What was asked for.
        cache: &'static str,
    },
    /// A backend that is too slow to measure.
    #[error("the reference is not there to be fast; measure another backend")]
    NotMeasured,
    /// A GPU whose kernels cannot be timed.
    #[cfg(feature = "gpu")]
    #[error("this graphics processor has no timestamps, so that its kernels cannot be timed; leave out --profile")]
    NoTimestamps,
    /// The system does not give as many threads as were asked for.
    #[error("the system starts {started} of {asked} threads; ask for fewer with --threads")]
    TooFewThreads {
        /// Threads asked for.
        asked: usize,
        /// Threads there are.
        started: usize,
    },
    /// Logits that are no numbers.
    #[error("the logits at position {position} are not numbers; the model file is probably damaged")]
    InvalidLogits {
        /// After which token.
        position: usize,
    },
}

/// Tells standard error, in one line, and gives the exit code.
pub fn report(error: CliError) -> ExitCode {
    if let CliError::Stdout(source) = &error
        && source.kind() == io::ErrorKind::BrokenPipe
    {
        // The reader has had enough (`chord inspect … | head`): nothing went wrong.
        return ExitCode::SUCCESS;
    }
    // Names out of a file may hold line breaks and terminal codes.
    crate::output::log(&format!("chord: {error}"));
    ExitCode::FAILURE
}
