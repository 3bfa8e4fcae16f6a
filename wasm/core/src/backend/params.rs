//! The constants an op needs beside its tensors.

/// How much one layer's cache may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KvShape {
    /// Positions at most.
    pub capacity: usize,
    /// Key (and value) heads.
    pub n_kv_heads: usize,
    /// Width of a head.
    pub head_dim: usize,
}

impl KvShape {
    /// f32 of one position's keys (or values).
    pub fn width(&self) -> usize {
        self.n_kv_heads * self.head_dim
    }
}

/// How a gate is activated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// `x / (1 + e^-x)`.
    Silu,
    /// As [`gelu`](super::Backend::gelu).
    Gelu,
}

/// What [`short_conv`](super::Backend::short_conv) works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShortConvShape {
    /// Channels.
    pub width: usize,
    /// Positions each output looks at, itself included.
    pub taps: usize,
    /// Positions the history holds; `taps` at least.
    pub rows: usize,
}

/// What [`attention`](super::Backend::attention) needs beside its tensors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttentionParams {
    /// Query heads; a multiple of `n_kv_heads`.
    pub n_heads: usize,
    /// Key and value heads.
    pub n_kv_heads: usize,
    /// Width of a head.
    pub head_dim: usize,
    /// Factor on `q·k`, usually `1/sqrt(head_dim)`.
    pub scale: f32,
    /// Sliding window: position `i` sees `j` when `i - j < window`. `None`: everything before it.
    pub window: Option<usize>,
    /// Soft cap `c` on the scaled scores: `c × tanh(s / c)`.
    pub softcap: Option<f32>,
    /// Whether a query sees only what is not after it. `false`, for encoders: it sees all positions of the call.
    pub causal: bool,
}

/// Which elements of a head turn together (Su et al. 2021, RoFormer, and the two layouts in use).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RopePairing {
    /// `(x[2i], x[2i+1])`: llama and its kin as GGUF stores them ("norm").
    #[default]
    Adjacent,
    /// `(x[i], x[i + n_rot/2])`: "neox".
    Halves,
}

/// The rotary embedding of one model: what turns, and how fast.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RopeSpec {
    /// Which elements turn together.
    pub pairing: RopePairing,
    /// Radians per position, one for each pair: `n_rot / 2` of them.
    pub inv_freq: Vec<f32>,
    /// Factor on sine and cosine (YaRN's and longrope's attention factor; 1 elsewhere).
    pub magnitude: f32,
}

impl RopeSpec {
    /// The plain embedding: pair `i` turns by `base^(-2i/n_rot)` a position.
    pub fn plain(pairing: RopePairing, n_rot: usize, base: f32) -> Self {
        let inv_freq = (0..n_rot / 2).map(|i| (f64::from(base)).powf(-2.0 * i as f64 / n_rot as f64) as f32).collect();
        Self { pairing, inv_freq, magnitude: 1.0 }
    }
}

/// Sines and cosines of consecutive positions, worked out once a forward pass and shared by all its layers.
#[derive(Clone, Debug, Default)]
pub struct RopeAngles {
    spec: RopeSpec,
    cos: Vec<f32>, // [n, n_rot / 2]
    sin: Vec<f32>, // [n, n_rot / 2]
}

impl RopeAngles {
    /// Angles of `spec`, for no position yet.
    pub fn new(spec: RopeSpec) -> Self {
        Self { spec, cos: Vec::new(), sin: Vec::new() }
    }

    /// Fills the table for positions `pos..pos + n`; its memory is kept from one call to the next.
    pub fn prepare(&mut self, pos: usize, n: usize) {
        self.cos.clear();
        self.sin.clear();
        for p in pos..pos + n {
            for &freq in &self.spec.inv_freq {
                // In f64: at position 100,000 an f32 angle is off by 0.004 rad.
                let (sin, cos) = (p as f64 * f64::from(freq)).sin_cos();
                self.cos.push(cos as f32 * self.spec.magnitude);
                self.sin.push(sin as f32 * self.spec.magnitude);
            }
        }
    }

    /// Which elements turn together.
    pub fn pairing(&self) -> RopePairing {
        self.spec.pairing
    }

    /// How many elements of a head turn.
    pub fn n_rot(&self) -> usize {
        self.spec.inv_freq.len() * 2
    }

    /// Rows the table holds.
    pub fn rows(&self) -> usize {
        self.cos.len().checked_div(self.spec.inv_freq.len()).unwrap_or(0)
    }

    /// Cosines and sines of row `i`, one for each pair.
    pub fn row(&self, i: usize) -> (&[f32], &[f32]) {
        let half = self.spec.inv_freq.len();
        (&self.cos[i * half..(i + 1) * half], &self.sin[i * half..(i + 1) * half])
    }
}
