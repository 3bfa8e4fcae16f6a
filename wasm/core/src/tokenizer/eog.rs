//! The texts of tokens that end an answer, whatever `eos_token_id` says: a chat model ends its turn with one of these,
//! and many files name only the base model's end of text.

/// The list llama.cpp keeps, by the families that use them.
pub(super) const TEXTS: [&str; 17] = [
    "<|eot_id|>",            // Llama 3
    "<|eom_id|>",            // Llama 3 tools
    "<|end_of_text|>",       // Llama 3, Granite
    "<|im_end|>",            // ChatML: Qwen, SmolLM, LFM2
    "<|end|>",               // Phi-3
    "<|return|>",            // gpt-oss
    "<|call|>",              // gpt-oss
    "<end_of_turn>",         // Gemma
    "<turn|>",               // Gemma 4
    "<|endoftext|>",         // GPT-2 and its kin
    "<|endofturn|>",         // Kimi, Hunyuan
    "<end_of_utterance>",    // SmolVLM
    "<EOT>",                 // DeepSeek Coder
    "_<EOT>",                // StarCoder
    "<|EOT|>",               // DeepSeek Coder chat
    "<｜end▁of▁sentence｜>", // DeepSeek
    "</s>",                  // Llama 2, Mistral
];
