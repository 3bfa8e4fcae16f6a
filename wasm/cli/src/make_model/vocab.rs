//! What a vocabulary is, and the SentencePiece one of the small models: control tokens, all bytes, printable ASCII, and whole words.

use wasm_chord_core::tokenizer::TokenKind;

/// The mark SentencePiece puts for a space.
pub const SPACE: char = '\u{2581}';

/// Ids of the control tokens; they come first in the small models' vocabulary.
pub const UNK: u32 = 0;
/// Beginning of a sequence.
pub const BOS: u32 = 1;
/// Ends a message, and an answer.
pub const MESSAGE_END: u32 = 4;

const CONTROL: [&str; 5] = ["<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>"];

/// Messages in ChatML, in the control tokens above.
pub const CHAT_TEMPLATE: &str = "{% for message in messages %}\
    {{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}\
    {% endfor %}\
    {% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

/// Messages in Llama 3's form.
pub const LLAMA3_TEMPLATE: &str = "{% for message in messages %}\
    {{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] + '<|eot_id|>' }}\
    {% endfor %}\
    {% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}";

/// A vocabulary, and what a file says of it.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    /// `tokenizer.ggml.model`.
    pub model: &'static str,
    /// `tokenizer.ggml.pre`.
    pub pre: &'static str,
    /// The tokens, by id.
    pub tokens: Vec<Token>,
    /// Pairs of tokens that become one, the first to be merged first; none in SentencePiece.
    pub merges: Vec<String>,
    /// Beginning of a sequence.
    pub bos: u32,
    /// End of an answer.
    pub eos: u32,
    /// Whether a text begins with BOS.
    pub add_bos: bool,
    /// `tokenizer.chat_template`.
    pub chat_template: &'static str,
}

/// One token.
#[derive(Clone, Debug)]
pub struct Token {
    /// Its text, unique in the vocabulary.
    pub text: String,
    /// How eagerly it is formed: higher first.
    pub score: f32,
    /// What it is.
    pub kind: TokenKind,
}

/// A vocabulary whose last `words.len()` tokens are `words`, in order.
pub fn vocabulary(words: &[String]) -> Vocabulary {
    let control = CONTROL.iter().enumerate().map(|(id, text)| {
        let kind = if id == UNK as usize { TokenKind::Unknown } else { TokenKind::Control };
        Token { text: (*text).to_owned(), score: 0.0, kind }
    });
    let bytes = (0..=255u8).map(|byte| Token { text: format!("<0x{byte:02X}>"), score: 0.0, kind: TokenKind::Byte });
    // Without these a prompt would take a token for each byte, three for a space.
    let characters = std::iter::once(SPACE).chain('!'..='~').map(String::from);
    let pieces = characters.chain(words.iter().cloned()).enumerate();
    let pieces = pieces.map(|(rank, text)| Token { text, score: -(rank as f32) - 1.0, kind: TokenKind::Normal });
    Vocabulary {
        model: "llama",
        pre: "default",
        tokens: control.chain(bytes).chain(pieces).collect(),
        merges: Vec::new(),
        bos: BOS,
        eos: MESSAGE_END,
        add_bos: true,
        chat_template: CHAT_TEMPLATE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_where_the_constants_say() {
        let vocab = vocabulary(&["two".to_owned(), "words".to_owned()]).tokens;
        assert_eq!(vocab[BOS as usize].text, "<s>");
        assert_eq!(vocab[MESSAGE_END as usize].text, "<|im_end|>");
        assert_eq!(vocab[UNK as usize].kind, TokenKind::Unknown);
        assert_eq!(vocab[5 + 0x0A].text, "<0x0A>");
        assert_eq!(vocab.len(), 5 + 256 + 95 + 2);
        assert_eq!(vocab[vocab.len() - 1].text, "words");
    }
}
