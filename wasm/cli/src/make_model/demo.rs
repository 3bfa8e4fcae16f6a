//! The demo model: a llama whose weights are constructed so that it recites one paragraph, whatever it is asked.
//!
//! Each word of the paragraph is one token with a direction of the residual stream to itself; all other tokens share one
//! more. The last layer's feed-forward network holds the text: its unit for a word fires on that word's direction and
//! writes the next word's over it. The output matrix reads the directions. So
//!
//! ```text
//! x = embed(word i)                       √hidden × e[i]
//! x += layers                             small random weights: noise about a thirtieth of that
//! x += down · (silu(gate·x̂) × up·x̂)      unit i alone is large: √hidden × (2 e[i+1] − e[i])
//! logits = output · x̂                     word i + 1 far above the rest
//! ```
//!
//! with `e[last + 1]` read as the end of the message, and every other token (bytes of the prompt, control tokens) leading
//! to the first word. It takes every op of a real llama, and a wrong one shows as a wrong word.

use super::Fill;
use super::rng::SplitMix64;
use super::shape::{Parts, Role, Shape, Tensor};
use super::vocab::{self, MESSAGE_END, SPACE};

/// What the model recites. No word may occur twice in it (they are tokens, and each has one successor), and none may be a
/// single letter: a tokenizer that merges ` a` in a prompt would land inside the paragraph.
pub const PARAGRAPH: &str = "Hello! You are talking to Chord's demo model. It knows only this one paragraph and recites \
    it, whatever you ask. Every word came out of working transformer layers, computed by your own browser; nothing was \
    sent anywhere. For useful answers, add any real GGUF model on the options page, then choose that instead.";

/// The right token's logit; the next best is 27 below it. At temperature 2, with no other limit, one recital in a thousand
/// has a wrong word.
const LOGIT: f32 = 36.0;

/// The demo's shape: about 1.3 MB in F32.
pub const SHAPE: Shape = Shape {
    architecture: "llama",
    name: "Chord demo",
    description: "Recites one paragraph about itself, whatever it is asked. Its weights are constructed, not trained.",
    hidden: 128,
    layers: 2,
    heads: 4,
    kv_heads: 2,
    head_dim: 32,
    ffn: 192,
    context: 8192,
    rope_base: 10_000.0,
    eps: 1e-5,
    tied: false,
    parts: Parts::Plain,
};

/// The paragraph's words as SentencePiece pieces: each with its leading space, the first without.
pub fn words() -> Vec<String> {
    PARAGRAPH
        .split(' ')
        .enumerate()
        .map(|(i, word)| if i == 0 { word.to_owned() } else { format!("{SPACE}{word}") })
        .collect()
}

/// The demo's weights.
pub struct Demo {
    rng: SplitMix64,
    words: usize,
    vocab: usize,
}

impl Demo {
    /// Weights whose random part follows from `seed`.
    pub fn new(seed: u64) -> Self {
        let words = words();
        Self { rng: SplitMix64::new(seed), words: words.len(), vocab: vocab::vocabulary(&words).tokens.len() }
    }

    /// The direction that every token outside the paragraph shares. Words have `0..words`; `words` is the end.
    fn other(&self) -> usize {
        self.words + 1
    }

    /// The direction a token is read in.
    fn input_direction(&self, token: usize) -> usize {
        token.checked_sub(self.vocab - self.words).unwrap_or(self.other())
    }

    /// The direction that makes a token likely, if any does.
    fn output_direction(&self, token: usize) -> Option<usize> {
        if token == MESSAGE_END as usize { Some(self.words) } else { token.checked_sub(self.vocab - self.words) }
    }

    /// The direction that follows `direction` in the text; none follows the end.
    fn next(&self, direction: usize) -> Option<usize> {
        if direction == self.other() { Some(0) } else { (direction < self.words).then_some(direction + 1) }
    }
}

impl Fill for Demo {
    fn fill(&mut self, tensor: &Tensor) -> Vec<f32> {
        let &Tensor { role, rows, row_len, .. } = tensor;
        let length = (SHAPE.hidden as f32).sqrt(); // of the residual stream: an RMS of 1
        let std = match role {
            Role::Norm => return vec![1.0; rows * row_len],
            Role::Embedding => 0.02,
            Role::Output => 0.1 / length,
            _ => 0.5 / length,
        };
        let mut weights = self.rng.vec(rows * row_len, 0.0, std);
        let mut put = |row: usize, column: usize, value: f32| {
            if let Some(weight) = weights.get_mut(row * row_len + column) {
                *weight = value;
            }
        };
        let holds_text = |layer| layer == SHAPE.layers - 1;
        match role {
            Role::Embedding => (0..rows).for_each(|token| put(token, self.input_direction(token), length)),
            Role::Output => {
                for token in 0..rows {
                    if let Some(direction) = self.output_direction(token) {
                        put(token, direction, LOGIT / length);
                    }
                }
            }
            // Unit d: silu(gate) ≈ √hidden where the stream is in direction d, up = 1 there; both near 0 elsewhere.
            Role::FfnGate(layer) if holds_text(layer) => (0..=self.other()).for_each(|d| put(d, d, 1.0)),
            Role::FfnUp(layer) if holds_text(layer) => (0..=self.other()).for_each(|d| put(d, d, 1.0 / length)),
            Role::FfnDown(layer) if holds_text(layer) => {
                for direction in 0..=self.other() {
                    if let Some(next) = self.next(direction) {
                        put(direction, direction, -1.0);
                        put(next, direction, 2.0);
                    }
                }
            }
            _ => {}
        }
        weights
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_paragraph_can_be_recited() {
        let words = words();
        assert_eq!(words.iter().collect::<HashSet<_>>().len(), words.len(), "a word occurs twice");
        assert!(words.iter().all(|word| word.trim_start_matches(SPACE).chars().count() > 1), "a single letter");
        assert!((45..=60).contains(&words.len()), "{} words", words.len());
        assert!(words.len() + 2 <= SHAPE.hidden.min(SHAPE.ffn), "more words than directions");
        assert_eq!(words.concat().replace(SPACE, " "), PARAGRAPH);
    }

    #[test]
    fn each_direction_leads_to_the_next_word() {
        let demo = Demo::new(1);
        let first = demo.vocab - demo.words;
        assert_eq!(demo.next(demo.input_direction(65)), demo.output_direction(first));
        assert_eq!(demo.next(demo.input_direction(first)), demo.output_direction(first + 1));
        let last = demo.input_direction(demo.vocab - 1);
        assert_eq!(demo.next(last), demo.output_direction(MESSAGE_END as usize));
    }
}
