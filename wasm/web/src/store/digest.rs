//! SHA-256 of a file, whose state can be written down and taken up again: a download that goes on later reads nothing twice.

use sha2::digest::common::hazmat::SerializableState;
use sha2::{Digest as _, Sha256};

/// The SHA-256 of the bytes so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hasher(Sha256);

impl Hasher {
    /// One that goes on where [`Self::state`] was written down; `None` if `state` is no such thing.
    pub(crate) fn resume(state: &str) -> Option<Self> {
        let bytes = from_hex(state)?;
        Sha256::deserialize(bytes.as_slice().try_into().ok()?).ok().map(Self)
    }

    /// More bytes of the file.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// What [`Self::resume`] needs, in hex.
    pub(crate) fn state(&self) -> String {
        to_hex(&self.0.serialize())
    }

    /// The digest of all bytes, in lower-case hex.
    pub(crate) fn finish(self) -> String {
        to_hex(&self.0.finalize())
    }
}

/// Whether `text` is a SHA-256 in hex, of either case.
pub(crate) fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn to_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|digit| digit.to_digit(16).map(|digit| digit as u8)).collect();
    let digits = digits?;
    digits.len().is_multiple_of(2).then(|| digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From FIPS 180-2, appendix B.1.
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn the_standards_example() {
        let mut hasher = Hasher::default();
        hasher.update(b"abc");
        assert_eq!(hasher.finish(), ABC);
        assert!(is_digest(ABC) && is_digest(&ABC.to_uppercase()));
        assert!(!is_digest(&ABC[1..]) && !is_digest(&ABC.replace('a', "g")) && !is_digest(""));
    }

    #[test]
    fn a_state_is_taken_up_at_any_byte() {
        let bytes: Vec<u8> = (0..1000_u32).map(|i| (i * i) as u8).collect();
        let mut whole = Hasher::default();
        whole.update(&bytes);
        let whole = whole.finish();
        for cut in [0, 1, 55, 63, 64, 65, 128, 999, 1000] {
            let mut first = Hasher::default();
            first.update(&bytes[..cut]);
            let mut second = Hasher::resume(&first.state()).expect("its own state");
            second.update(&bytes[cut..]);
            assert_eq!(second.finish(), whole, "cut at {cut}");
        }
    }

    #[test]
    fn what_is_no_state_is_refused() {
        let state = Hasher::default().state();
        assert!(Hasher::resume(&state[2..]).is_none());
        assert!(Hasher::resume(&format!("{state}0")).is_none());
        assert!(Hasher::resume("not hex").is_none());
        assert!(Hasher::resume("").is_none());
    }
}
