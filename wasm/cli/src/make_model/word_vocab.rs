//! Byte-pair vocabularies of the sizes that real models have: the 256 bytes, merges that spell common English words, and
//! then merges of random pieces into ever longer ones, the early ones most often, as in a trained vocabulary.

use std::collections::HashSet;

use super::rng::SplitMix64;
use wasm_chord_core::tokenizer::TokenKind;

use super::vocab::{CHAT_TEMPLATE, LLAMA3_TEMPLATE, Token, Vocabulary};

/// Whose vocabulary to imitate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// SmolLM2's: 49,152 tokens, the control tokens first.
    SmolLm2,
    /// That of Qwen2, 2.5 and 3: 151,936 tokens, the last of them unused.
    Qwen2,
    /// Llama 3's: 128,256 tokens, 256 of them control tokens at the end.
    Llama3,
}

/// How GPT-2's alphabet of bytes writes a space.
const SPACE: char = 'Ġ';

/// The longest piece of a random merge, in characters. Real vocabularies average six or seven.
const LONGEST: usize = 12;

/// Frequent English words. Each is one token, with a space before it and without.
const WORDS: &str = "the of and to in is it you that he was for on are with as his they be at one have this from or had \
    by not word but what some we can out other were all there when up use your how said an each she which do their time \
    if will way about many then them write would like so these her long make thing see him two has look more day could \
    go come did number sound no most people my over know water than call first who may down side been now find";

/// Builds a family's vocabulary; it is always the same.
pub fn vocabulary(family: Family) -> Vocabulary {
    let (before, after, unused) = family.control();
    let plain = family.size() - before.len() - after.len() - unused;
    let (pieces, merges) = pieces(plain);
    let control = |names: Vec<String>| names.into_iter().map(|text| token(text, TokenKind::Control));
    let mut tokens: Vec<Token> = control(before).collect();
    tokens.extend(pieces.into_iter().map(|text| token(text, TokenKind::Normal)));
    tokens.extend(control(after));
    tokens.extend((tokens.len()..family.size()).map(|id| token(format!("[PAD{id}]"), TokenKind::Unused)));
    let id = |text: &str| (0..).zip(&tokens).find(|(_, token)| token.text == text).map_or(0, |(id, _)| id);
    let (pre, bos, eos, add_bos, chat_template) = match family {
        Family::SmolLm2 => ("smollm", id("<|im_start|>"), id("<|im_end|>"), false, CHAT_TEMPLATE),
        Family::Qwen2 => ("qwen2", id("<|endoftext|>"), id("<|im_end|>"), false, CHAT_TEMPLATE),
        Family::Llama3 => ("llama-bpe", id("<|begin_of_text|>"), id("<|eot_id|>"), true, LLAMA3_TEMPLATE),
    };
    Vocabulary { model: "gpt2", pre, tokens, merges, bos, eos, add_bos, chat_template }
}

fn token(text: String, kind: TokenKind) -> Token {
    Token { text, score: 0.0, kind }
}

impl Family {
    fn size(self) -> usize {
        match self {
            Self::SmolLm2 => 49_152,
            Self::Qwen2 => 151_936,
            Self::Llama3 => 128_256,
        }
    }

    /// Control tokens before all others and after them, and how many ids follow that are unused.
    fn control(self) -> (Vec<String>, Vec<String>, usize) {
        let named = |names: &str| names.split(' ').map(str::to_owned).collect::<Vec<_>>();
        match self {
            Self::SmolLm2 => {
                let names = "<|endoftext|> <|im_start|> <|im_end|> <repo_name> <reponame> <file_sep> <filename> \
                    <gh_stars> <issue_start> <issue_comment> <issue_closed> <jupyter_start> <jupyter_text> \
                    <jupyter_code> <jupyter_output> <jupyter_script> <empty_output>";
                (named(names), Vec::new(), 0)
            }
            Self::Qwen2 => {
                let names = "<|endoftext|> <|im_start|> <|im_end|> <|object_ref_start|> <|object_ref_end|> \
                    <|box_start|> <|box_end|> <|quad_start|> <|quad_end|> <|vision_start|> <|vision_end|> \
                    <|vision_pad|> <|image_pad|> <|video_pad|> <tool_call> </tool_call> <|fim_prefix|> <|fim_middle|> \
                    <|fim_suffix|> <|fim_pad|> <|repo_name|> <|file_sep|>";
                (Vec::new(), named(names), 271)
            }
            Self::Llama3 => {
                let mut names =
                    named("<|begin_of_text|> <|end_of_text|> <|start_header_id|> <|end_header_id|> <|eot_id|>");
                names.extend((0..251).map(|i| format!("<|reserved_special_token_{i}|>")));
                (Vec::new(), names, 0)
            }
        }
    }
}

