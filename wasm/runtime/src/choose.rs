//! A pass and the token after it: from a few candidates where the backend picks them, from all logits elsewhere.

use wasm_chord_core::Backend;

use crate::at_once::at_once;
use crate::error::Result;
use crate::model::Model;
use crate::sampler::Sampler;

impl<B: Backend + 'static> Model<B> {
    /// Feeds `tokens` at positions `position..`, and has `sampler` choose the token after them; `recent` are the sequence's
    /// tokens so far, these included. The token is the one that the sampler gives for [`forward`](Self::forward)'s logits,
    /// for which there is room in `logits`, `[vocab_size]`: they are read where the backend picks no candidates, or those do
    /// not tell.
    ///
    /// # Errors
    /// As [`forward_into`](Self::forward_into) and [`Sampler::sample`].
    pub fn choose(
        &mut self,
        tokens: &[u32],
        position: usize,
        sampler: &mut Sampler,
        recent: &[u32],
        logits: &mut [f32],
    ) -> Result<u32> {
        at_once(self.backend_name(), self.choose_async(tokens, position, sampler, recent, logits))
    }

    /// [`choose`](Self::choose) for backends that have to be awaited: the GPU of a browser.
    ///
    /// # Errors
    /// As [`choose`](Self::choose).
    pub async fn choose_async(
        &mut self,
        tokens: &[u32],
        position: usize,
        sampler: &mut Sampler,
        recent: &[u32],
        logits: &mut [f32],
    ) -> Result<u32> {
        let vocab = self.check_logits(logits)?;
        self.advance(tokens, position).await?;
        if let Some((count, apart)) = sampler.wanted(vocab, self.backend.most_candidates(), recent) {
            self.candidates(count, apart).await?;
            if let Some(token) = sampler.sample_candidates(&self.candidates, vocab)? {
                return Ok(token);
            }
        }
        self.read_logits(logits).await?;
        sampler.sample(logits, recent)
    }

    /// Finds the `count` likeliest tokens after the last pass. Suppressed ones are among those apart, with −∞.
    async fn candidates(&mut self, count: usize, apart: &[u32]) -> Result<()> {
        self.apart.clear();
        self.apart.extend_from_slice(apart);
        let suppressed = &self.scales.suppressed;
        self.apart.extend(suppressed.iter().filter(|token| apart.binary_search(token).is_err()));
        let (vocab, found) = (self.config.vocab_size, &mut self.candidates);
        self.backend.candidates_async(&self.logits, vocab, count, &self.apart, found).await?;
        for (logit, _) in found.apart.iter_mut().filter(|(_, token)| suppressed.contains(token)) {
            *logit = f32::NEG_INFINITY;
        }
        Ok(())
    }
}
