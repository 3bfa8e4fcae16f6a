//! What [`mixture`](super::Backend::mixture) works on: a router and its experts (Shazeer et al. 2017).

use super::Activation;

/// How a router's logits become probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gating {
    /// Of all experts together.
    Softmax,
    /// Of each by itself.
    Sigmoid,
}

/// How experts are chosen and weighed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Routing {
    /// How logits become probabilities.
    pub gating: Gating,
    /// Whether the chosen ones' weights are made to add up to 1.
    pub normalise: bool,
    /// Factor on the weights.
    pub scale: f32,
}

/// A router, and its experts' matrices in one weight each: those of expert `e` from row `e × rows` on.
#[derive(Clone, Copy, Debug)]
pub struct Mixture<'a, W> {
    /// `[experts, hidden]`.
    pub router: &'a W,
    /// Added to the probabilities for the choice alone, `[experts]`.
    pub bias: Option<&'a [f32]>,
    /// `[experts × ffn, hidden]`.
    pub gate: &'a W,
    /// `[experts × ffn, hidden]`.
    pub up: &'a W,
    /// `[experts × hidden, ffn]`.
    pub down: &'a W,
    /// How many experts there are.
    pub experts: usize,
    /// How many of them see a token.
    pub used: usize,
    /// How they are chosen.
    pub routing: Routing,
    /// How their gates are activated.
    pub activation: Activation,
}

impl Routing {
    /// The sum that weights are divided by is no less than this: llama.cpp's bound, the least normal f16.
    pub const LEAST_SUM: f32 = 6.103_515_6e-5;

    /// The experts that see a token, the likeliest first, each after its weight. `logits` are its router's, `[experts]`, and
    /// are probabilities then.
    pub fn choose(self, used: usize, logits: &mut [f32], bias: Option<&[f32]>, chosen: &mut Vec<(f32, usize)>) {
        self.gating.apply(logits);
        let bias = |expert: usize| bias.and_then(|bias| bias.get(expert)).copied().unwrap_or(0.0);
        chosen.clear();
        chosen.extend(logits.iter().enumerate().map(|(i, p)| (p + bias(i), i)));
        // The lower index wins a tie, as in a stable sort.
        chosen.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        chosen.truncate(used);
        let probability = |expert: usize| logits.get(expert).copied().unwrap_or(0.0);
        let sum: f32 = chosen.iter().map(|(_, expert)| probability(*expert)).sum();
        let sum = if self.normalise { sum.max(Self::LEAST_SUM) } else { 1.0 };
        chosen.iter_mut().for_each(|(weight, expert)| *weight = self.scale * probability(*expert) / sum);
    }
}

impl Gating {
    /// Logits of one token to probabilities.
    fn apply(self, x: &mut [f32]) {
        match self {
            Self::Sigmoid => x.iter_mut().for_each(|x| *x = 1.0 / (1.0 + (-*x).exp())),
            Self::Softmax => {
                let max = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                x.iter_mut().for_each(|x| *x = (*x - max).exp());
                let sum: f32 = x.iter().sum();
                x.iter_mut().for_each(|x| *x /= sum);
            }
        }
    }
}
