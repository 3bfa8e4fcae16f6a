//! What crosses the boundary: the TypeScript is generated from these types, field by field. Byte and token counts are
//! plain numbers there: a model is far below 2^53 bytes.

use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// What a model is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub enum ModelKind {
    /// It continues texts and answers messages.
    #[default]
    Generator,
    /// It turns texts into vectors.
    Embedder,
}

/// What is known of a model from its file's header.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ModelInfo {
    /// The name the file gives the model, which need not be its file's name.
    pub name: String,
    /// What it is for.
    #[serde(default)] // Models stored before there was a choice write.
    pub kind: ModelKind,
    /// `general.architecture`, e.g. "llama".
    pub architecture: String,
    /// Weights in all tensors.
    pub parameters: u64,
    /// Bytes of all tensors.
    pub weight_bytes: u64,
    /// How most of the weights are stored, e.g. "Q4_0".
    pub quantization: String,
    /// Positions the model was trained for.
    pub context_length: u32,
    /// Tokens in its vocabulary.
    pub vocab_size: u32,
    /// Transformer blocks.
    pub layers: u32,
    /// Whether it can hold a conversation; without a template it only continues a text.
    pub has_chat_template: bool,
}

/// A model in the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ModelRecord {
    /// Names it in `load` and `deleteModel`.
    pub id: String,
    /// What the person calls it: the file's name unless told otherwise.
    pub name: String,
    /// Bytes of its file, or of its files together.
    pub size: u64,
    /// When it was stored, in milliseconds since 1970.
    pub added_at: f64,
    /// What its header says.
    pub info: ModelInfo,
    /// The SHA-256 of each of its files, in hex; empty for a model that was stored before digests were taken.
    #[serde(default)]
    pub digests: Vec<String>,
    /// Where its first file was downloaded from.
    #[tsify(optional)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// A file that is downloaded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct PartialFile {
    /// Where it comes from.
    pub url: String,
    /// What messages call it.
    pub name: String,
    /// Bytes it has.
    pub size: u64,
    /// Its SHA-256 in hex: as announced, or as found when it is whole.
    #[tsify(optional)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// What the server calls the version that is coming in.
    #[tsify(optional)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Bytes that are there.
    #[serde(default)]
    pub stored: u64,
    /// Whether all of it is there and its digest is right.
    #[serde(default)]
    pub whole: bool,
}

/// A download that is not whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct PartialRecord {
    /// Names it in `resumeDownload` and `dropDownload`, and the model that it becomes.
    pub id: String,
    /// What the person calls it.
    pub name: String,
    /// When it began, in milliseconds since 1970.
    pub added_at: f64,
    /// Its files, in the order in which they come.
    pub files: Vec<PartialFile>,
}

/// What to download.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct NewDownload {
    /// What to call it.
    pub name: String,
    /// Its files, in the order in which they come.
    pub files: Vec<PartialFile>,
}

/// What checking a stored model has found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct VerifyResult {
    /// The SHA-256 of each of its files, in hex.
    pub digests: Vec<String>,
    /// Whether they are those that were recorded; left out when none were, and these are from now on.
    #[tsify(optional)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intact: Option<bool>,
}

/// How to load a model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase", default)]
pub struct LoadOptions {
    /// Positions to make room for; the smaller of the trained context and 4096 when left out.
    #[tsify(optional)]
    pub context: Option<u32>,
}

/// What kernels use of a GPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub enum GpuTier {
    /// What every WebGPU device has.
    Base,
    /// Sums over subgroups.
    Subgroups,
    /// Arithmetic in f16.
    F16,
    /// Both.
    SubgroupsF16,
}

/// The GPU that models run on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct GpuInfo {
    /// What it calls itself; browsers tell little.
    pub name: String,
    /// What it can do.
    pub tier: GpuTier,
    /// Whether it multiplies bytes as well; whether prompts are multiplied so is measured for each model.
    pub dp4a: bool,
    /// Whether it is an emulation on the CPU.
    pub software: bool,
}

/// The model that is loaded, and what runs it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct LoadedModel {
    /// Its id in the store.
    pub id: String,
    /// What its header says.
    pub info: ModelInfo,
    /// Positions there is room for.
    pub context: u32,
    /// What computes: "cpu" or "gpu".
    pub backend: String,
    /// Which build of the module this is: "simd", "threads" or "gpu".
    pub build: String,
    /// Threads that compute, when this was asked.
    pub threads: u32,
    /// How long loading took, in milliseconds.
    pub load_ms: f64,
}

/// How far an import or a check has come.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ByteProgress {
    /// Bytes done.
    pub bytes: u64,
    /// Bytes in all.
    pub total: u64,
}

/// How far a load has come: first its bytes, then, on a GPU, the kernels it runs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct LoadProgress {
    /// Bytes done.
    pub bytes: u64,
    /// Bytes in all.
    pub total: u64,
    /// The kernels; told of when all bytes are there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional)]
    pub kernels: Option<KernelProgress>,
}

/// How many of a GPU's kernels are compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct KernelProgress {
    /// Kernels that are.
    pub done: u32,
    /// Kernels asked for so far.
    pub total: u32,
}

/// Who says a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Instructions to the model.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
}

