//! Text to tokens and back, as a model's own metadata says.
//!
//! One file per algorithm ([`spm`], [`bpe`], [`word_piece`]); what they share (vocabulary, special tokens, merging,
//! decoding) is beside them.

mod bpe;
mod byte_level;
mod chars;
mod decode;
mod eog;
mod error;
mod memory;
mod merge;
mod merges;
mod pieces;
mod pre;
mod special;
mod spm;
mod vocab;
mod word_piece;

use std::ops::Range;

pub use decode::DecodeStream;
pub use error::{TokenizerError, TokenizerWarning};
pub use vocab::TokenKind;

use crate::gguf::Metadata;
use bpe::Bpe;
use pre::{Bos, Family};
use special::{Allow, Fragment, SpecialTokens, Strip};
use vocab::{Defaults, Vocab};
use word_piece::Normalizer;

/// A model's tokenizer.
#[derive(Clone, Debug)]
pub struct Tokenizer {
    vocab: Vocab,
    special: SpecialTokens,
    algorithm: Algorithm,
    warnings: Vec<TokenizerWarning>,
}

/// How plain text is cut.
#[derive(Clone, Debug)]
enum Algorithm {
    SentencePiece {
        /// A space is put before text at the start and after special tokens, and taken off again when decoding.
        add_space_prefix: bool,
        /// Runs of spaces become one, those at the ends go.
        remove_extra_whitespaces: bool,
        /// No token reaches over the end of a word.
        by_words: bool,
    },
    Bpe(Bpe),
    WordPiece(Normalizer),
}

/// What [`Tokenizer::encode`] adds and recognises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EncodeOptions {
    /// Whether BOS (and EOS where the model wants one) are added; `None`: as the metadata says.
    pub add_bos: Option<bool>,
    /// Whether control tokens spelt in the text become tokens. Leave it off for text that a user or a page wrote.
    pub parse_special: bool,
}

impl Tokenizer {
    /// Builds the tokenizer that a file's metadata describes.
    ///
    /// # Errors
    /// The kind of tokenizer is not supported, or the vocabulary is incomplete.
    pub fn from_gguf(metadata: &Metadata) -> Result<Self, TokenizerError> {
        match metadata.str("tokenizer.ggml.model")? {
            "llama" => Self::sentencepiece(metadata),
            "gpt2" => Self::gpt2(metadata),
            "gemma4" => Self::bpe(metadata, Family::GEMMA4, Vec::new()),
            "bert" => Self::word_piece(metadata),
            other => Err(TokenizerError::UnsupportedModel { model: other.to_owned() }),
        }
    }

    fn new(
        metadata: &Metadata,
        vocab: Vocab,
        algorithm: Algorithm,
        warnings: Vec<TokenizerWarning>,
    ) -> Result<Self, TokenizerError> {
        let special = SpecialTokens::new(&vocab, strip_rule(metadata)?);
        Ok(Self { vocab, special, algorithm, warnings })
    }

    fn sentencepiece(metadata: &Metadata) -> Result<Self, TokenizerError> {
        let defaults = Defaults { bos: Some(1), eos: Some(2), unk: Some(0), add_bos: true, ..Defaults::default() };
        let vocab = Vocab::from_gguf(metadata, &defaults)?;
        let algorithm = Algorithm::SentencePiece {
            add_space_prefix: metadata.opt_bool("tokenizer.ggml.add_space_prefix")?.unwrap_or(true),
            remove_extra_whitespaces: metadata.opt_bool("tokenizer.ggml.remove_extra_whitespaces")?.unwrap_or(false),
            by_words: spm::keeps_to_words(&vocab),
        };
        Self::new(metadata, vocab, algorithm, Vec::new())
    }

    fn gpt2(metadata: &Metadata) -> Result<Self, TokenizerError> {
        let (family, warning) = match metadata.opt_str("tokenizer.ggml.pre")?.filter(|name| !name.is_empty()) {
            None => (None, Some(TokenizerWarning::NoPreTokenizer)),
            Some(name) => match Family::named(name) {
                None => (None, Some(TokenizerWarning::UnknownPreTokenizer { name: name.to_owned() })),
                known => (known, None),
            },
        };
        Self::bpe(metadata, family.unwrap_or(Family::DEFAULT), warning.into_iter().collect())
    }

    fn bpe(metadata: &Metadata, family: Family, mut warnings: Vec<TokenizerWarning>) -> Result<Self, TokenizerError> {
        let defaults = Defaults { add_bos: family.add_bos != Bos::No, ..Defaults::default() };
        let mut vocab = Vocab::from_gguf(metadata, &defaults)?;
        vocab.add_bos |= family.add_bos == Bos::Always;
        let (bpe, left_out) = Bpe::new(&vocab, metadata.strings("tokenizer.ggml.merges")?, family);
        if left_out > 0 {
            warnings.push(TokenizerWarning::BadMerges { count: left_out });
        }
        Self::new(metadata, vocab, Algorithm::Bpe(bpe), warnings)
    }

