//! The tokens that end an answer, whatever `eos_token_id` says: a chat model ends its turn with one of these, and many
//! files name only the base model's end of text.

use super::TokenKind;

/// The texts that do, by the families that use them: llama.cpp's list, and Hunyuan's.
pub(super) const TEXTS: [&str; 24] = [
    "<|eot_id|>",            // Llama 3
    "<|eom_id|>",            // Llama 3 tools
    "<|end_of_text|>",       // Llama 3, Granite
    "<|im_end|>",            // ChatML: Qwen, SmolLM, LFM2
    "<|end|>",               // Phi-3
    "<|return|>",            // gpt-oss
    "<|call|>",              // gpt-oss
    "<|flush|>",             // Solar Open
    "<|calls|>",             // Solar Open
    "<end_of_turn>",         // Gemma
    "<turn|>",               // Gemma 4
    "<|tool_response>",      // Gemma 4
    "<eos>",                 // Gemma
    "<|endoftext|>",         // GPT-2 and its kin
    "<|endofturn|>",         // Kimi, Hunyuan
    "[EOT]",                 // Kimi K2
    "[EOS]",                 // Kimi K2
    "<end_of_utterance>",    // SmolVLM
    "<EOT>",                 // DeepSeek Coder
    "_<EOT>",                // StarCoder
    "<|EOT|>",               // DeepSeek Coder chat
    "<｜end▁of▁sentence｜>", // DeepSeek
    "[e~[",                  // MiniMax
    "</s>",                  // Llama 2, Mistral
];

/// What a code model writes behind the middle that it was asked to fill in: padding, or the next file.
pub(super) const FILL_IN_TEXTS: [&str; 11] = [
    "<|fim_pad|>",   // Qwen
    "<fim-pad>",     //
    "<fim_pad>",     // Granite
    "<PAD>",         //
    "[PAD]",         // Kimi K2
    "<|fim_repo|>",  // Qwen
    "<|repo_name|>", // Qwen
    "<fim-repo>",    //
    "<REPO>",        //
    "<reponame>",    // Granite
    "<|file_sep|>",  // Qwen
];

/// The metadata keys that name such tokens.
pub(super) const KEYS: [&str; 6] = [
    "tokenizer.ggml.eos_token_id",
    "tokenizer.ggml.eot_token_id",
    "tokenizer.ggml.eom_token_id",
    "tokenizer.ggml.fim_pad_token_id",
    "tokenizer.ggml.fim_rep_token_id",
    "tokenizer.ggml.fim_sep_token_id",
];

/// A text that ends nothing in vocabularies that have all of `beside`: there it separates the parts of one answer, or is a
/// left-over.
pub(super) struct Exception {
    pub(super) text: &'static str,
    pub(super) beside: &'static [&'static str],
    /// What it is instead.
    pub(super) kind: TokenKind,
}

/// The exceptions that llama.cpp makes.
pub(super) const EXCEPTIONS: [Exception; 3] = [
    // gpt-oss: ends one channel
    Exception { text: "<|end|>", beside: &["<|return|>", "<|call|>"], kind: TokenKind::UserDefined },
    // Solar Open
    Exception { text: "<|end|>", beside: &["<|flush|>", "<|calls|>"], kind: TokenKind::UserDefined },
    // Gemma 4: HTML's
    Exception { text: "</s>", beside: &["<|tool_response>"], kind: TokenKind::Normal },
];

/// Markers of gpt-oss that stay in its answers: without them one could not tell its thoughts from what it says.
pub(super) const SHOWN: [&str; 4] = ["<|channel|>", "<|message|>", "<|start|>", "<|constrain|>"];
