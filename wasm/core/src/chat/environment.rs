//! Jinja as Hugging Face runs it: its settings, functions and filters, with bounds on time and output.

use std::fmt;
use std::io;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, ErrorKind, Value};

use super::{ChatError, DateTime, depth, nesting, python};

/// Steps a template may take: a step is an instruction or 64 bytes written. The longest real templates take some hundred
/// a message; a million times that is still under a second.
const FUEL: u64 = 5_000_000;

/// Bytes a template may write: forty times the text that fits a context of 128k tokens.
pub(super) const OUTPUT_BYTES: usize = 16 << 20;

/// Bytes of a template's source. The longest known have 30 KiB.
pub(super) const SOURCE_BYTES: usize = 1 << 20;

/// Nested calls (macros, blocks). Real templates nest a few; wasm's stack has 1 MiB.
const RECURSION: usize = 64;

const NAME: &str = "chat_template";

/// Compiles a template in an environment of its own.
pub(super) fn compile(source: &str) -> Result<Environment<'static>, ChatError> {
    if source.len() > SOURCE_BYTES {
        return Err(ChatError::TemplateTooLong { len: source.len(), cap: SOURCE_BYTES });
    }
    let mut env = Environment::new();
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    let syntax = syntax.map_err(|e| ChatError::Syntax(describe(&e)))?;
    // Jinja knows one kind of line break.
    let source = with_tags_replaced(&source.replace("\r\n", "\n").replace('\r', "\n"));
    depth::check(&source, &syntax)?;
    let source = nesting::checked(&python::without_percent_formatting(&source, &syntax), &syntax);
    env.set_syntax(syntax);
    env.set_fuel(Some(FUEL));
    env.set_recursion_limit(RECURSION);
    python::add_to(&mut env);
    nesting::add_to(&mut env);
    env.add_function("raise_exception", raise_exception);
    env.add_template_owned(NAME, source).map_err(|e| ChatError::Syntax(describe(&e)))?;
    Ok(env)
}

/// Runs the compiled template. Without `now` there is no `strftime_now`: templates ask whether there is one.
pub(super) fn render(env: &Environment<'_>, context: Value, now: Option<DateTime>) -> Result<String, ChatError> {
    let context = match now {
        None => context,
        Some(now) => {
            let strftime_now = Value::from_function(move |format: &str| now.strftime(format));
            minijinja::value::merge_maps([context, minijinja::context! { strftime_now }])
        }
    };
    let template = env.get_template(NAME).map_err(|e| ChatError::Syntax(describe(&e)))?;
    let mut output = Bounded::default();
    match template.render_captured_to(context, &mut output) {
        Ok(_) => String::from_utf8(output.bytes).map_err(|e| ChatError::Failed(e.to_string())),
        Err(_) if output.full => Err(ChatError::TooLong { cap: OUTPUT_BYTES }),
        Err(error) => Err(classify(&error)),
    }
}

/// The exception a template raised, kept apart from errors of the template's own.
#[derive(Debug)]
struct Raised(String);

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Raised {}

fn raise_exception(message: &str) -> Result<Value, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, message.to_owned()).with_source(Raised(message.to_owned())))
}

fn classify(error: &Error) -> ChatError {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(cause) = source {
        if let Some(Raised(message)) = cause.downcast_ref() {
            return ChatError::Raised(message.clone());
        }
        if let Some(error) = cause.downcast_ref::<Error>()
            && error.kind() == ErrorKind::OutOfFuel
        {
            return ChatError::OutOfFuel;
        }
        source = cause.source();
    }
    ChatError::Failed(describe(error))
}

/// An error and its causes in one line.
fn describe(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}

/// A writer that refuses more than [`OUTPUT_BYTES`].
#[derive(Default)]
struct Bounded {
    bytes: Vec<u8>,
    full: bool,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > OUTPUT_BYTES {
            self.full = true;
            return Err(io::Error::other("too much output"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `{% generation %}` marks the assistant's words for training and prints what is in it; minijinja does not know it, so it
/// becomes an `if` that always holds. Other tags' differences are made up for here too.
fn with_tags_replaced(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find("{%") {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let end = tag.find("%}").map_or(tag.len(), |end| end + 2);
        let (tag, after) = tag.split_at(end);
        let word = tag.trim_start_matches("{%").trim_end_matches("%}").trim_matches(['-', '+']).trim();
        match word {
            // Jinja keeps the line break behind this tag, minijinja does not.
            "raw" if after.starts_with('\n') && !tag.ends_with("-%}") => out.extend([tag, "\n"]),
            "generation" => out.push_str(&tag.replacen("generation", "if true", 1)),
            "endgeneration" => out.push_str(&tag.replacen("endgeneration", "endif", 1)),
            _ => out.push_str(tag),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}