    fn word_piece(metadata: &Metadata) -> Result<Self, TokenizerError> {
        // [CLS] is what `bos_token_id` names, else BERT's own 101: llama.cpp does not look at `cls_token_id` either.
        let defaults = Defaults { bos: Some(101), unk: Some(100), sep: Some(102), ..Defaults::default() };
        let mut vocab = Vocab::from_gguf(metadata, &defaults)?;
        // A sentence stands between the two, always.
        (vocab.add_bos, vocab.add_eos) = (true, true);
        let lowercase = metadata.opt_bool("tokenizer.ggml.normalizer.lowercase")?.unwrap_or(true);
        let strip_accents = metadata.opt_bool("tokenizer.ggml.normalizer.strip_accents")?.unwrap_or(lowercase);
        let algorithm = Algorithm::WordPiece(Normalizer { lowercase, strip_accents });
        Self::new(metadata, vocab, algorithm, Vec::new())
    }

    /// The tokens of `text`.
    pub fn encode(&self, text: &str, options: EncodeOptions) -> Vec<u32> {
        let allow = if options.parse_special { Allow::All } else { Allow::UserDefined };
        let fragments = self.special.split(text, allow);
        let mut ids = Vec::new();
        if options.add_bos.unwrap_or(self.vocab.add_bos) {
            ids.extend(self.vocab.bos);
        }
        self.encode_fragments(text, &fragments, &mut ids);
        if options.add_bos.unwrap_or(true) {
            ids.extend(self.ending());
        }
        ids
    }

    /// The token that [`encode`](Self::encode) ends a text with, where the model wants one: EOS, or `[SEP]`.
    pub fn ending(&self) -> Option<u32> {
        let token = match self.algorithm {
            Algorithm::WordPiece(_) => self.vocab.sep,
            Algorithm::SentencePiece { .. } | Algorithm::Bpe(_) => self.vocab.eos,
        };
        token.filter(|_| self.vocab.add_eos)
    }

    /// The tokens of a rendered conversation: control tokens spelt in it are tokens unless they touch one of the
    /// `untrusted` stretches (sorted, disjoint byte ranges). BOS comes first where the model wants it and `text` does not
    /// spell it already. No EOS: an answer is to follow.
    pub fn encode_chat(&self, text: &str, untrusted: &[Range<usize>]) -> Vec<u32> {
        let fragments = self.special.split(text, Allow::Outside(untrusted));
        let mut ids = Vec::new();
        let spelt = matches!(fragments.first(), Some(Fragment::Token(id)) if Some(*id) == self.vocab.bos);
        if self.vocab.add_bos && !spelt {
            ids.extend(self.vocab.bos);
        }
        self.encode_fragments(text, &fragments, &mut ids);
        ids
    }

    fn encode_fragments(&self, text: &str, fragments: &[Fragment], ids: &mut Vec<u32>) {
        let mut after_special = true;
        for fragment in fragments {
            match fragment {
                Fragment::Token(id) => ids.push(*id),
                Fragment::Text(range) => {
                    self.encode_text(text.get(range.clone()).unwrap_or_default(), after_special, ids);
                }
            }
            after_special = matches!(fragment, Fragment::Token(_));
        }
    }

    fn encode_text(&self, text: &str, after_special: bool, ids: &mut Vec<u32>) {
        match &self.algorithm {
            Algorithm::SentencePiece { add_space_prefix, remove_extra_whitespaces, by_words } => {
                let text = spm::escape(text, *add_space_prefix && after_special, *remove_extra_whitespaces);
                spm::encode(&self.vocab, *by_words, &text, ids);
            }
            Algorithm::Bpe(bpe) => bpe.encode(&self.vocab, text, ids),
            Algorithm::WordPiece(normalizer) => word_piece::encode(&self.vocab, *normalizer, text, ids),
        }
    }

    /// The text of `ids`; bytes that are no UTF-8 become U+FFFD, control tokens nothing.
    pub fn decode(&self, ids: &[u32]) -> String {
        let mut stream = self.stream();
        let mut text: String = ids.iter().map(|&id| stream.push(self, id)).collect();
        text.push_str(&stream.finish());
        text
    }

    /// A stream that decodes from the start of a text: the space that encoding put there is taken off.
    pub fn stream(&self) -> DecodeStream {
        DecodeStream::new(match self.algorithm {
            Algorithm::SentencePiece { add_space_prefix, .. } => add_space_prefix,
            Algorithm::Bpe(_) => false,
            Algorithm::WordPiece(_) => true, // Every word's token has a space in front, the first one's too.
        })
    }

