//! The tiny model: a llama with random weights. Its answers mean nothing; its logits are spread out enough to compare.

use super::Fill;
use super::rng::SplitMix64;
use super::shape::{Parts, Role, Shape, Tensor};

/// The tiny model's shape: grouped-query attention of three, and no two widths alike.
pub const SHAPE: Shape = Shape {
    architecture: "llama",
    name: "Chord tiny",
    description: "Random weights, for tests.",
    hidden: 96,
    layers: 2,
    heads: 6,
    kv_heads: 2,
    head_dim: 16,
    ffn: 160,
    context: 256,
    rope_base: 10_000.0,
    eps: 1e-5,
    tied: true,
    parts: Parts::Plain,
};

/// Random weights.
pub struct Random(SplitMix64);

impl Random {
    /// Weights that follow from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(SplitMix64::new(seed))
    }
}

impl Fill for Random {
    fn fill(&mut self, tensor: &Tensor) -> Vec<f32> {
        let (mean, std) = match tensor.role {
            Role::Norm => (1.0, 0.1),
            Role::Embedding | Role::Output => (0.0, 0.25),
            // Keeps the variance of what goes through.
            _ => (0.0, 1.0 / (tensor.row_len as f32).sqrt()),
        };
        self.0.vec(tensor.rows * tensor.row_len, mean, std)
    }
}
