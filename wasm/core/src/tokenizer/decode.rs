//! Tokens back to text, one at a time, never handing out half a character.

use super::Tokenizer;

/// Turns tokens into text as they come. A character whose bytes are spread over several tokens is held back until it is
/// whole; bytes that can never become one turn into U+FFFD.
#[derive(Clone, Debug)]
pub struct DecodeStream {
    held: Vec<u8>, // at most 3 bytes between calls
    strip_space: bool,
}

impl DecodeStream {
    pub(super) fn new(strip_space: bool) -> Self {
        Self { held: Vec::new(), strip_space }
    }

    /// Takes the next token and returns the text that is now whole, often all of the token's.
    pub fn push(&mut self, tokenizer: &Tokenizer, id: u32) -> String {
        let start = self.held.len();
        tokenizer.append_piece(id, &mut self.held);
        if self.strip_space && self.held.len() > start {
            self.strip_space = false;
            if self.held.get(start) == Some(&b' ') {
                self.held.remove(start);
            }
        }
        self.take_whole()
    }

    /// Ends the text: what was held back can no longer become whole.
    pub fn finish(&mut self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut self.held)).into_owned()
    }

    fn take_whole(&mut self) -> String {
        let mut text = String::new();
        let mut rest = &self.held[..];
        loop {
            let error = match std::str::from_utf8(rest) {
                Ok(valid) => {
                    text.push_str(valid);
                    rest = &[];
                    break;
                }
                Err(error) => error,
            };
            let (valid, after) = rest.split_at(error.valid_up_to());
            text.push_str(&String::from_utf8_lossy(valid));
            rest = after;
            let Some(invalid) = error.error_len() else { break }; // The rest may still become a character.
            text.push(char::REPLACEMENT_CHARACTER);
            rest = rest.get(invalid..).unwrap_or_default();
        }
        let taken = self.held.len() - rest.len();
        self.held.drain(..taken); // its memory is used again
        text
    }
}
