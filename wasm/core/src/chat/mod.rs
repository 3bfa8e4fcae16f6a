//! Chat templates: a conversation becomes the text, and then the tokens, that a model was trained on.

mod clock;
mod depth;
mod environment;
mod error;
mod fallback;
mod guard;
mod nesting;
mod python;

pub use clock::DateTime;
pub use error::ChatError;

use minijinja::Environment;
use minijinja::value::Serde;
use serde_json::Value;

use crate::gguf::Metadata;
use crate::tokenizer::Tokenizer;
use guard::{Guard, StandIns};

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Message {
    /// Who speaks: `system`, `user` or `assistant` (some templates know more).
    pub role: String,
    /// What was said.
    pub content: String,
}

/// What a template is told beside the messages.
#[derive(Clone, Debug, Default)]
pub struct RenderOptions {
    /// Whether the start of the assistant's answer is appended.
    pub add_generation_prompt: bool,
    /// The time, for templates that write the date; without it they write none or one of their own.
    pub now: Option<DateTime>,
    /// More variables, e.g. `tools` or `enable_thinking`.
    pub variables: serde_json::Map<String, Value>,
}

/// A compiled chat template.
#[derive(Debug)]
pub struct ChatTemplate {
    env: Environment<'static>,
    source: String,
    bos: String,
    eos: String,
}

impl ChatTemplate {
    /// Compiles a template; `bos` and `eos` are what it sees as `bos_token` and `eos_token`.
    ///
    /// # Errors
    /// It is not valid Jinja.
    pub fn new(source: &str, bos: &str, eos: &str) -> Result<Self, ChatError> {
        let env = environment::compile(source)?;
        Ok(Self { env, source: source.to_owned(), bos: bos.to_owned(), eos: eos.to_owned() })
    }

    /// The template in a file's metadata; without one, a template of the family whose markers the vocabulary has, if it has
    /// those of any.
    ///
    /// # Errors
    /// It is not valid Jinja.
    pub fn from_gguf(metadata: &Metadata, tokenizer: &Tokenizer) -> Result<Option<Self>, ChatError> {
        let source = fallback::in_file(metadata)?.or_else(|| fallback::template(metadata, tokenizer));
        let Some(source) = source else { return Ok(None) };
        let text = |id: Option<u32>| id.and_then(|id| tokenizer.token_text(id)).unwrap_or_default();
        Self::new(source, text(tokenizer.bos()), text(tokenizer.eos())).map(Some)
    }

    /// The conversation as text.
    ///
    /// # Errors
    /// The template refuses or fails.
    pub fn render(&self, messages: &[Message], options: &RenderOptions) -> Result<String, ChatError> {
        self.render_context(&context(messages, options), options.now)
    }

    /// The text for a whole context as `apply_chat_template` takes it: `messages`, `add_generation_prompt`, `tools`, ….
    /// `bos_token` and `eos_token` are added where it has none.
    ///
    /// # Errors
    /// The template refuses or fails.
    pub fn render_context(&self, context: &Value, now: Option<DateTime>) -> Result<String, ChatError> {
        // The last one that has a variable wins.
        let context = minijinja::value::merge_maps([
            minijinja::context! { bos_token => self.bos.as_str(), eos_token => self.eos.as_str() },
            minijinja::Value::from(Serde(context)),
        ]);
        environment::render(&self.env, context, now)
    }

    /// The conversation as tokens, ready for an answer. What messages contain stays text, whatever it spells.
    ///
    /// # Errors
    /// The template refuses or fails.
    pub fn encode(&self, tokenizer: &Tokenizer, messages: &[Message]) -> Result<Vec<u32>, ChatError> {
        let options = RenderOptions { add_generation_prompt: true, ..RenderOptions::default() };
        self.encode_with(tokenizer, messages, &options)
    }

    /// As [`Self::encode`], with options.
    ///
    /// # Errors
    /// The template refuses or fails.
    pub fn encode_with(
        &self,
        tokenizer: &Tokenizer,
        messages: &[Message],
        options: &RenderOptions,
    ) -> Result<Vec<u32>, ChatError> {
        self.encode_context(tokenizer, &context(messages, options), options.now)
    }

    /// As [`Self::encode`], for a whole context. Tools and other variables are no more trusted than messages.
    ///
    /// # Errors
    /// The template refuses or fails.
    pub fn encode_context(
        &self,
        tokenizer: &Tokenizer,
        context: &Value,
        now: Option<DateTime>,
    ) -> Result<Vec<u32>, ChatError> {
        let guard = Guard::new(tokenizer.structural_texts(), &self.source);
        let mut stand_ins = StandIns::unused_in(&self.source, context);
        let mut context = context.clone();
        guard.disarm(&mut context, &mut stand_ins);
        let (text, untrusted) = stand_ins.restore(&self.render_context(&context, now)?);
        Ok(tokenizer.encode_chat(&text, &untrusted))
    }
}

fn context(messages: &[Message], options: &RenderOptions) -> Value {
    let mut context = options.variables.clone();
    let messages = messages.iter().map(|m| serde_json::json!({ "role": m.role, "content": m.content })).collect();
    context.insert("messages".to_owned(), Value::Array(messages));
    context.insert("add_generation_prompt".to_owned(), Value::Bool(options.add_generation_prompt));
    Value::Object(context)
}
