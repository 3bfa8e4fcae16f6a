//! An encoder on a backend: all tokens of a text at once, and one vector for them.

use wasm_chord_core::Backend;

use crate::arch::bert::{Bert, Embeddings, EncoderBlock, Pooling};
use crate::arch::{Scratch, Weights, Widths};
use crate::error::{Error, Result};

/// A `bert`'s weights and scratch.
pub(crate) struct Encoder<B: Backend> {
    backend: B,
    bert: Bert,
    embeddings: Embeddings<B::Weight>,
    blocks: Vec<EncoderBlock<B::Weight>>,
    work: Option<Work<B>>,
}

/// Activations for texts of up to `rows` tokens.
struct Work<B: Backend> {
    rows: usize,
    x: B::Buffer, // [rows, hidden]
    cache: B::KvCache,
    scratch: Scratch<B>,
}

impl<B: Backend + 'static> Encoder<B> {
    /// Puts loaded tensors together.
    pub fn from_weights(backend: B, bert: Bert, mut weights: Weights<B::Weight>) -> Result<Self> {
        let embeddings = bert.embeddings(&mut weights)?;
        let blocks = (0..bert.config().num_layers).map(|i| bert.block(i, &mut weights)).collect::<Result<_>>()?;
        Ok(Self { backend, bert, embeddings, blocks, work: None })
    }

    /// Tokens a text may have.
    pub fn context(&self) -> usize {
        self.bert.config().max_seq_len
    }

    /// Width of the vector.
    pub fn width(&self) -> usize {
        self.bert.config().hidden_size
    }

    pub fn backend(&self) -> &B {
        &self.backend
    }

    pub fn backend_name(&self) -> &'static str {
        self.backend.name()
    }

    /// The pooled vector of `tokens`, `[hidden]`.
    pub async fn encode(&mut self, tokens: &[u32]) -> Result<Vec<f32>> {
        let (n, hidden) = (tokens.len(), self.width());
        self.check(tokens)?;
        let mut work = self.work_for(n)?;
        let mut rows = vec![0.0; n * hidden];
        let outcome = match self.run(tokens, &mut work) {
            Ok(()) => self.backend.read_async(&work.x, &mut rows).await.map_err(Error::from),
            Err(error) => Err(error),
        };
        self.work = Some(work);
        outcome?;
        Ok(pool(self.bert.pooling, &rows, hidden))
    }

    fn check(&self, tokens: &[u32]) -> Result<()> {
        let vocab = self.bert.config().vocab_size;
        if tokens.is_empty() {
            return Err(Error::BadRequest { what: "there are no tokens to embed; give one at least".to_owned() });
        }
        if let Some(token) = tokens.iter().find(|token| **token as usize >= vocab) {
            return Err(Error::BadRequest { what: format!("token {token} is not in the vocabulary of {vocab}") });
        }
        if tokens.len() > self.context() {
            return Err(Error::ContextFull { needed: tokens.len(), context: self.context() });
        }
        Ok(())
    }

    /// Scratch for `n` tokens: what is there, or a larger one.
    fn work_for(&mut self, n: usize) -> Result<Work<B>> {
        if let Some(work) = self.work.take().filter(|work| work.rows >= n) {
            return Ok(work);
        }
        let rows = n.next_multiple_of(64).min(self.context());
        let (hidden, b) = (self.bert.config().hidden_size, &mut self.backend);
        let widths = self.blocks.iter().fold(Widths::default(), |widths, block| widths.max(block.widths()));
        let Some(first) = self.blocks.first() else {
            return Err(Error::bad("bert.block_count", 0, "at least 1"));
        };
        let cache = first.cache(b, rows)?;
        Ok(Work { rows, x: b.buffer(rows * hidden)?, cache, scratch: Scratch::new(b, hidden, widths, rows)? })
    }

    /// Takes `tokens` through all blocks, into `work.x`.
    fn run(&mut self, tokens: &[u32], work: &mut Work<B>) -> Result<()> {
        let (b, n) = (&mut self.backend, tokens.len());
        let len = n * self.bert.config().hidden_size;
        let Work { x, cache, scratch, .. } = work;
        let (sum, term) = (&mut scratch.normed, &mut scratch.branch);
        b.embed(&self.embeddings.tokens, tokens, sum)?;
        let positions: Vec<u32> = (0..n as u32).collect(); // No context is longer than u32.
        b.embed(&self.embeddings.positions, &positions, term)?;
        b.add(sum, term, len)?;
        b.embed(&self.embeddings.token_types, &vec![0; n], term)?; // One text, of the first type.
        b.add(sum, term, len)?;
        self.embeddings.norm.forward(b, sum, x, n)?;
        for block in &self.blocks {
            block.forward(b, n, cache, scratch, x)?;
        }
        Ok(())
    }
}

/// One vector of the rows of `width`.
fn pool(pooling: Pooling, rows: &[f32], width: usize) -> Vec<f32> {
    let mut all = rows.chunks_exact(width);
    match pooling {
        Pooling::First => all.next().unwrap_or_default().to_vec(),
        Pooling::Last => all.next_back().unwrap_or_default().to_vec(),
        Pooling::Mean => {
            let n = all.len() as f64;
            let mut sums = vec![0.0; width];
            for row in all {
                sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += f64::from(*x));
            }
            sums.into_iter().map(|sum: f64| (sum / n) as f32).collect()
        }
    }
}
