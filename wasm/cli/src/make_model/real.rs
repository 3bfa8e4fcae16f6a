//! The shapes of real models, from their published configurations: for measuring speed and memory. The weights are random,
//! and so what such a model writes means nothing.

use super::shape::{Parts, Role, Shape, Tensor};
use super::word_vocab::Family;
use crate::args::ShapeName;

const DESCRIPTION: &str = "Random weights in the shape of a real model, for measuring.";

/// The shape called `name`, if it is a real model's.
pub fn shape(name: ShapeName) -> Option<Shape> {
    match name {
        ShapeName::Demo | ShapeName::Tiny => None,
        ShapeName::SmolLm2_135M => Some(SMOLLM2_135M),
        ShapeName::Qwen2_5_0_5B => Some(QWEN2_5_0_5B),
        ShapeName::Qwen3_0_6B => Some(QWEN3_0_6B),
        ShapeName::Llama3_2_1B => Some(LLAMA3_2_1B),
    }
}

/// The vocabulary of a shape.
pub fn family(shape: &Shape) -> Family {
    match (shape.architecture, shape.parts) {
        ("llama", Parts::RopeFactors) => Family::Llama3,
        ("llama", _) => Family::SmolLm2,
        _ => Family::Qwen2,
    }
}

const SMOLLM2_135M: Shape = Shape {
    architecture: "llama",
    name: "SmolLM2-135M shape",
    description: DESCRIPTION,
    hidden: 576,
    layers: 30,
    heads: 9,
    kv_heads: 3,
    head_dim: 64,
    ffn: 1536,
    context: 8192,
    rope_base: 100_000.0,
    eps: 1e-5,
    tied: true,
    parts: Parts::Plain,
};

const QWEN2_5_0_5B: Shape = Shape {
    architecture: "qwen2",
    name: "Qwen2.5-0.5B shape",
    hidden: 896,
    layers: 24,
    heads: 14,
    kv_heads: 2,
    ffn: 4864,
    context: 32_768,
    rope_base: 1_000_000.0,
    eps: 1e-6,
    parts: Parts::Biases,
    ..SMOLLM2_135M
};

const QWEN3_0_6B: Shape = Shape {
    architecture: "qwen3",
    name: "Qwen3-0.6B shape",
    hidden: 1024,
    layers: 28,
    heads: 16,
    kv_heads: 8,
    head_dim: 128,
    ffn: 3072,
    context: 40_960,
    parts: Parts::HeadNorms,
    ..QWEN2_5_0_5B
};

const LLAMA3_2_1B: Shape = Shape {
    name: "Llama-3.2-1B shape",
    hidden: 2048,
    layers: 16,
    heads: 32,
    kv_heads: 8,
    ffn: 8192,
    context: 131_072,
    rope_base: 500_000.0,
    parts: Parts::RopeFactors,
    ..SMOLLM2_135M
};

/// Llama 3.2's divisors of the rotary frequencies, as its converter works them out: 1 for what turns often over the
/// original context of 8192, 32 for what hardly turns, and a ramp between the two.
pub fn rope_factors(shape: &Shape) -> Vec<f32> {
    const FACTOR: f64 = 32.0;
    const ORIGINAL_CONTEXT: f64 = 8192.0;
    const SLOW_TURNS: f64 = 1.0;
    const FAST_TURNS: f64 = 4.0;
    let factor = |pair: usize| {
        let frequency = f64::from(shape.rope_base).powf(-2.0 * pair as f64 / shape.head_dim as f64);
        let turns = ORIGINAL_CONTEXT * frequency / std::f64::consts::TAU;
        let fast = ((turns - SLOW_TURNS) / (FAST_TURNS - SLOW_TURNS)).clamp(0.0, 1.0);
        (1.0 / ((1.0 - fast) / FACTOR + fast)) as f32
    };
    (0..shape.head_dim / 2).map(factor).collect()
}

/// How the random weights of a tensor are spread. Matrices keep the variance of what goes through them, and the embedding,
/// which is the output matrix too, gives logits a deviation of 2: no number grows without bound, and a greedy choice is no
/// tie.
pub fn mean_and_deviation(tensor: &Tensor) -> (f32, f32) {
    let keeping = 1.0 / (tensor.row_len as f32).sqrt();
    match tensor.role {
        Role::Norm => (1.0, 0.1),
        Role::Bias => (0.0, 0.1),
        Role::Embedding | Role::Output => (0.0, 2.0 * keeping),
        _ => (0.0, keeping),
    }
}
