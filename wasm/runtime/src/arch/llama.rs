//! `llama` (Touvron et al. 2023): RMSNorm before each branch, rotary grouped-query attention, SwiGLU. Also what
//! TinyLlama, SmolLM2, Mistral and Llama 3 files call themselves.

use wasm_chord_core::Backend;
use wasm_chord_core::backend::{AttentionParams, Result as BackendResult, RopePairing, RopeSpec};
use wasm_chord_core::gguf::Gguf;

use super::{Architecture, Kind, Layer, Scratch, StepInfo, TensorSpec, Weights};
use crate::config::TransformerConfig;
use crate::error::{Error, Result};
use crate::rope;

pub(super) fn from_gguf(gguf: &Gguf) -> Result<Architecture> {
    let meta = &gguf.metadata;
    let size = |key: &str| -> Result<usize> { Ok(meta.u32(&format!("llama.{key}"))? as usize) };
    let opt_size =
        |key: &str| -> Result<Option<usize>> { Ok(meta.opt_u32(&format!("llama.{key}"))?.map(|v| v as usize)) };

    let experts = opt_size("expert_count")?.unwrap_or(0);
    if experts > 0 {
        return Err(Error::UnsupportedFeature { what: format!("{experts} experts ('llama.expert_count')") });
    }
    let num_heads = size("attention.head_count")?;
    // The rows of the embedding are what counts: `llama.vocab_size` is sometimes off.
    let embedding = gguf.tensor("token_embd.weight").ok_or_else(|| missing("token_embd.weight"))?;
    let config = TransformerConfig {
        vocab_size: embedding.rows(),
        hidden_size: size("embedding_length")?,
        num_layers: size("block_count")?,
        num_heads,
        num_kv_heads: opt_size("attention.head_count_kv")?.unwrap_or(num_heads),
        intermediate_size: size("feed_forward_length")?,
        max_seq_len: size("context_length")?,
        rms_norm_eps: meta.f32("llama.attention.layer_norm_rms_epsilon")?,
        rope_theta: meta.opt_f32("llama.rope.freq_base")?.unwrap_or(10_000.0),
    };
    config.validate()?;
    let head_dim = match opt_size("attention.key_length")? {
        Some(head_dim) => head_dim,
        None => even_head_dim(&config)?,
    };
    if let Some(value_length) = opt_size("attention.value_length")?.filter(|v| *v != head_dim) {
        return Err(Error::bad("llama.attention.value_length", value_length, format!("{head_dim}, the key length")));
    }
    check_head_dim(head_dim)?; // Before there is a frequency for each pair.
    let n_rot = opt_size("rope.dimension_count")?.unwrap_or(head_dim);
    let rope = rope::from_gguf(gguf, "llama", RopePairing::Adjacent, head_dim, n_rot, &config)?;
    with_head_dim(config, head_dim, rope)
}

pub(super) fn from_config(config: TransformerConfig) -> Result<Architecture> {
    config.validate()?;
    let head_dim = even_head_dim(&config)?;
    let rope = RopeSpec::plain(RopePairing::Adjacent, head_dim, config.rope_theta);
    with_head_dim(config, head_dim, rope)
}

/// 1024 is four times the widest head of any open model; past it only a damaged file goes.
fn check_head_dim(head_dim: usize) -> Result<()> {
    match head_dim {
        1..=1024 => Ok(()),
        _ => Err(Error::bad("llama.attention.key_length", head_dim, "1 to 1024")),
    }
}

fn with_head_dim(config: TransformerConfig, head_dim: usize, rope: RopeSpec) -> Result<Architecture> {
    check_head_dim(head_dim)?;
    let attention = AttentionParams {
        n_heads: config.num_heads,
        n_kv_heads: config.num_kv_heads,
        head_dim,
        scale: 1.0 / (head_dim as f32).sqrt(),
        window: None,
        softcap: None,
    };
    Ok(Architecture { config, attention, rope, kind: Kind::Llama })
}

/// `hidden_size / num_heads`, which rotary pairs need to be whole and even.
fn even_head_dim(config: &TransformerConfig) -> Result<usize> {
    let head_dim = config.hidden_size / config.num_heads;
    if head_dim * config.num_heads != config.hidden_size || !head_dim.is_multiple_of(2) {
        let expected = format!("{} heads of an even width each", config.num_heads);
        return Err(Error::bad("hidden_size", config.hidden_size, expected));
    }
    Ok(head_dim)
}