/// The first `count` pieces of a vocabulary, and the merges that lead to them: one for each piece after the bytes.
fn pieces(count: usize) -> (Vec<String>, Vec<String>) {
    let mut pieces: Vec<String> = byte_characters().map(String::from).collect();
    let mut known: HashSet<String> = pieces.iter().cloned().collect();
    let mut merges = Vec::new();
    let mut merge = |left: &str, right: &str, pieces: &mut Vec<String>| {
        let whole = format!("{left}{right}");
        if pieces.len() < count && known.insert(whole.clone()) {
            merges.push(format!("{left} {right}"));
            pieces.push(whole);
        }
    };
    for start in ["Ġ", ""] {
        for word in WORDS.split(' ') {
            let mut left = start.to_owned();
            for c in word.chars() {
                let c = c.to_string();
                if !left.is_empty() {
                    merge(&left, &c, &mut pieces);
                }
                left += &c;
            }
        }
    }
    let mut rng = SplitMix64::new(0);
    while pieces.len() < count {
        // The square prefers what came early.
        let mut piece = || {
            let below = rng.below(pieces.len()) + 1;
            pieces.get(rng.below(below)).cloned().unwrap_or_default()
        };
        let (left, right) = (piece(), piece());
        let letters = |text: &str| text.chars().all(|c| c.is_ascii_alphabetic());
        let fits = left.chars().count() + right.chars().count() <= LONGEST;
        if fits && letters(left.strip_prefix(SPACE).unwrap_or(&left)) && letters(&right) {
            merge(&left, &right, &mut pieces);
        }
    }
    (pieces, merges)
}

/// The characters that stand for bytes in GPT-2's alphabet, in the order of its vocabulary: the printable ones as
/// themselves, then U+0100 and on for the others.
fn byte_characters() -> impl Iterator<Item = char> {
    let printable = ('!'..='~').chain('\u{a1}'..='\u{ac}').chain('\u{ae}'..='\u{ff}');
    printable.chain('\u{100}'..='\u{143}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_chord_core::gguf::Gguf;
    use wasm_chord_core::gguf::write::GgufWriter;
    use wasm_chord_core::tokenizer::{EncodeOptions, Tokenizer};

    #[test]
    fn vocabularies_are_as_large_as_the_real_ones_and_work() {
        for (family, pre, size, merges) in [
            (Family::SmolLm2, "smollm", 49_152, 48_879),
            (Family::Qwen2, "qwen2", 151_936, 151_387),
            (Family::Llama3, "llama-bpe", 128_256, 127_744),
        ] {
            let vocab = vocabulary(family);
            assert_eq!((vocab.tokens.len(), vocab.merges.len()), (size, merges), "{family:?}");
            let texts: Vec<String> = vocab.tokens.iter().map(|token| token.text.clone()).collect();
            assert_eq!(texts.iter().collect::<HashSet<_>>().len(), size, "a token occurs twice");
            let kinds: Vec<i32> = vocab.tokens.iter().map(|token| token.kind as i32).collect();
            let writer = GgufWriter::new()
                .set("tokenizer.ggml.model", "gpt2")
                .set("tokenizer.ggml.pre", pre)
                .set("tokenizer.ggml.tokens", texts)
                .set("tokenizer.ggml.token_type", kinds)
                .set("tokenizer.ggml.merges", vocab.merges)
                .set("tokenizer.ggml.bos_token_id", vocab.bos)
                .set("tokenizer.ggml.eos_token_id", vocab.eos)
                .set("tokenizer.ggml.add_bos_token", vocab.add_bos);
            let tokenizer = Tokenizer::from_gguf(&Gguf::parse(&writer.to_bytes()).unwrap().metadata).unwrap();
            let text = format!("{WORDS} {}", WORDS);
            let ids = tokenizer.encode(&text, EncodeOptions::default());
            let words = text.split(' ').count() + usize::from(vocab.add_bos);
            assert_eq!(ids.len(), words, "{family:?}: a token for each word");
            assert!(tokenizer.is_eog(vocab.eos));
        }
    }
}
