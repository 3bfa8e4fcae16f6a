//! What can be asked on the command line. clap checks each value here, so that a command starts with sound ones.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args as Group, Parser, Subcommand, ValueEnum};
use wasm_chord_core::backend::DEFAULT_BATCH;
use wasm_chord_core::chat::DateTime;

/// Inspect, tokenize and run GGUF models.
#[derive(Debug, Parser)]
#[command(name = "chord", version, about)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what a model file holds: architecture, metadata, tensors
    Inspect(Inspect),
    /// Turn text into token ids
    Tokenize(Tokenize),
    /// Print a conversation as a chat template writes it
    Template(Template),
    /// Run tokens through a model and print its logits
    Logits(Logits),
    /// Let a model continue a text or answer a message
    Generate(Generate),
    /// Turn texts into vectors with an embedding model
    Embed(Embed),
    /// Measure how well a model predicts a text
    Perplexity(Perplexity),
    /// Make a .gguf file of a Hugging Face folder with a BERT embedding model
    Convert(Convert),
    /// Measure how fast a model is on this machine
    Bench(Bench),
    /// Write a model of the project's own: a tiny one, or random weights in the shape of a real one
    MakeModel(MakeModel),
}

/// `chord inspect`.
#[derive(Debug, Group)]
pub struct Inspect {
    /// A .gguf file
    pub model: PathBuf,
    /// Print one JSON object instead of tables
    #[arg(long)]
    pub json: bool,
}

/// `chord tokenize`.
#[derive(Debug, Group)]
pub struct Tokenize {
    /// A .gguf file; one that holds only a vocabulary will do
    pub model: PathBuf,
    /// The text
    #[arg(long, allow_hyphen_values = true, required_unless_present = "stdin", conflicts_with = "stdin")]
    pub text: Option<String>,
    /// Read the text from standard input, every byte of it up to the end
    #[arg(long)]
    pub stdin: bool,
    /// Turn control tokens written out in the text, such as `</s>`, into themselves
    #[arg(long)]
    pub special: bool,
    /// Add no beginning-of-sequence token, whatever the model asks for
    #[arg(long)]
    pub no_bos: bool,
    /// Print one JSON object: {"ids":[…]}
    #[arg(long)]
    pub json: bool,
}

/// `chord template`.
#[derive(Debug, Group)]
pub struct Template {
    /// A .gguf file, whose template is used
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    pub model: Option<PathBuf>,
    /// Use the Jinja template in this file instead; bos_token and eos_token are empty unless the context has them
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// A JSON file with the template's variables: messages, add_generation_prompt, tools, …
    #[arg(long, value_name = "FILE")]
    pub context: PathBuf,
    /// What strftime_now tells the time as, e.g. 2025-07-26 or 2025-07-26T13:04:05 [default: now, in UTC]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub now: Option<DateTime>,
}

