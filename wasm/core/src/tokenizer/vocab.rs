//! The vocabulary: tokens, their scores and kinds, and which of them have a role.

use std::collections::HashMap;
use std::sync::Arc;

use super::TokenizerError;
use super::eog;
use crate::gguf::Metadata;

/// What a token is for. The numbers in a file are those of SentencePiece.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A piece of text.
    Normal,
    /// Stands for text the vocabulary cannot express.
    Unknown,
    /// Structure (`<s>`, `<|im_end|>`): never text, neither read nor written as such.
    Control,
    /// A string that is always one token.
    UserDefined,
    /// A hole in the vocabulary.
    Unused,
    /// One byte of UTF-8, spelt `<0x0A>`.
    Byte,
}

impl TokenKind {
    fn from_id(id: i32) -> Self {
        match id {
            2 => Self::Unknown,
            3 => Self::Control,
            4 => Self::UserDefined,
            5 => Self::Unused,
            6 => Self::Byte,
            _ => Self::Normal,
        }
    }
}

/// The tokens of a model and the ids that have a role.
#[derive(Clone, Debug)]
pub(super) struct Vocab {
    texts: Vec<Arc<str>>,
    scores: Vec<f32>, // empty, or one for each token
    kinds: Vec<TokenKind>,
    ids: HashMap<Arc<str>, u32>,
    bytes: Box<[Option<u32>; 256]>,
    eog: Vec<u32>, // sorted
    pub(super) bos: Option<u32>,
    pub(super) eos: Option<u32>,
    pub(super) unk: Option<u32>,
    pub(super) add_bos: bool,
    pub(super) add_eos: bool,
}

/// The roles' ids and switches that a kind of tokenizer has where the metadata does not say.
pub(super) struct Defaults {
    pub(super) bos: Option<u32>,
    pub(super) eos: Option<u32>,
    pub(super) unk: Option<u32>,
    pub(super) add_bos: bool,
    pub(super) add_eos: bool,
}

impl Vocab {
    /// Reads the vocabulary out of a file's metadata.
    pub(super) fn from_gguf(metadata: &Metadata, defaults: &Defaults) -> Result<Self, TokenizerError> {
        let strings = metadata.strings("tokenizer.ggml.tokens")?;
        if strings.is_empty() {
            return Err(TokenizerError::EmptyVocabulary);
        }
        let expected = strings.len();
        let check = |key, got| match got {
            got if got == expected => Ok(()),
            got => Err(TokenizerError::WrongLength { key, expected, got }),
        };
        let scores = metadata.opt_f32s("tokenizer.ggml.scores")?.unwrap_or_default().to_vec();
        if !scores.is_empty() {
            check("tokenizer.ggml.scores", scores.len())?;
        }
        let mut kinds = vec![TokenKind::Normal; expected];
        if let Some(ids) = metadata.opt_i32s("tokenizer.ggml.token_type")? {
            check("tokenizer.ggml.token_type", ids.len())?;
            kinds = ids.into_iter().map(TokenKind::from_id).collect();
        }
        let texts: Vec<Arc<str>> = strings.iter().map(|s| Arc::from(s.as_str())).collect();
        // Of two tokens with one text the later is found, as llama.cpp has it. An empty one can never be.
        let ids = texts.iter().zip(0u32..).filter(|(t, _)| !t.is_empty()).map(|(t, id)| (t.clone(), id)).collect();

        let mut vocab = Self {
            texts,
            scores,
            kinds,
            ids,
            bytes: Box::new([None; 256]),
            eog: Vec::new(),
            bos: None,
            eos: None,
            unk: None,
            add_bos: metadata.opt_bool("tokenizer.ggml.add_bos_token")?.unwrap_or(defaults.add_bos),
            add_eos: metadata.opt_bool("tokenizer.ggml.add_eos_token")?.unwrap_or(defaults.add_eos),
        };
        // An id beyond the vocabulary falls back to the usual one, as in llama.cpp: such files exist.
        let role = |key, default: Option<u32>| {
            let inside = |id: &u32| (*id as usize) < expected;
            Ok::<_, TokenizerError>(metadata.opt_u32(key)?.filter(inside).or(default.filter(inside)))
        };
        vocab.bos = role("tokenizer.ggml.bos_token_id", defaults.bos)?;
        vocab.eos = role("tokenizer.ggml.eos_token_id", defaults.eos)?;
        vocab.unk = role("tokenizer.ggml.unknown_token_id", defaults.unk)?;
        let eot = role("tokenizer.ggml.eot_token_id", None)?;
        let eom = role("tokenizer.ggml.eom_token_id", None)?;
        vocab.mark_end_of_generation(&[vocab.eos, eot, eom]);
        vocab.index_bytes();
        Ok(vocab)
    }