    /// A stream that decodes what follows `prompt`: after plain text, a leading space is a space.
    pub fn stream_after(&self, prompt: &[u32]) -> DecodeStream {
        match prompt.last().and_then(|&id| self.vocab.kind(id)) {
            None | Some(TokenKind::Control | TokenKind::Unknown) => self.stream(),
            Some(_) => DecodeStream::new(false),
        }
    }

    /// The bytes of text that `id` stands for; none for control tokens and ids beyond the vocabulary.
    pub fn piece(&self, id: u32) -> Vec<u8> {
        let mut out = Vec::new();
        self.append_piece(id, &mut out);
        out
    }

    fn append_piece(&self, id: u32, out: &mut Vec<u8>) {
        let (Some(text), Some(kind)) = (self.vocab.text(id), self.vocab.kind(id)) else { return };
        match kind {
            TokenKind::Control | TokenKind::Unknown | TokenKind::Unused => {}
            TokenKind::Byte => out.extend(vocab::parse_byte(text)),
            TokenKind::UserDefined | TokenKind::Normal => match &self.algorithm {
                Algorithm::SentencePiece { .. } | Algorithm::WordPiece(_) => spm::unescape(text, out),
                // What is user-defined is spelt as it is, not in the alphabet of bytes.
                Algorithm::Bpe(_) if kind == TokenKind::UserDefined => out.extend_from_slice(text.as_bytes()),
                Algorithm::Bpe(bpe) => bpe.decode(text, out),
            },
        }
    }

    /// What is doubtful about the vocabulary, for people to know.
    pub fn warnings(&self) -> &[TokenizerWarning] {
        &self.warnings
    }

    /// The token that begins a text.
    pub fn bos(&self) -> Option<u32> {
        self.vocab.bos
    }

    /// The token that ends a text.
    pub fn eos(&self) -> Option<u32> {
        self.vocab.eos
    }

    /// The token for what the vocabulary cannot express.
    pub fn unk(&self) -> Option<u32> {
        self.vocab.unk
    }

    /// Whether the metadata asks for BOS before a text.
    pub fn adds_bos(&self) -> bool {
        self.vocab.add_bos
    }

    /// Whether `id` ends an answer: EOS, or a token that ends a turn.
    pub fn is_eog(&self, id: u32) -> bool {
        self.vocab.is_eog(id)
    }

    /// Tokens in the vocabulary.
    pub fn vocab_size(&self) -> usize {
        self.vocab.len()
    }

    /// A token as the vocabulary spells it, e.g. `▁the` or `<0x0A>`.
    pub fn token_text(&self, id: u32) -> Option<&str> {
        self.vocab.text(id)
    }

    /// The token that the vocabulary spells `text`.
    pub fn token_id(&self, text: &str) -> Option<u32> {
        self.vocab.id(text)
    }

    /// What a token is for.
    pub fn token_kind(&self, id: u32) -> Option<TokenKind> {
        self.vocab.kind(id)
    }

    /// Whether `id` gives a conversation its structure, so that a user's words must never become it.
    pub fn is_structural(&self, id: u32) -> bool {
        self.vocab.is_structural(id)
    }

    /// The texts of all tokens that a user's words must never become.
    pub fn structural_texts(&self) -> impl Iterator<Item = &str> {
        self.vocab.iter().filter(|(id, _, _)| self.vocab.is_structural(*id)).map(|(_, text, _)| text)
    }
}

/// Which special tokens take the white space beside them along. A GGUF file does not say, so llama.cpp goes by names, and
/// so do we.
fn strip_rule(metadata: &Metadata) -> Result<impl Fn(&str) -> Strip, TokenizerError> {
    let name = metadata.opt_str("general.name")?.unwrap_or_default().to_lowercase();
    let pre = metadata.opt_str("tokenizer.ggml.pre")?.unwrap_or_default();
    let architecture = metadata.opt_str("general.architecture")?.unwrap_or_default();
    let has = |text: &str, parts: &[&str]| parts.iter().any(|part| text.contains(part));
    let mask = if has(pre, &["jina-v2-de", "jina-v2-es", "jina-v2-code"])
        || has(architecture, &["nomic-bert-moe", "jina-bert-v3"])
    {
        Some("<mask>")
    } else if has(&name, &["modern-bert"]) {
        Some("[MASK]")
    } else {
        None
    };
    let phi = mask.is_none() && has(&name, &["phi-3", "phi3"]);
    Ok(move |text: &str| Strip {
        left: mask == Some(text),
        right: phi && !matches!(text, "<unk>" | "<s>" | "<|endoftext|>"),
    })
}
