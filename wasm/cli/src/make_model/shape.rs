//! Shapes of llama models: what the metadata says, and which tensors follow from it.

/// The widths of a llama model, in f32 elements, and what else its metadata says.
#[derive(Clone, Debug)]
pub struct Shape {
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
}

/// What a tensor is for; `blk.N.` tensors carry their layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// `token_embd`, `[vocab, hidden]`.
    Embedding,
    /// Any norm, `[hidden]`.
    Norm,
    /// `attn_q`, `attn_k`, `attn_v`, `attn_output`.
    Attention,
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
    /// Rows: the output width of a matrix, 1 for a norm.
    pub rows: usize,
    /// Weights in a row: the input width of a matrix.
    pub row_len: usize,
}

impl Shape {
    /// All tensors, in the order they are written.
    pub fn tensors(&self, vocab: usize) -> Vec<Tensor> {
        let Self { hidden, ffn, .. } = *self;
        let (q_width, kv_width) = (self.heads * self.head_dim, self.kv_heads * self.head_dim);
        let mut tensors = Vec::new();
        let mut add = |name: String, role, rows, row_len| tensors.push(Tensor { name, role, rows, row_len });
        add("token_embd.weight".to_owned(), Role::Embedding, vocab, hidden);
        for layer in 0..self.layers {
            let name = |part: &str| format!("blk.{layer}.{part}.weight");
            add(name("attn_norm"), Role::Norm, 1, hidden);
            add(name("attn_q"), Role::Attention, q_width, hidden);
            add(name("attn_k"), Role::Attention, kv_width, hidden);
            add(name("attn_v"), Role::Attention, kv_width, hidden);
            add(name("attn_output"), Role::Attention, hidden, q_width);
            add(name("ffn_norm"), Role::Norm, 1, hidden);
            add(name("ffn_gate"), Role::FfnGate(layer), ffn, hidden);
            add(name("ffn_up"), Role::FfnUp(layer), ffn, hidden);
            add(name("ffn_down"), Role::FfnDown(layer), hidden, ffn);
        }
        add("output_norm.weight".to_owned(), Role::Norm, 1, hidden);
        if !self.tied {
            add("output.weight".to_owned(), Role::Output, vocab, hidden);
        }
        tensors
    }
}
