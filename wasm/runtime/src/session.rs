//! A loaded model with its tokenizer, its chat template and one sequence, advanced a step at a time.

use wasm_chord_core::Backend;
use wasm_chord_core::chat::{ChatTemplate, Message};
use wasm_chord_core::tokenizer::{DecodeStream, EncodeOptions, Tokenizer};

use crate::at_once::at_once;
use crate::error::{Error, Result};
use crate::info::ModelInfo;
use crate::model::Model;
use crate::sampler::{Sampler, SamplingParams};
use crate::stop::StopMatcher;

/// What to answer or continue.
#[derive(Clone, Debug, PartialEq)]
pub enum Prompt {
    /// A text to go on from, after the model's BOS token. It may be empty. Control tokens in it are plain text.
    Text(String),
    /// A conversation, put into the model's own chat template.
    Chat(Vec<Message>),
}

/// When and how an answer is generated.
#[derive(Clone, Debug, PartialEq)]
pub struct GenerateOptions {
    /// Tokens at most.
    pub max_tokens: usize,
    /// How each is chosen.
    pub sampling: SamplingParams,
    /// Texts that end the answer; they are not part of it.
    pub stop: Vec<String>,
    /// Tokens of the answer that are there already, of another session's [`Generation::generated`]: it goes on after them.
    /// They count as generated; their text has been told.
    pub written: Vec<u32>,
}

impl Default for GenerateOptions {
    fn default() -> Self {
        Self { max_tokens: 512, sampling: SamplingParams::default(), stop: Vec::new(), written: Vec::new() }
    }
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The model ended it.
    EndOfText,
    /// It reached [`GenerateOptions::max_tokens`].
    MaxTokens,
    /// The context is full.
    ContextFull,
    /// A stop string was met.
    StopString,
}

/// What one [`Session::step`] brought.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A piece of the prompt was read: `done` of `total` tokens.
    Prefill {
        /// Tokens read so far, those found in the cache included.
        done: usize,
        /// Tokens of the prompt.
        total: usize,
    },
    /// A token was generated.
    Token {
        /// The token.
        id: u32,
        /// Its text; empty while a character or a stop string may be incomplete.
        text: String,
    },
    /// The answer is complete. Every further step says so again, with no text.
    Done {
        /// Why it ended.
        reason: StopReason,
        /// Text that had been held back.
        text: String,
    },
}

/// One answer on its way: state without a claim on the session, so that it may be kept anywhere and dropped at any time.
pub struct Generation {
    tokens: Vec<u32>, // the prompt, then what was generated
    prompt_tokens: usize,
    cached_tokens: usize,
    max_tokens: usize,
    fed: usize, // of `tokens`
    sampler: Sampler,
    decoder: DecodeStream,
    stops: StopMatcher,
    done: Option<StopReason>,
}

impl Generation {
    /// Tokens of the prompt.
    pub fn prompt_tokens(&self) -> usize {
        self.prompt_tokens
    }

    /// Tokens of the prompt that an earlier answer had left in the cache.
    pub fn cached_tokens(&self) -> usize {
        self.cached_tokens
    }

    /// The tokens generated so far.
    pub fn generated(&self) -> &[u32] {
        self.tokens.get(self.prompt_tokens..).unwrap_or_default()
    }
}

/// A loaded model and its one sequence.
pub struct Session<B: Backend> {
    model: Model<B>,
    info: ModelInfo,
    tokenizer: Tokenizer,
    chat_template: Option<ChatTemplate>,
    fed: Vec<u32>,    // the tokens whose keys and values the model holds
    logits: Vec<f32>, // [vocab_size]
}

