//! The WordPiece vocabulary and how text is cleaned for it, out of `tokenizer.json` or `vocab.txt` and what lies beside.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use wasm_chord_core::tokenizer::TokenKind;

use super::error::{ConvertError, Result};
use super::folder::Folder;

const TOKENIZER: &str = "tokenizer.json";
const TOKENIZER_CONFIG: &str = "tokenizer_config.json";
const VOCAB: &str = "vocab.txt";

/// Tokenizers that read `vocab.txt` as BERT's does.
const CLASSES: [&str; 7] = [
    "BertTokenizer",
    "BertTokenizerFast",
    "DistilBertTokenizer",
    "DistilBertTokenizerFast",
    "ElectraTokenizer",
    "ElectraTokenizerFast",
    "PreTrainedTokenizerFast",
];

/// A vocabulary as a GGUF file holds it.
#[derive(Debug)]
pub struct Vocabulary {
    /// Text and kind of each token. A token that begins a word has a `▁` in front, one that continues it has none.
    pub tokens: Vec<(String, TokenKind)>,
    /// The ids of tokens with a role, by its name in [`ROLES`].
    pub roles: Vec<(&'static str, u32)>,
    /// Whether text is put in lower case.
    pub lowercase: bool,
    /// Whether accents are taken off; where the file does not say, they are with lower case.
    pub strip_accents: Option<bool>,
    /// What will not be as in the original.
    pub warnings: Vec<String>,
}

/// The roles: their names, the tokens that have them where nothing else is said, and whether they have to be there.
const ROLES: [(&str, &str, bool); 5] = [
    ("cls", "[CLS]", true),
    ("sep", "[SEP]", true),
    ("unk", "[UNK]", true),
    ("pad", "[PAD]", false),
    ("mask", "[MASK]", false),
];

/// `tokenizer.json`.
#[derive(Deserialize)]
struct TokenizerFile {
    model: Model,
    #[serde(default)]
    normalizer: Option<Normalizer>,
    #[serde(default)]
    added_tokens: Vec<AddedToken>,
}

#[derive(Deserialize)]
struct Model {
    #[serde(rename = "type", default)]
    kind: Option<String>,
    #[serde(default)]
    vocab: serde_json::Value, // an object for WordPiece; other models have lists
    #[serde(default)]
    continuing_subword_prefix: Option<String>,
}

#[derive(Deserialize)]
struct Normalizer {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    lowercase: Option<bool>,
    #[serde(default)]
    strip_accents: Option<bool>,
    #[serde(default)]
    handle_chinese_chars: Option<bool>,
}

#[derive(Clone, Deserialize)]
struct AddedToken {
    #[serde(default)]
    id: u32,
    content: String,
    #[serde(default)]
    special: bool,
}

/// `tokenizer_config.json`, and `special_tokens_map.json`, which repeats a part of it.
#[derive(Default, Deserialize)]
struct TokenizerConfig {
    #[serde(default)]
    tokenizer_class: Option<String>,
    #[serde(default)]
    do_lower_case: Option<bool>,
    #[serde(default)]
    strip_accents: Option<bool>,
    #[serde(default)]
    tokenize_chinese_chars: Option<bool>,
    #[serde(default)]
    added_tokens_decoder: BTreeMap<String, AddedToken>,
    #[serde(default)]
    cls_token: Option<TokenName>,
    #[serde(default)]
    sep_token: Option<TokenName>,
    #[serde(default)]
    unk_token: Option<TokenName>,
    #[serde(default)]
    pad_token: Option<TokenName>,
    #[serde(default)]
    mask_token: Option<TokenName>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum TokenName {
    Text(String),
    Token { content: String },
}

impl TokenizerConfig {
    fn token(&self, role: &str) -> Option<&str> {
        let name = match role {
            "cls" => &self.cls_token,
            "sep" => &self.sep_token,
            "unk" => &self.unk_token,
            "pad" => &self.pad_token,
            _ => &self.mask_token,
        };
        name.as_ref().map(|name| match name {
            TokenName::Text(text) | TokenName::Token { content: text } => text.as_str(),
        })
    }
}

/// Tokens by id as the folder's files spell them, and those of them that stand outside the model's vocabulary.
struct Pieces {
    path: PathBuf,
    texts: BTreeMap<u32, String>,
    added: Vec<AddedToken>,
    normalizer: Option<Normalizer>,
}

impl Vocabulary {
    /// Reads the vocabulary of a model whose token embedding has `rows` rows.
    ///
    /// # Errors
    /// There is none, it is no WordPiece, a token that every text needs is missing, or there are more than `rows`.
    pub fn read(folder: &Folder, rows: u32) -> Result<Self> {
        let config: TokenizerConfig = folder.json(TOKENIZER_CONFIG)?.unwrap_or_default();
        let map: TokenizerConfig = folder.json("special_tokens_map.json")?.unwrap_or_default();
        let pieces = match folder.json::<TokenizerFile>(TOKENIZER)? {
            Some(file) => Pieces::of_file(folder, file)?,
            None => Pieces::of_list(folder, &config)?,
        };
        let Pieces { path, mut texts, added, normalizer } = pieces;
        for token in &added {
            texts.insert(token.id, token.content.clone());
        }
        if let Some((id, text)) = texts.range(rows..).next() {
            let what = format!("the token '{text}' has the id {id}, and by config.json there are {rows}");
            return Err(ConvertError::unsound(&path, what));
        }

        let mut special: Vec<u32> = added.iter().filter(|token| token.special).map(|token| token.id).collect();
        let mut roles = Vec::new();
        for (role, usual, needed) in ROLES {
            let text = config.token(role).or(map.token(role)).unwrap_or(usual);
            match texts.iter().find(|(_, other)| *other == text) {
                Some((&id, _)) => {
                    roles.push((role, id));
                    special.push(id);
                }
                None if needed => {
                    return Err(ConvertError::unsound(&path, format!("the vocabulary lacks the token '{text}'")));
                }
                None => {}
            }
        }
        let kind = |id: u32| match texts.contains_key(&id) {
            false => TokenKind::Unused,
            true if special.contains(&id) => TokenKind::Control,
            true if added.iter().any(|token| token.id == id) => TokenKind::UserDefined,
            true => TokenKind::Normal,
        };
        let token = |id: u32| {
            let kind = kind(id);
            let text = texts.get(&id).cloned().unwrap_or_else(|| format!("[PAD{id}]"));
            (spelt(text, kind), kind)
        };
        let tokens = (0..rows).map(token).collect();

        let (normal, mut warnings) = (normalizer.as_ref(), Vec::new());
        let chinese = config.tokenize_chinese_chars.or(normal.and_then(|n| n.handle_chinese_chars));
        if chinese == Some(false) {
            warnings.push("the model leaves Chinese characters together, and here each is a word".to_owned());
        }
        // What tokenizer_config.json says overrides tokenizer.json when Hugging Face's code loads the two.
        let lowercase = config.do_lower_case.or(normal.and_then(|n| n.lowercase)).unwrap_or(true);
        let strip_accents = config.strip_accents.or(normal.and_then(|n| n.strip_accents));
        Ok(Self { tokens, roles, lowercase, strip_accents, warnings })
    }
}

impl Pieces {
    fn of_file(folder: &Folder, file: TokenizerFile) -> Result<Self> {
        const KNOWN: &str = "WordPiece as BERT has it can be";
        let path = folder.path(TOKENIZER);
        let unsupported = |what: String| ConvertError::unsupported(&path, what, KNOWN);
        // Old files do not name the model.
        if let Some(kind) = file.model.kind.as_deref().filter(|kind| *kind != "WordPiece") {
            return Err(unsupported(format!("a tokenizer of type '{kind}'")));
        }
        if let Some(prefix) = file.model.continuing_subword_prefix.as_deref().filter(|prefix| *prefix != "##") {
            return Err(unsupported(format!("a vocabulary that marks the inside of words with '{prefix}'")));
        }
        match &file.normalizer {
            Some(normalizer) if normalizer.kind == "BertNormalizer" => {}
            Some(other) => return Err(unsupported(format!("a normalizer of type '{}'", other.kind))),
            None => return Err(unsupported("a tokenizer without a normalizer".to_owned())),
        }
        let json_error = |source| ConvertError::Json { path: path.clone(), source };
        let vocab: BTreeMap<String, u32> = serde_json::from_value(file.model.vocab).map_err(json_error)?;
        let mut texts = BTreeMap::new();
        for (text, id) in vocab {
            if let Some(other) = texts.insert(id, text) {
                let what = format!("the token '{other}' shares its id {id} with another");
                return Err(ConvertError::unsound(&path, what));
            }
        }
        Ok(Self { path, texts, added: file.added_tokens, normalizer: file.normalizer })
    }