    fn mark_end_of_generation(&mut self, roles: &[Option<u32>]) {
        // "</s>" may be a piece of ordinary text, HTML's; every other text of the list can only be a marker.
        let is_marker = |text: &str, id| text != "</s>" || self.kind(id) == Some(TokenKind::Control);
        let named = eog::TEXTS.iter().filter_map(|text| self.id(text).filter(|&id| is_marker(text, id)));
        let named: Vec<u32> = named.collect();
        for &id in &named {
            // Some converters file these as user-defined or normal text. Left so, any user text could end a turn.
            if let Some(kind) = self.kinds.get_mut(id as usize) {
                *kind = TokenKind::Control;
            }
        }
        self.eog = named.into_iter().chain(roles.iter().flatten().copied()).collect();
        self.eog.sort_unstable();
        self.eog.dedup();
    }

    fn index_bytes(&mut self) {
        for (text, (kind, id)) in self.texts.iter().zip(self.kinds.iter().zip(0u32..)) {
            if *kind == TokenKind::Byte
                && let Some(byte) = parse_byte(text)
            {
                self.bytes[usize::from(byte)] = Some(id);
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    pub(super) fn text(&self, id: u32) -> Option<&str> {
        self.texts.get(id as usize).map(|text| &**text)
    }

    pub(super) fn kind(&self, id: u32) -> Option<TokenKind> {
        self.kinds.get(id as usize).copied()
    }

    pub(super) fn score(&self, id: u32) -> f32 {
        self.scores.get(id as usize).copied().unwrap_or(0.0)
    }

    pub(super) fn id(&self, text: &str) -> Option<u32> {
        self.ids.get(text).copied()
    }

    /// The token for `text` that plain text may become: never one of structure, nor a byte token, whatever is typed.
    pub(super) fn text_id(&self, text: &str) -> Option<u32> {
        let id = self.id(text)?;
        (!self.is_structural(id) && self.kind(id) != Some(TokenKind::Byte)).then_some(id)
    }

    /// Whether the token gives a conversation its structure, so that a user's text must never become it: control tokens,
    /// and those that a converter filed as user-defined but that mark turns all the same.
    pub(super) fn is_structural(&self, id: u32) -> bool {
        match self.kind(id) {
            Some(TokenKind::Control | TokenKind::Unknown) => true,
            Some(TokenKind::UserDefined) => self.text(id).is_some_and(marks_turn),
            _ => false,
        }
    }

    /// The token for one byte, if the vocabulary has byte tokens.
    pub(super) fn byte_id(&self, byte: u8) -> Option<u32> {
        self.bytes[usize::from(byte)]
    }

    pub(super) fn is_eog(&self, id: u32) -> bool {
        self.eog.binary_search(&id).is_ok()
    }

    /// All tokens with their ids and kinds.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, &str, TokenKind)> {
        (0u32..).zip(self.texts.iter().zip(&self.kinds)).map(|(id, (text, kind))| (id, &**text, *kind))
    }
}

/// Whether a user-defined token's text looks like a turn marker. `<think>` and `<tool_call>` do not: models write those,
/// and templates look for them in what was written.
fn marks_turn(text: &str) -> bool {
    text.len() > 4
        && (text.starts_with("<|") && text.ends_with("|>")
            || text.starts_with("<｜") && text.ends_with("｜>")
            || text == "<start_of_turn>")
}

/// The byte that a byte token's text `<0xHH>` spells.
pub(super) fn parse_byte(text: &str) -> Option<u8> {
    let hex = text.strip_prefix("<0x")?.strip_suffix('>')?;
    (hex.len() == 2).then(|| u8::from_str_radix(hex, 16).ok()).flatten()
}