impl<B: Backend + 'static> Session<B> {
    pub(crate) fn new(
        model: Model<B>,
        info: ModelInfo,
        tokenizer: Tokenizer,
        chat_template: Option<ChatTemplate>,
    ) -> Self {
        let logits = vec![0.0; model.config.vocab_size];
        Self { model, info, tokenizer, chat_template, fed: Vec::new(), logits }
    }

    /// What the model's header says.
    pub fn info(&self) -> &ModelInfo {
        &self.info
    }

    /// Positions a prompt and its answer may take together.
    pub fn context(&self) -> usize {
        self.model.context()
    }

    /// The model's tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// What computes.
    pub fn backend(&self) -> &B {
        self.model.backend()
    }

    /// The backend's name.
    pub fn backend_name(&self) -> &'static str {
        self.model.backend_name()
    }

    /// The backend, to be set up or asked.
    pub fn backend_mut(&mut self) -> &mut B {
        self.model.backend_mut()
    }

    /// The model, for direct use. What the session remembers of its sequence is forgotten.
    pub fn model_mut(&mut self) -> &mut Model<B> {
        self.fed.clear();
        &mut self.model
    }

    /// The prompt's tokens, with the special tokens the model expects around it.
    ///
    /// # Errors
    /// [`Error::NoChatTemplate`] for a conversation the model has no template for, [`Error::Chat`] when its template
    /// refuses it.
    pub fn encode(&self, prompt: &Prompt) -> Result<Vec<u32>> {
        match prompt {
            Prompt::Text(text) => Ok(self.tokenizer.encode(text, EncodeOptions::default())),
            Prompt::Chat(messages) => {
                let template = self.chat_template.as_ref().ok_or(Error::NoChatTemplate)?;
                Ok(template.encode(&self.tokenizer, messages)?)
            }
        }
    }

    /// Begins an answer. Nothing is computed yet; what the prompt shares with the sequence in the cache will not be again.
    ///
    /// # Errors
    /// [`Error::ContextFull`] when the prompt leaves no room for an answer, [`Error::BadRequest`] for an empty prompt of
    /// a model without BOS, for options out of range and for written tokens that the vocabulary lacks, and what
    /// [`encode`](Self::encode) fails with.
    pub fn start(&mut self, prompt: &Prompt, options: &GenerateOptions) -> Result<Generation> {
        let mut tokens = self.encode(prompt)?;
        if tokens.is_empty() {
            return Err(Error::BadRequest {
                what: "the prompt is empty; write something for the model to go on from".into(),
            });
        }
        if tokens.len() >= self.context() {
            return Err(Error::ContextFull { needed: tokens.len() + 1, context: self.context() });
        }
        let prompt_tokens = tokens.len();
        let mut decoder = self.tokenizer.stream_after(&tokens);
        let mut stops = StopMatcher::new(&options.stop);
        for &id in &options.written {
            if id as usize >= self.model.config.vocab_size {
                let what = format!("written token {id} is not in the vocabulary of {}", self.model.config.vocab_size);
                return Err(Error::BadRequest { what });
            }
            // What is held back of them is still to be told.
            stops.push(decoder.push(&self.tokenizer, id));
            tokens.push(id);
        }
        // Here, so that no token has to allocate.
        let most = prompt_tokens.saturating_add(options.max_tokens.max(options.written.len())).min(self.context() + 1);
        tokens.reserve_exact(most.saturating_sub(tokens.len()));
        self.fed.reserve(most.saturating_sub(self.fed.len()));
        // The last token is fed in any case: the logits after it are what is wanted.
        let shared = self.model.resumable(self.shared(&tokens).min(tokens.len() - 1));
        Ok(Generation {
            prompt_tokens,
            cached_tokens: shared.min(prompt_tokens),
            max_tokens: options.max_tokens,
            fed: shared,
            sampler: Sampler::new(options.sampling.clone())?,
            decoder,
            tokens,
            stops,
            done: None,
        })
    }

    /// Does the next piece of work for an answer: reads up to [`Model::batch`] tokens of its prompt, or generates one token.
    /// Work for different answers may alternate; each finds or rebuilds its own part of the cache.
    ///
    /// # Errors
    /// What the backend fails with, and [`Error::InvalidLogits`]. The answer cannot go on then; the session can.
    pub fn step(&mut self, g: &mut Generation) -> Result<Step> {
        at_once(self.backend_name(), self.step_async(g))
    }

    /// [`step`](Self::step) for backends that have to be awaited: the GPU of a browser. Nothing is lost when the future is
    /// dropped, but what it was about to compute.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub async fn step_async(&mut self, g: &mut Generation) -> Result<Step> {
        if let Some(reason) = g.done {
            return Ok(Step::Done { reason, text: String::new() });
        }
        if g.generated().len() >= g.max_tokens {
            return Ok(self.end(g, StopReason::MaxTokens));
        }
        if g.tokens.len() > self.context() {
            return Ok(self.end(g, StopReason::ContextFull));
        }
        // Another answer may have written over this one's part of the cache since its last step.
        g.fed = self.model.resumable(g.fed.min(self.shared(&g.tokens)));

        let pending = g.tokens.len() - g.fed;
        let most = self.model.batch();
        if pending > most {
            self.prefill(g, most).await?;
            return Ok(Step::Prefill { done: g.fed.min(g.prompt_tokens), total: g.prompt_tokens });
        }
        let id = self.choose(g).await?;
        if self.tokenizer.is_eog(id) {
            return Ok(self.end(g, StopReason::EndOfText));
        }
        g.tokens.push(id);
        let (text, stopped) = g.stops.push(g.decoder.push(&self.tokenizer, id));
        if stopped {
            g.done = Some(StopReason::StopString);
            return Ok(Step::Done { reason: StopReason::StopString, text });
        }
        Ok(Step::Token { id, text })
    }

    /// How many tokens from their beginning `tokens` shares with the sequence in the cache.
    fn shared(&self, tokens: &[u32]) -> usize {
        tokens.iter().zip(&self.fed).take_while(|(a, b)| a == b).count()
    }

    /// Feeds the next `n` tokens of an answer.
    async fn prefill(&mut self, g: &mut Generation, n: usize) -> Result<()> {
        let tokens = &g.tokens[g.fed..g.fed + n];
        self.fed.truncate(g.fed);
        self.model.prefill_async(tokens, g.fed).await?;
        self.fed.extend_from_slice(tokens);
        g.fed += n;
        Ok(())
    }

    /// Feeds the last tokens of an answer, and chooses the next.
    async fn choose(&mut self, g: &mut Generation) -> Result<u32> {
        let tokens = &g.tokens[g.fed..];
        self.fed.truncate(g.fed);
        let id = self.model.choose_async(tokens, g.fed, &mut g.sampler, &g.tokens, &mut self.logits).await?;
        self.fed.extend_from_slice(tokens);
        g.fed = g.tokens.len();
        Ok(id)
    }

    fn end(&self, g: &mut Generation, reason: StopReason) -> Step {
        g.done = Some(reason);
        let tail = g.decoder.finish();
        let (mut text, stopped) = g.stops.push(tail);
        if !stopped {
            text += &g.stops.finish();
        }
        Step::Done { reason, text }
    }
}