/// `chord logits`.
#[derive(Debug, Group)]
pub struct Logits {
    /// A .gguf file
    pub model: PathBuf,
    /// Token ids to feed, exactly these: 1,2,3
    #[arg(long, required = true, value_delimiter = ',', value_name = "IDS")]
    pub tokens: Vec<u32>,
    /// After which tokens to print logits: all, last, or a list of indices such as 0,7,31
    #[arg(long, default_value = "last", value_name = "WHICH")]
    pub positions: Positions,
    /// Then take the likeliest token this many times, feeding each through the KV cache
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub greedy: u32,
    /// Tokens that go through the model at once
    #[arg(long, default_value_t = DEFAULT_BATCH as u32, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=DEFAULT_BATCH as i64))]
    pub batch: u32,
    #[command(flatten)]
    pub engine: Engine,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// `chord generate`.
#[derive(Debug, Group)]
pub struct Generate {
    /// A .gguf file
    pub model: PathBuf,
    /// The text to continue, or with --chat the message to answer
    #[arg(long, allow_hyphen_values = true)]
    pub prompt: String,
    /// Stop after this many tokens
    #[arg(long, default_value_t = 256, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_tokens: u32,
    /// Always take the likeliest token
    #[arg(long, conflicts_with_all = ["temperature", "top_k", "top_p", "min_p"])]
    pub greedy: bool,
    /// How freely to choose: 0 takes the likeliest token, 1 follows the model's probabilities
    #[arg(long, value_name = "T", value_parser = non_negative, allow_negative_numbers = true)]
    pub temperature: Option<f32>,
    /// Choose among this many of the likeliest tokens; 0 for all
    #[arg(long, value_name = "K")]
    pub top_k: Option<u32>,
    /// Choose among the likeliest tokens that together have this probability; 1 for all
    #[arg(long, value_name = "P", value_parser = positive_fraction, allow_negative_numbers = true)]
    pub top_p: Option<f32>,
    /// Leave out tokens less likely than this fraction of the likeliest one's probability; 0 for none
    #[arg(long, value_name = "P", value_parser = fraction, allow_negative_numbers = true)]
    pub min_p: Option<f32>,
    /// Make tokens that have just occurred less likely; 1 to leave them as they are
    #[arg(long, value_name = "R", value_parser = positive, allow_negative_numbers = true)]
    pub repetition_penalty: Option<f32>,
    /// Repeats a choice of tokens exactly; drawn anew each time when left out
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,
    /// Put the prompt to the model as a user's message, in its chat template
    #[arg(long)]
    pub chat: bool,
    #[command(flatten)]
    pub engine: Engine,
    /// Print one JSON object at the end instead of the text as it comes
    #[arg(long)]
    pub json: bool,
}

/// `chord embed`.
#[derive(Debug, Group)]
pub struct Embed {
    /// A .gguf file of an embedding model
    pub model: PathBuf,
    /// A text; may be given again, and may be empty
    #[arg(long, allow_hyphen_values = true, required_unless_present = "tokens", conflicts_with = "tokens")]
    pub text: Vec<String>,
    /// Token ids to embed, exactly these, in place of a text: 101,2023,102
    #[arg(long, value_delimiter = ',', value_name = "IDS")]
    pub tokens: Vec<u32>,
    /// Leave the vectors as long as they come out of the model
    #[arg(long)]
    pub no_normalize: bool,
    /// Which kernels to use
    #[arg(long, value_enum, default_value_t = BackendName::Cpu)]
    pub backend: BackendName,
    /// Print one JSON object: {"embeddings":[[…],…]}
    #[arg(long)]
    pub json: bool,
}

/// `chord perplexity`.
#[derive(Debug, Group)]
pub struct Perplexity {
    /// A .gguf file
    pub model: PathBuf,
    /// The text to predict, a UTF-8 file
    #[arg(long, value_name = "TEXT")]
    pub file: PathBuf,
    /// Tokens of each chunk; those of its second half are scored
    #[arg(long = "ctx", value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(4..))]
    pub context: u32,
    /// Which kernels to use
    #[arg(long, value_enum, default_value_t = BackendName::Cpu)]
    pub backend: BackendName,
    /// How keys and values are kept [default: f32 on the cpu, f16 on the gpu]
    #[arg(long = "kv-cache", alias = "cache", value_enum)]
    pub cache: Option<CacheName>,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// `chord convert`.
#[derive(Debug, Group)]
pub struct Convert {
    /// A folder with config.json, tokenizer.json or vocab.txt, and model.safetensors
    #[arg(value_name = "HF_FOLDER")]
    pub folder: PathBuf,
    /// The .gguf file to write
    pub out: PathBuf,
    /// How to store the matrices
    #[arg(long = "type", value_enum, value_name = "TYPE")]
    pub matrix_type: MatrixType,
}

/// `chord bench`. The short options are those of llama-bench.
#[derive(Debug, Group)]
pub struct Bench {
    /// A .gguf file
    #[arg(short, long, value_name = "FILE")]
    pub model: PathBuf,
    /// Lengths of the prompts to read, in tokens; 0 for none
    #[arg(short, long, value_name = "N,…", value_delimiter = ',', default_value = "128", value_parser = length)]
    pub prompt: Vec<usize>,
    /// Tokens to generate; 0 for none
    #[arg(short = 'n', long, value_name = "N", default_value = "64", value_parser = length)]
    pub generate: usize,
    /// Positions to fill before tokens are generated
    #[arg(short, long, value_name = "N,…", value_delimiter = ',', default_value = "0", value_parser = length)]
    pub depth: Vec<usize>,
    /// What to measure; of all but the processor it is told, too, what is asked of them, and they take no --threads
    #[arg(long, value_enum, default_value_t = BackendName::Cpu)]
    pub backend: BackendName,
    /// Numbers of threads to measure with, in turn
    #[arg(short, long, value_name = "N,…", value_delimiter = ',', default_value = "1", value_parser = threads)]
    pub threads: Vec<usize>,
    /// How keys and values are kept
    #[arg(long = "kv-cache", alias = "cache", value_enum, default_value_t = CacheName::F16)]
    pub cache: CacheName,
    /// Rounds; medians over them are reported
    #[arg(short, long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    pub repetitions: u16,
    /// Report where the time goes as well: per op and token (on a gpu, per kernel), from one more round
    #[arg(long)]
    pub profile: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

/// How a model is run.
#[derive(Clone, Copy, Debug, Group)]
pub struct Engine {
    /// Positions the KV cache holds [default: what the model was trained for, 4096 at most]
    #[arg(long = "ctx", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub context: Option<u32>,
    /// Which kernels to use
    #[arg(long, value_enum, default_value_t = BackendName::Cpu)]
    pub backend: BackendName,
    /// How keys and values are kept [default: f32 on the cpu, f16 on the gpu]
    #[arg(long = "kv-cache", alias = "cache", value_enum)]
    pub cache: Option<CacheName>,
    /// Threads of the cpu backend
    #[arg(long, short = 't', default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: u16,
}

/// `chord make-model`.
#[derive(Debug, Group)]
pub struct MakeModel {
    /// Which model: demo recites one paragraph about itself; the others are random
    #[arg(long, value_enum)]
    pub shape: ShapeName,
    /// How to store the matrices: a type, or one of llama-quantize's mixtures of them
    #[arg(long = "type", value_enum, default_value_t = WeightType::F32, value_name = "TYPE")]
    pub weight_type: WeightType,
    /// Seed of the random weights; the same seed gives the same bytes
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub seed: u64,
    /// Write the model in this many parts: NAME-00001-of-0000N.gguf and so on instead of NAME.gguf
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..=1024))]
    pub split: Option<u16>,
    /// The .gguf file to write
    pub out: PathBuf,
}

