//! GPT-2's alphabet of bytes: every byte is written as a printable character, so that a vocabulary is text. Printable
//! Latin-1 stands for itself; the others take the characters from U+0100 on, in order.

/// The characters that stand for bytes, `Ġ` for a space among them.
#[derive(Clone, Debug)]
pub(super) struct Alphabet {
    chars: [char; 256],
    bytes: [Option<u8>; 0x144],
}

impl Alphabet {
    pub(super) fn new() -> Self {
        let mut alphabet = Self { chars: ['\0'; 256], bytes: [None; 0x144] };
        let mut others = '\u{100}'..;
        for byte in 0..=255u8 {
            let itself = matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
            let c = if itself { char::from(byte) } else { others.next().unwrap_or_default() };
            alphabet.chars[usize::from(byte)] = c;
            if let Some(slot) = alphabet.bytes.get_mut(c as usize) {
                *slot = Some(byte);
            }
        }
        alphabet
    }

    /// The character that stands for `byte`.
    pub(super) fn char(&self, byte: u8) -> char {
        self.chars[usize::from(byte)]
    }

    /// Appends the bytes that a token's text stands for; a character that stands for none, as it is.
    pub(super) fn decode(&self, text: &str, out: &mut Vec<u8>) {
        for c in text.chars() {
            match self.bytes.get(c as usize).copied().flatten() {
                Some(byte) => out.push(byte),
                None => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_its_own_character() {
        let alphabet = Alphabet::new();
        let text: String = (0..=255).map(|byte| alphabet.char(byte)).collect();
        assert!(text.chars().all(|c| !c.is_whitespace() && !c.is_control()));
        let mut bytes = Vec::new();
        alphabet.decode(&text, &mut bytes);
        assert_eq!(bytes, (0..=255).collect::<Vec<u8>>());
        assert_eq!([b' ', b'\n', b'a', 0xAD].map(|byte| alphabet.char(byte)), ['Ġ', 'Ċ', 'a', 'Ń']);
        bytes.clear();
        alphabet.decode("Ġ中", &mut bytes);
        assert_eq!(bytes, " 中".as_bytes());
    }
}
