//! Which model family cuts text how: the names that `tokenizer.ggml.pre` may hold, as llama.cpp's converter gives them.

use super::{Stage, rules};

/// Whether a text begins with BOS where the file does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tokenizer) enum Bos {
    No,
    Yes,
    /// Whatever the file says: many Gemma 4 files say no, and the model babbles without it.
    Always,
}

/// What a name in `tokenizer.ggml.pre` stands for.
#[derive(Clone, Copy, Debug)]
pub(in crate::tokenizer) struct Family {
    /// The regexes.
    pub(super) stages: &'static [Stage],
    /// Whether a piece that is a token is taken as it is, whatever the merges say.
    pub(in crate::tokenizer) ignore_merges: bool,
    /// Whether BOS is added.
    pub(in crate::tokenizer) add_bos: Bos,
    /// Whether tokens are spelt in UTF-8, with `▁` for a space, and not in GPT-2's alphabet of bytes.
    pub(in crate::tokenizer) raw: bool,
}

impl Family {
    const fn of(stages: &'static [Stage]) -> Self {
        Self { stages, ignore_merges: false, add_bos: Bos::No, raw: false }
    }

    const fn ignoring_merges(self) -> Self {
        Self { ignore_merges: true, ..self }
    }

    const fn adding_bos(self) -> Self {
        Self { add_bos: Bos::Yes, ..self }
    }

    /// What is used where a file names no family, or one that is not known.
    pub(in crate::tokenizer) const DEFAULT: Self = Self::of(rules::DEFAULT);

    /// Gemma 4, which files mark in another place.
    pub(in crate::tokenizer) const GEMMA4: Self = Self { raw: true, add_bos: Bos::Always, ..Self::of(rules::LINES) };

    /// The family of that name.
    pub(in crate::tokenizer) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "default" => Self::DEFAULT,
            "llama3" | "llama-v3" | "llama-bpe" | "falcon3" | "falcon-h1" | "pixtral" | "midm-2.0" | "lfm2"
            | "jina-v5-nano" => Self::of(rules::LLAMA3).ignoring_merges().adding_bos(),
            "dbrx" | "smaug-bpe" | "glm4" | "chatglm-bpe" => Self::of(rules::LLAMA3),
            "jais-2" => Self::of(rules::JAIS2),
            "minicpm5" => Self::of(rules::MINICPM5).ignoring_merges(),
            "qwen2" | "deepseek-r1-qwen" | "kormo" | "f2llmv2" | "megrez" | "stablelm2" | "hunyuan" | "solar-open"
            | "grok-2" => Self::of(rules::QWEN2),
            "qwen35" => Self::of(rules::QWEN35),
            "laguna" => Self::of(rules::LAGUNA),
            "seed-coder" => Self::of(rules::SEED_CODER),
            "bailingmoe" | "bailingmoe2" | "llada-moe" => Self::of(rules::BAILING),
            "exaone-moe" => Self::of(rules::EXAONE_MOE),
            "gpt-4o" | "llama4" | "kanana2" | "talkie" | "minimax-m2" => Self::of(rules::GPT4O),
            "granite-embed-multi-97m" => Self::of(rules::GPT4O).ignoring_merges(),
            "tekken" => Self::of(rules::TEKKEN).ignoring_merges().adding_bos(),
            "tiny_aya" | "cohere2moe" => Self::of(rules::TINY_AYA),
            "youtu" => Self::of(rules::YOUTU).ignoring_merges(),
            "kimi-k2" => Self::of(rules::KIMI_K2),
            "gpt-2" | "phi-2" | "jina-es" | "jina-de" | "jina-v1-en" | "jina-v2-es" | "jina-v2-de" | "jina-v2-code"
            | "gigachat" | "a.x-4.0" | "mellum" | "modern-bert" | "roberta-bpe" | "mpt" | "olmo" | "jais"
            | "trillion" | "granite-docling" | "exaone4" => Self::of(rules::GPT2),
            "starcoder" | "refact" | "command-r" | "smollm" | "codeshell" | "exaone" | "minerva-7b" | "mellum2" => {
                Self::of(rules::STARCODER)
            }
            "falcon" => Self::of(rules::FALCON),
            "deepseek-llm" => Self::of(rules::DEEPSEEK_LLM),
            "deepseek-coder" => Self::of(rules::DEEPSEEK_CODER),
            "deepseek-v3" | "hunyuan-dense" | "joyai-llm" => Self::of(rules::DEEPSEEK3),
            "afmoe" => Self::of(rules::AFMOE),
            "bloom" | "poro-chat" | "gpt3-finnish" => Self::of(rules::BLOOM),
            "viking" => Self::of(rules::VIKING),
            "superbpe" => Self::of(rules::SUPERBPE),
            "chameleon" => Self::of(rules::CHAMELEON).adding_bos(),
            "gemma4" | "granite-embed-multi-311m" => Self::GEMMA4,
            "sarvam-moe" => Self { raw: true, ..Self::of(rules::LINES) },
            _ => return None,
        })
    }
}