/// Types the converter can store matrices in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
#[allow(non_camel_case_types)] // The field's own spelling.
pub enum MatrixType {
    /// 32-bit floats
    F32,
    /// 16-bit floats
    F16,
    /// 8 bits and a scale for each 32
    #[value(name = "q8_0")]
    Q8_0,
}

/// Kernels to run a model with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BackendName {
    /// The scalar definition of every op: slow, and what the others are tested against
    Reference,
    /// This machine's processor
    Cpu,
    /// This machine's graphics processor
    #[cfg(feature = "gpu")]
    Gpu,
    /// A graphics processor that is software, such as Mesa's lavapipe: for tests of the kernels
    #[cfg(feature = "gpu")]
    SoftwareGpu,
}

/// How keys and values are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CacheName {
    /// 32-bit floats: nothing is rounded
    F32,
    /// 16-bit floats, as in the extension: half the memory, and less to read for each token
    F16,
    /// 8 bits and a scale for each 32: about a quarter; on the gpu alone
    Q8,
}

impl CacheName {
    /// As it is written on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Q8 => "q8",
        }
    }
}

/// Models the generator knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[allow(non_camel_case_types)] // A model's version is part of its name.
pub enum ShapeName {
    /// Recites one paragraph about itself, whatever it is asked
    Demo,
    /// Random weights
    Tiny,
    /// Random weights in the shape of SmolLM2-135M
    #[value(name = "smollm2-135m")]
    SmolLm2_135M,
    /// Random weights in the shape of Qwen2.5-0.5B
    #[value(name = "qwen2.5-0.5b")]
    Qwen2_5_0_5B,
    /// Random weights in the shape of Qwen3-0.6B
    #[value(name = "qwen3-0.6b")]
    Qwen3_0_6B,
    /// Random weights in the shape of Llama-3.2-1B
    #[value(name = "llama3.2-1b")]
    Llama3_2_1B,
}

/// Types the generator can store matrices in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
#[allow(non_camel_case_types)] // The field's own spelling.
pub enum WeightType {
    /// 32-bit floats
    F32,
    /// 16-bit floats
    F16,
    /// The upper halves of 32-bit floats
    #[value(name = "bf16")]
    BF16,
    /// 8 bits and a scale for each 32
    #[value(name = "q8_0")]
    Q8_0,
    /// 4 bits and a scale for each 32
    #[value(name = "q4_0")]
    Q4_0,
    /// 4 bits, a scale and a minimum for each 32
    #[value(name = "q4_1")]
    Q4_1,
    /// 5 bits and a scale for each 32
    #[value(name = "q5_0")]
    Q5_0,
    /// 5 bits, a scale and a minimum for each 32
    #[value(name = "q5_1")]
    Q5_1,
    /// Mostly Q4_K, some of it Q6_K
    #[value(name = "q4_k_m")]
    Q4_K_M,
    /// Mostly Q5_K, some of it Q6_K
    #[value(name = "q5_k_m")]
    Q5_K_M,
    /// Q6_K
    #[value(name = "q6_k")]
    Q6_K,
}

