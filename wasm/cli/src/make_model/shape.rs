//! Shapes of llamas and their kin: what the metadata says, and which tensors follow from it.

/// The widths of a model, in f32 elements, and what else its metadata says.
#[derive(Clone, Debug)]
pub struct Shape {
    /// `general.architecture`: a llama, or one that differs in what [`Parts`] says.
    pub architecture: &'static str,
    /// `general.name`.
    pub name: &'static str,
    /// `general.description`.
    pub description: &'static str,
    /// Width of the residual stream.
    pub hidden: usize,
    /// Transformer blocks.
    pub layers: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads.
    pub kv_heads: usize,
    /// Width of a head.
    pub head_dim: usize,
    /// Width of the feed-forward network.
    pub ffn: usize,
    /// Positions the model says it was trained for.
    pub context: usize,
    /// Base of the rotary embedding.
    pub rope_base: f32,
    /// Added to the mean square in RMSNorm.
    pub eps: f32,
    /// Whether the embedding serves as the output matrix too.
    pub tied: bool,
    /// What it has beside a llama's tensors.
    pub parts: Parts,
}

/// Tensors that not every architecture has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parts {
    /// None of them.
    Plain,
    /// Biases of queries, keys and values (Qwen2).
    Biases,
    /// Norms of each head's queries and keys (Qwen3).
    HeadNorms,
    /// Divisors of the rotary frequencies (Llama 3.1 and later).
    RopeFactors,
}

/// What a tensor is for; `blk.N.` tensors carry their layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// `token_embd`, `[vocab, hidden]`.
    Embedding,
    /// Any norm, `[hidden]` or `[head_dim]`.
    Norm,
    /// A bias, as wide as its matrix has rows.
    Bias,
    /// `rope_freqs`, `[head_dim / 2]`.
    RopeFactors,
    /// `attn_q`, `attn_k`, `attn_output`.
    Attention,
    /// `attn_v` of a layer.
    Value(usize),
    /// `ffn_gate` of a layer, `[ffn, hidden]`.
    FfnGate(usize),
    /// `ffn_up` of a layer, `[ffn, hidden]`.
    FfnUp(usize),
    /// `ffn_down` of a layer, `[hidden, ffn]`.
    FfnDown(usize),
    /// `output`, `[vocab, hidden]`.
    Output,
}

/// One tensor of a shape.
#[derive(Clone, Debug)]
pub struct Tensor {
    /// Its name in the file.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Rows: the output width of a matrix, 1 for a vector.
    pub rows: usize,
    /// Weights in a row: the input width of a matrix.
    pub row_len: usize,
}

impl Tensor {
    /// Whether it has one row and stays in 32-bit floats.
    pub fn is_vector(&self) -> bool {
        matches!(self.role, Role::Norm | Role::Bias | Role::RopeFactors)
    }

    /// Its extents as a file gives them, fastest first.
    pub fn dims(&self) -> Vec<usize> {
        if self.is_vector() { vec![self.row_len] } else { vec![self.row_len, self.rows] }
    }
}

impl Shape {
    /// All tensors, in the order they are written.
    pub fn tensors(&self, vocab: usize) -> Vec<Tensor> {
        let Self { hidden, ffn, head_dim, parts, .. } = *self;
        let (q_width, kv_width) = (self.heads * head_dim, self.kv_heads * head_dim);
        let mut tensors = Vec::new();
        let mut add = |name: String, role, rows, row_len| tensors.push(Tensor { name, role, rows, row_len });
        add("token_embd.weight".to_owned(), Role::Embedding, vocab, hidden);
        if parts == Parts::RopeFactors {
            add("rope_freqs.weight".to_owned(), Role::RopeFactors, 1, head_dim / 2);
        }
        for layer in 0..self.layers {
            let name = |part: &str| format!("blk.{layer}.{part}");
            add(name("attn_norm.weight"), Role::Norm, 1, hidden);
            add(name("attn_q.weight"), Role::Attention, q_width, hidden);
            add(name("attn_k.weight"), Role::Attention, kv_width, hidden);
            add(name("attn_v.weight"), Role::Value(layer), kv_width, hidden);
            if parts == Parts::Biases {
                add(name("attn_q.bias"), Role::Bias, 1, q_width);
                add(name("attn_k.bias"), Role::Bias, 1, kv_width);
                add(name("attn_v.bias"), Role::Bias, 1, kv_width);
            }
            if parts == Parts::HeadNorms {
                add(name("attn_q_norm.weight"), Role::Norm, 1, head_dim);
                add(name("attn_k_norm.weight"), Role::Norm, 1, head_dim);
            }
            add(name("attn_output.weight"), Role::Attention, hidden, q_width);
            add(name("ffn_norm.weight"), Role::Norm, 1, hidden);
            add(name("ffn_gate.weight"), Role::FfnGate(layer), ffn, hidden);
            add(name("ffn_up.weight"), Role::FfnUp(layer), ffn, hidden);
            add(name("ffn_down.weight"), Role::FfnDown(layer), hidden, ffn);
        }
        add("output_norm.weight".to_owned(), Role::Norm, 1, hidden);
        if !self.tied {
            add("output.weight".to_owned(), Role::Output, vocab, hidden);
        }
        tensors
    }
}