impl Role {
    /// The name that chat templates know it by.
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ChatMessage {
    /// Who says it.
    pub role: Role,
    /// What is said.
    pub content: String,
}

/// What to answer, and how. Exactly one of `prompt` and `messages` is given.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase", default)]
pub struct GenerateRequest {
    /// A text to continue.
    #[tsify(optional)]
    pub prompt: Option<String>,
    /// A conversation to answer.
    #[tsify(optional)]
    pub messages: Option<Vec<ChatMessage>>,
    /// Tokens at most.
    #[tsify(optional)]
    pub max_tokens: Option<u32>,
    /// 0 always takes the likeliest token; 1 samples what the model says.
    #[tsify(optional)]
    pub temperature: Option<f32>,
    /// Only the likeliest `topK` tokens are sampled; 0 means all.
    #[tsify(optional)]
    pub top_k: Option<u32>,
    /// Only the likeliest tokens that together make up this share are sampled; 1 means all.
    #[tsify(optional)]
    pub top_p: Option<f32>,
    /// Only tokens at least this likely, relative to the likeliest, are sampled; 0 means all.
    #[tsify(optional)]
    pub min_p: Option<f32>,
    /// Above 1, tokens that occurred lately become less likely.
    #[tsify(optional)]
    pub repetition_penalty: Option<f32>,
    /// The same seed gives the same answer; a random one is taken when left out.
    #[tsify(optional)]
    pub seed: Option<u64>,
    /// Texts that end the answer; they are not part of it.
    #[tsify(optional)]
    pub stop: Option<Vec<String>>,
    /// Tokens of the answer that are there already, the `id`s of another call's events: the answer goes on after them. They
    /// count as generated, and their text is not told again.
    #[tsify(optional)]
    pub written: Option<Vec<u32>>,
    /// Whether to time each op on the way; the result then says where the time went.
    #[tsify(optional)]
    pub profile: Option<bool>,
}

/// What happens on the way to an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase", tag = "type")]
pub enum GenerateEvent {
    /// The model is reading the prompt.
    Prefill {
        /// Tokens read.
        done: u32,
        /// Tokens to read.
        total: u32,
    },
    /// The answer goes on.
    Token {
        /// What is new; empty while a character is incomplete.
        text: String,
        /// Tokens generated so far.
        tokens: u32,
        /// The token, for `written`; left out at the end, where what had been held back comes.
        #[tsify(optional)]
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<u32>,
    },
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub enum StopReason {
    /// The model ended it.
    End,
    /// `maxTokens` were generated.
    Length,
    /// The context is full.
    Context,
    /// One of the stop texts came up.
    Stop,
    /// `cancel` was called.
    Cancelled,
}

/// A whole answer, with its figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct GenerateResult {
    /// The texts of all token events.
    pub text: String,
    /// Why it ended.
    pub stop_reason: StopReason,
    /// Tokens of the prompt.
    pub prompt_tokens: u32,
    /// How many of them were still known from the conversation so far.
    pub cached_tokens: u32,
    /// Tokens of the answer.
    pub generated_tokens: u32,
    /// Prompt tokens read a second; 0 when there were none to read.
    pub prefill_tokens_per_second: f64,
    /// Tokens generated a second after the first; 0 below two tokens.
    pub decode_tokens_per_second: f64,
    /// From the call to the first token, in milliseconds; 0 when there was none.
    pub first_token_ms: f64,
    /// Where the time went, if the request asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional)]
    pub profile: Option<GenerateProfile>,
}

/// Where an answer's time went, by kind of op. What is missing to the whole is sampling and the event loop's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct GenerateProfile {
    /// Until the first token.
    pub prefill: Vec<OpTime>,
    /// After it.
    pub decode: Vec<OpTime>,
}

/// All ops of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct OpTime {
    /// What was done, e.g. "matmul".
    pub op: String,
    /// Type of the weights that were multiplied, if any were, e.g. "Q4_0".
    #[serde(skip_serializing_if = "Option::is_none")]
    #[tsify(optional)]
    pub weights: Option<String>,
    /// How often.
    pub calls: u64,
    /// How long it took in all, in milliseconds.
    pub ms: f64,
    /// Bytes of weights that went through it, as stored in the file.
    pub bytes: u64,
}

/// The vectors of some texts, in their order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct EmbedResult {
    /// One vector of length 1 for each text.
    pub embeddings: Vec<Vec<f32>>,
    /// Indices of the texts that were longer than the model's window: their ends were left out.
    pub truncated: Vec<u32>,
}

impl From<wasm_chord_runtime::ModelInfo> for ModelInfo {
    fn from(info: wasm_chord_runtime::ModelInfo) -> Self {
        let clamp = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            name: info.name,
            kind: match info.kind {
                wasm_chord_runtime::ModelKind::Generator => ModelKind::Generator,
                wasm_chord_runtime::ModelKind::Embedder => ModelKind::Embedder,
            },
            architecture: info.architecture,
            parameters: info.parameters,
            weight_bytes: info.weight_bytes,
            quantization: info.quantization,
            context_length: clamp(info.context_length),
            vocab_size: clamp(info.vocab_size),
            layers: clamp(info.layers),
            has_chat_template: info.has_chat_template,
        }
    }
}
