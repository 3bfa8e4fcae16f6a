//! BPE with a list of merges: pieces ([`super::pre`]) are cut into bytes, or into characters, then the pair of neighbours
//! that stands earliest in the list is merged, again and again ([`super::merge`]).

use super::byte_level::Alphabet;
use super::memory::Memory;
use super::merge::{Join, Merger, Symbol};
use super::merges::Merges;
use super::pieces::Pieces;
use super::pre::Family;
use super::spm;
use super::vocab::{TokenKind, Vocab};

/// The merges of a vocabulary, and what text is cut into before.
#[derive(Clone, Debug)]
pub(super) struct Bpe {
    family: Family,
    /// By the two halves. A half that is no token of its own has an id beyond the vocabulary, one of `strangers`.
    merges: Merges,
    strangers: Pieces,
    spelling: Spelling,
}

/// How tokens spell text.
#[derive(Clone, Debug)]
enum Spelling {
    /// In GPT-2's alphabet.
    Bytes(Box<Bytes>),
    /// In UTF-8, with `▁` for a space.
    Characters,
}

#[derive(Clone, Debug)]
struct Bytes {
    alphabet: Alphabet,
    symbols: [u32; 256],
}

/// What no merge and no token knows.
const UNKNOWN: u32 = u32::MAX;

impl Bpe {
    /// `merges` are lines of two halves with a space between, best first; how many are not, and are left out, is returned
    /// too.
    pub(super) fn new(vocab: &Vocab, merges: &[String], family: Family) -> (Self, usize) {
        let mut bpe = Self {
            family,
            merges: Merges::with_capacity(merges.len()),
            strangers: Pieces::default(),
            spelling: Spelling::Characters,
        };
        let mut joined = String::new();
        let mut left_out = 0;
        for (line, priority) in merges.iter().zip(0..) {
            let Some((left, right)) = halves(line) else {
                left_out += 1;
                continue;
            };
            joined.clear();
            joined.extend([left, right]);
            let id = match vocab.id(&joined) {
                Some(id) if vocab.is_structural(id) => continue, // Text never becomes a control token.
                _ => bpe.symbol(vocab, &joined),
            };
            let halves = (bpe.symbol(vocab, left), bpe.symbol(vocab, right));
            bpe.merges.insert_first(halves, Join { priority, id });
        }
        if !family.raw {
            let alphabet = Alphabet::new();
            let mut symbols = [UNKNOWN; 256];
            for byte in 0..=255u8 {
                let text = alphabet.char(byte);
                symbols[usize::from(byte)] = bpe.known_symbol(vocab, text.encode_utf8(&mut [0; 4]));
            }
            bpe.spelling = Spelling::Bytes(Box::new(Bytes { alphabet, symbols }));
        }
        (bpe, left_out)
    }

    /// The id of a half of a merge, a new one if need be.
    fn symbol(&mut self, vocab: &Vocab, text: &str) -> u32 {
        match self.known_symbol(vocab, text) {
            UNKNOWN => vocab.len() as u32 + self.strangers.push(text),
            known => known,
        }
    }

    fn known_symbol(&self, vocab: &Vocab, text: &str) -> u32 {
        let stranger = || self.strangers.id(text).map(|id| vocab.len() as u32 + id);
        vocab.text_id(text).or_else(stranger).unwrap_or(UNKNOWN)
    }

    /// Appends the tokens of `text`.
    pub(super) fn encode(&self, vocab: &Vocab, text: &str, out: &mut Vec<u32>) {
        match self.spelling {
            Spelling::Bytes(_) => self.encode_escaped(vocab, text, out),
            Spelling::Characters => self.encode_escaped(vocab, &spm::escape(text, false, false), out),
        }
    }

    fn encode_escaped(&self, vocab: &Vocab, text: &str, out: &mut Vec<u32>) {
        let mut merger = Merger::default();
        let mut spelt = String::new();
        let mut memory = Memory::default();
        self.family.split(text, &mut |piece| {
            memory.append(piece, out, |out| self.encode_piece(vocab, piece, &mut merger, &mut spelt, out));
        });
    }

    fn encode_piece(&self, vocab: &Vocab, piece: &str, merger: &mut Merger, spelt: &mut String, out: &mut Vec<u32>) {
        if let Some(id) = self.whole(vocab, piece, spelt) {
            out.push(id);
            return;
        }
        merger.clear(piece.len());
        match &self.spelling {
            Spelling::Bytes(bytes) => {
                for byte in piece.bytes() {
                    merger.push(1, bytes.symbols[usize::from(byte)]);
                }
            }
            Spelling::Characters => {
                for c in piece.chars() {
                    merger.push(c.len_utf8(), self.known_symbol(vocab, c.encode_utf8(&mut [0; 4])));
                }
            }
        }
        merger.merge(|left, right| self.merges.get((left.id, right.id)));
        for symbol in merger.symbols() {
            if (symbol.id as usize) < vocab.len() {
                out.push(symbol.id);
            } else {
                self.spell_out(vocab, piece, symbol, out);
            }
        }
    }

    /// The piece as one token, where the merges have no say.
    fn whole(&self, vocab: &Vocab, piece: &str, spelt: &mut String) -> Option<u32> {
        match &self.spelling {
            Spelling::Bytes(bytes) if self.family.ignore_merges => {
                spelt.clear();
                spelt.extend(piece.bytes().map(|byte| bytes.alphabet.char(byte)));
                vocab.text_id(spelt)
            }
            Spelling::Bytes(_) => None,
            // Gemma 4 has tokens for runs of line breaks, and not all the merges that would lead to them.
            Spelling::Characters => piece.bytes().all(|byte| byte == b'\n').then(|| vocab.text_id(piece)).flatten(),
        }
    }

    /// Appends tokens for a symbol that is none: for each of its bytes the one that stands for it, or the unknown one. A
    /// vocabulary that has neither cannot express the text, and it is left out.
    fn spell_out(&self, vocab: &Vocab, piece: &str, symbol: &Symbol, out: &mut Vec<u32>) {
        let end = symbol.start as usize + symbol.len as usize;
        let text = piece.as_bytes().get(symbol.start as usize..end).unwrap_or_default();
        // Some files name the end of text here, which text must not become.
        let unknown = vocab.unk.filter(|&id| vocab.kind(id) == Some(TokenKind::Unknown));
        let token = |&byte: &u8| match &self.spelling {
            Spelling::Bytes(bytes) => {
                Some(bytes.symbols[usize::from(byte)]).filter(|&id| (id as usize) < vocab.len()).or(unknown)
            }
            Spelling::Characters => vocab.byte_id(byte).or(unknown),
        };
        out.extend(text.iter().filter_map(token));
    }

    /// Appends the bytes that a token's text stands for.
    pub(super) fn decode(&self, text: &str, out: &mut Vec<u8>) {
        match &self.spelling {
            Spelling::Bytes(bytes) => bytes.alphabet.decode(text, out),
            Spelling::Characters => spm::unescape(text, out),
        }
    }
}

/// The halves of a merge. The first may itself begin with a space.
fn halves(line: &str) -> Option<(&str, &str)> {
    let space = line.bytes().skip(1).position(|byte| byte == b' ')? + 1;
    let (left, right) = (line.get(..space)?, line.get(space + 1..)?);
    (!right.is_empty()).then_some((left, right))
}