    fn of_list(folder: &Folder, config: &TokenizerConfig) -> Result<Self> {
        let text = folder.text(VOCAB)?.ok_or_else(|| folder.missing("tokenizer.json and no vocab.txt"))?;
        if let Some(class) = config.tokenizer_class.as_deref().filter(|class| !CLASSES.contains(class)) {
            let (path, what) = (folder.path(TOKENIZER_CONFIG), format!("a '{class}' without its tokenizer.json"));
            return Err(ConvertError::unsupported(&path, what, "a BertTokenizer can be"));
        }
        let texts = (0..).zip(text.lines().map(str::to_owned)).collect();
        let path = folder.path(TOKENIZER_CONFIG);
        let added = config.added_tokens_decoder.iter().map(|(id, token)| {
            let bad = || ConvertError::unsound(&path, format!("'{id}' is no token's id"));
            Ok(AddedToken { id: id.parse().map_err(|_| bad())?, ..token.clone() })
        });
        Ok(Self { path: folder.path(VOCAB), texts, added: added.collect::<Result<_>>()?, normalizer: None })
    }
}

/// As llama.cpp has it: what begins a word has a mark in front, where BERT marks what continues one.
fn spelt(text: String, kind: TokenKind) -> String {
    match text.strip_prefix("##") {
        _ if kind == TokenKind::Control => text,
        Some(inside) => inside.to_owned(),
        None => format!("▁{text}"),
    }
}