/// After which of the tokens fed to print logits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Positions {
    /// After each.
    All,
    /// After the last.
    Last,
    /// After these, counted from 0.
    List(Vec<usize>),
}

impl FromStr for Positions {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        match text {
            "all" => Ok(Self::All),
            "last" => Ok(Self::Last),
            list => list
                .split(',')
                .map(|index| index.parse().map_err(|_| BadValue("expected all, last, or a list such as 0,7,31")))
                .collect::<Result<_, _>>()
                .map(Self::List),
        }
    }
}

/// What a value should have been.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadValue(&'static str);

/// A float that `ok` accepts. NaN fails every comparison, and so is refused everywhere.
fn float(text: &str, ok: impl Fn(f32) -> bool, expected: &'static str) -> Result<f32, BadValue> {
    text.parse().ok().filter(|&value: &f32| value.is_finite() && ok(value)).ok_or(BadValue(expected))
}

/// Tokens, fewer than any context has positions.
fn length(text: &str) -> Result<usize, BadValue> {
    text.parse().ok().filter(|&n: &usize| n < 1 << 23).ok_or(BadValue("expected a number of tokens, 0 or more"))
}

/// Threads: more than the largest machines have are a slip of the finger.
fn threads(text: &str) -> Result<usize, BadValue> {
    text.parse().ok().filter(|n| (1..=1024).contains(n)).ok_or(BadValue("expected a number of threads, 1 to 1024"))
}

/// `YYYY-MM-DD`, or that and `THH:MM:SS`.
fn moment(text: &str) -> Result<DateTime, BadValue> {
    let bad = || BadValue("expected a time such as 2025-07-26 or 2025-07-26T13:04:05");
    let (date, time) = text.split_once('T').unwrap_or((text, "00:00:00"));
    let numbers = |text: &str, separator| -> Option<[u32; 3]> {
        let numbers: Result<Vec<u32>, _> = text.split(separator).map(str::parse).collect();
        numbers.ok()?.try_into().ok()
    };
    let [year, month, day] = numbers(date, '-').ok_or_else(bad)?;
    let [hour, minute, second] = numbers(time, ':').ok_or_else(bad)?;
    let sound = (1..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    let sound = sound && hour < 24 && minute < 60 && second <= 60;
    let now = DateTime { year: year as i32, month, day, hour, minute, second };
    sound.then_some(now).ok_or_else(bad)
}

fn non_negative(text: &str) -> Result<f32, BadValue> {
    float(text, |value| value >= 0.0, "expected a number, 0 or more")
}

fn positive(text: &str) -> Result<f32, BadValue> {
    float(text, |value| value > 0.0, "expected a number above 0")
}

fn fraction(text: &str) -> Result<f32, BadValue> {
    float(text, |value| (0.0..=1.0).contains(&value), "expected a number from 0 to 1")
}

fn positive_fraction(text: &str) -> Result<f32, BadValue> {
    float(text, |value| value > 0.0 && value <= 1.0, "expected a number above 0, at most 1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn positions_are_all_last_or_a_list() {
        assert_eq!("all".parse::<Positions>().unwrap(), Positions::All);
        assert_eq!("last".parse::<Positions>().unwrap(), Positions::Last);
        assert_eq!("0,7,31".parse::<Positions>().unwrap(), Positions::List(vec![0, 7, 31]));
        for bad in ["", ",", "1,", "-1", "1.5", "first"] {
            assert!(bad.parse::<Positions>().is_err(), "{bad}");
        }
    }

    #[test]
    fn times_are_dates_with_or_without_a_clock() {
        let now = DateTime { year: 2025, month: 7, day: 26, hour: 13, minute: 4, second: 5 };
        assert_eq!(moment("2025-07-26T13:04:05").unwrap(), now);
        assert_eq!(moment("2025-07-26").unwrap(), DateTime { hour: 0, minute: 0, second: 0, ..now });
        for bad in ["", "2025", "2025-13-01", "2025-01-32", "2025-01-01T24:00:00", "2025-01-01T1:2", "x-1-1"] {
            assert!(moment(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn floats_out_of_range_are_refused() {
        for bad in ["nan", "NaN", "inf", "-1", "", "x", "1e99"] {
            assert!(non_negative(bad).is_err() && positive(bad).is_err(), "{bad}");
            assert!(fraction(bad).is_err() && positive_fraction(bad).is_err(), "{bad}");
        }
        assert!(fraction("1.01").is_err() && positive_fraction("0").is_err() && positive("0").is_err());
        assert_eq!(non_negative("0").unwrap(), 0.0);
    }
}
