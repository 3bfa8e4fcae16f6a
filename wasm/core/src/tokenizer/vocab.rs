//! The vocabulary: tokens, their scores and kinds, and which of them have a role.

use super::pieces::Pieces;
use super::{TokenizerError, eog};
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
    /// The number that stands for it in a file.
    pub const fn id(self) -> i32 {
        match self {
            Self::Normal => 1,
            Self::Unknown => 2,
            Self::Control => 3,
            Self::UserDefined => 4,
            Self::Unused => 5,
            Self::Byte => 6,
        }
    }

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
    pieces: Pieces,
    scores: Vec<f32>, // empty, or one for each token
    kinds: Vec<TokenKind>,
    bytes: Box<[Option<u32>; 256]>,
    eog: Vec<u32>, // sorted
    pub(super) bos: Option<u32>,
    pub(super) eos: Option<u32>,
    pub(super) unk: Option<u32>,
    pub(super) sep: Option<u32>,
    pub(super) add_bos: bool,
    pub(super) add_eos: bool,
}

/// The roles' ids and switches that a kind of tokenizer has where the metadata does not say.
#[derive(Default)]
pub(super) struct Defaults {
    pub(super) bos: Option<u32>,
    pub(super) eos: Option<u32>,
    pub(super) unk: Option<u32>,
    pub(super) sep: Option<u32>,
    pub(super) add_bos: bool,
    pub(super) add_eos: bool,
}

impl Vocab {
    /// Reads the vocabulary out of a file's metadata.
    pub(super) fn from_gguf(metadata: &Metadata, defaults: &Defaults) -> Result<Self, TokenizerError> {
        let texts = metadata.strings("tokenizer.ggml.tokens")?;
        if texts.is_empty() {
            return Err(TokenizerError::EmptyVocabulary);
        }
        let expected = texts.len();
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
        let mut pieces = Pieces::with_capacity(expected, texts.iter().map(String::len).sum());
        for text in texts {
            pieces.push(text);
        }
        // An id beyond the vocabulary falls back to the usual one, as in llama.cpp: such files exist.
        let role = |key, default: Option<u32>| {
            let inside = |id: &u32| (*id as usize) < expected;
            Ok::<_, TokenizerError>(metadata.opt_u32(key)?.filter(inside).or(default.filter(inside)))
        };
        let mut vocab = Self {
            pieces,
            scores,
            kinds,
            bytes: Box::new([None; 256]),
            eog: Vec::new(),
            bos: role("tokenizer.ggml.bos_token_id", defaults.bos)?,
            eos: role("tokenizer.ggml.eos_token_id", defaults.eos)?,
            unk: role("tokenizer.ggml.unknown_token_id", defaults.unk)?,
            sep: role("tokenizer.ggml.seperator_token_id", defaults.sep)?, // The key is misspelt in every file.
            add_bos: metadata.opt_bool("tokenizer.ggml.add_bos_token")?.unwrap_or(defaults.add_bos),
            add_eos: metadata.opt_bool("tokenizer.ggml.add_eos_token")?.unwrap_or(defaults.add_eos),
        };
        let mut roles: Vec<u32> = vocab.eos.into_iter().collect();
        for key in eog::KEYS {
            roles.extend(role(key, None)?);
        }
        vocab.mark_end_of_generation(roles);
        vocab.index_bytes();
        Ok(vocab)
    }

    fn mark_end_of_generation(&mut self, roles: Vec<u32>) {
        // "</s>" may be a piece of ordinary text, HTML's; every other text of the lists can only be a marker.
        let is_marker = |text: &str, id| text != "</s>" || self.kind(id) == Some(TokenKind::Control);
        let all = eog::TEXTS.iter().chain(&eog::FILL_IN_TEXTS);
        let named: Vec<u32> = all.filter_map(|text| self.id(text).filter(|&id| is_marker(text, id))).collect();
        for &id in &named {
            // Some converters file these as user-defined or normal text. Left so, any user text could end a turn.
            self.set_kind(id, TokenKind::Control);
        }
        self.eog = named.into_iter().chain(roles).collect();
        for exception in eog::EXCEPTIONS {
            let Some(id) = self.id(exception.text) else { continue };
            if exception.beside.iter().all(|text| self.id(text).is_some_and(|id| self.eog.contains(&id))) {
                self.eog.retain(|eog| *eog != id);
                self.set_kind(id, exception.kind);
            }
        }
        for id in eog::SHOWN.iter().filter_map(|text| self.id(text)).collect::<Vec<_>>() {
            self.set_kind(id, TokenKind::UserDefined);
        }
        self.eog.sort_unstable();
        self.eog.dedup();
    }

    fn set_kind(&mut self, id: u32, kind: TokenKind) {
        if let Some(slot) = self.kinds.get_mut(id as usize) {
            *slot = kind;
        }
    }

    fn index_bytes(&mut self) {
        for (id, kind) in (0u32..).zip(&self.kinds) {
            if *kind == TokenKind::Byte
                && let Some(byte) = self.pieces.text(id).and_then(parse_byte)
            {
                self.bytes[usize::from(byte)] = Some(id);
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.pieces.len()
    }

    pub(super) fn text(&self, id: u32) -> Option<&str> {
        self.pieces.text(id)
    }

    pub(super) fn kind(&self, id: u32) -> Option<TokenKind> {
        self.kinds.get(id as usize).copied()
    }

    pub(super) fn score(&self, id: u32) -> f32 {
        self.scores.get(id as usize).copied().unwrap_or(0.0)
    }

    pub(super) fn id(&self, text: &str) -> Option<u32> {
        self.pieces.id(text)
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
        (0u32..).zip(&self.kinds).map(|(id, kind)| (id, self.text(id).unwrap_or_default(), *kind))
    }
}

/// Whether a user-defined token's text looks like a turn marker: `<|im_start|>`, Gemma 4's `<|turn>` and `<turn|>`,
/// DeepSeek's. `<think>` and `<tool_call>` do not: models write those, and templates look for them in what was written.
fn marks_turn(text: &str) -> bool {
    let between = |open, close| text.starts_with(open) && text.ends_with(close);
    text.len() > 4 && (between("<|", ">") || between("<", "|>") || between("<｜", "｜>") || text == "<start_of_turn>")
}

/// The byte that a byte token's text `<0xHH>` spells.
pub(super) fn parse_byte(text: &str) -> Option<u8> {
    let hex = text.strip_prefix("<0x")?.strip_suffix('>')?;
    (hex.len() == 2).then(|| u8::from_str_radix(hex, 16).ok()).flatten()
}
