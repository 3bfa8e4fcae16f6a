//! The SentencePiece vocabulary of the generated models: control tokens, all bytes, printable ASCII, and whole words.

/// The mark SentencePiece puts for a space.
pub const SPACE: char = '\u{2581}';

/// Ids of the control tokens; they come first in every generated vocabulary.
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

/// `tokenizer.ggml.token_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A piece of text.
    Normal = 1,
    /// Stands for text the vocabulary cannot spell.
    Unknown = 2,
    /// Never text.
    Control = 3,
    /// One byte.
    Byte = 6,
}

/// One token.
#[derive(Clone, Debug)]
pub struct Token {
    /// Its text, unique in the vocabulary.
    pub text: String,
    /// How eagerly it is formed: higher first.
    pub score: f32,
    /// What it is.
    pub kind: Kind,
}

/// A vocabulary whose last `words.len()` tokens are `words`, in order.
pub fn vocabulary(words: &[String]) -> Vec<Token> {
    let control = CONTROL.iter().enumerate().map(|(id, text)| {
        let kind = if id == UNK as usize { Kind::Unknown } else { Kind::Control };
        Token { text: (*text).to_owned(), score: 0.0, kind }
    });
    let bytes = (0..=255u8).map(|byte| Token { text: format!("<0x{byte:02X}>"), score: 0.0, kind: Kind::Byte });
    // Without these a prompt would take a token for each byte, three for a space.
    let characters = std::iter::once(SPACE).chain('!'..='~').map(String::from);
    let pieces = characters.chain(words.iter().cloned()).enumerate();
    let pieces = pieces.map(|(rank, text)| Token { text, score: -(rank as f32) - 1.0, kind: Kind::Normal });
    control.chain(bytes).chain(pieces).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_where_the_constants_say() {
        let vocab = vocabulary(&["two".to_owned(), "words".to_owned()]);
        assert_eq!(vocab[BOS as usize].text, "<s>");
        assert_eq!(vocab[MESSAGE_END as usize].text, "<|im_end|>");
        assert_eq!(vocab[UNK as usize].kind, Kind::Unknown);
        assert_eq!(vocab[5 + 0x0A].text, "<0x0A>");
        assert_eq!(vocab.len(), 5 + 256 + 95 + 2);
        assert_eq!(vocab[vocab.len() - 1].text, "words");
    }
}