fn missing(name: &str) -> Error {
    Error::MissingTensor { name: name.to_owned(), architecture: "llama".to_owned() }
}

pub(super) fn tensors(arch: &Architecture, specs: &mut Vec<TensorSpec>) {
    specs.push(TensorSpec::optional_on_host(rope::FACTORS, [arch.rope.inv_freq.len()]));
    let hidden = arch.config.hidden_size;
    let ffn = arch.config.intermediate_size;
    let q_width = arch.attention.n_heads * arch.attention.head_dim;
    let kv_width = arch.attention.n_kv_heads * arch.attention.head_dim;
    for i in 0..arch.config.num_layers {
        let mut need =
            |name: &str, dims: &[usize]| specs.push(TensorSpec::required(format!("blk.{i}.{name}.weight"), dims));
        need("attn_norm", &[hidden]);
        need("attn_q", &[hidden, q_width]);
        need("attn_k", &[hidden, kv_width]);
        need("attn_v", &[hidden, kv_width]);
        need("attn_output", &[q_width, hidden]);
        need("ffn_norm", &[hidden]);
        need("ffn_gate", &[hidden, ffn]);
        need("ffn_up", &[hidden, ffn]);
        need("ffn_down", &[ffn, hidden]);
    }
}

pub(super) fn layer<B: Backend + 'static>(
    arch: &Architecture,
    i: usize,
    weights: &mut Weights<B::Weight>,
) -> Result<Box<dyn Layer<B>>> {
    let mut take = |name: &str| weights.take(&format!("blk.{i}.{name}.weight"));
    Ok(Box::new(Block::<B> {
        hidden: arch.config.hidden_size,
        ffn: arch.config.intermediate_size,
        eps: arch.config.rms_norm_eps,
        attention: arch.attention,
        attn_norm: take("attn_norm")?,
        q: take("attn_q")?,
        k: take("attn_k")?,
        v: take("attn_v")?,
        output: take("attn_output")?,
        ffn_norm: take("ffn_norm")?,
        gate: take("ffn_gate")?,
        up: take("ffn_up")?,
        down: take("ffn_down")?,
    }))
}

struct Block<B: Backend> {
    hidden: usize,
    ffn: usize,
    eps: f32,
    attention: AttentionParams,
    attn_norm: B::Weight, // [hidden]
    q: B::Weight,         // [n_heads × head_dim, hidden]
    k: B::Weight,         // [n_kv_heads × head_dim, hidden]
    v: B::Weight,         // [n_kv_heads × head_dim, hidden]
    output: B::Weight,    // [hidden, n_heads × head_dim]
    ffn_norm: B::Weight,  // [hidden]
    gate: B::Weight,      // [ffn, hidden]
    up: B::Weight,        // [ffn, hidden]
    down: B::Weight,      // [hidden, ffn]
}

impl<B: Backend> Layer<B> for Block<B> {
    fn forward(
        &self,
        b: &mut B,
        step: &StepInfo<'_>,
        cache: &mut B::KvCache,
        s: &mut Scratch<B>,
        x: &mut B::Buffer,
    ) -> BackendResult<()> {
        let &StepInfo { pos, n, angles } = step;
        let AttentionParams { n_heads, n_kv_heads, head_dim, .. } = self.attention;

        b.rms_norm(x, &self.attn_norm, self.eps, &mut s.normed, n)?;
        b.matmul(&s.normed, n, &mut [(&self.q, &mut s.q), (&self.k, &mut s.k), (&self.v, &mut s.v)])?;
        b.rope(&mut s.q, angles, n_heads, head_dim, n)?;
        b.rope(&mut s.k, angles, n_kv_heads, head_dim, n)?;
        b.kv_write(cache, &s.k, &s.v, pos, n)?;
        b.attention(&s.q, cache, &self.attention, &mut s.attended, pos, n)?;
        b.matmul(&s.attended, n, &mut [(&self.output, &mut s.normed)])?;
        b.add(x, &s.normed, n * self.hidden)?;

        b.rms_norm(x, &self.ffn_norm, self.eps, &mut s.normed, n)?;
        b.matmul(&s.normed, n, &mut [(&self.gate, &mut s.gate), (&self.up, &mut s.up)])?;
        b.swiglu(&mut s.gate, &s.up, n * self.ffn)?;
        b.matmul(&s.gate, n, &mut [(&self.down, &mut s.normed)])?;
        b.add(x, &s.normed, n * self.hidden)
    }
}
