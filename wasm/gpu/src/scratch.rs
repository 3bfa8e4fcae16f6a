//! Memory that an op works in and nobody sees: kept from one op to the next, and made anew where one needs more.

use std::sync::Arc;

use wasm_chord_core::BackendError;
use wgpu::BufferUsages;

use crate::backend::GpuBackend;
use crate::memory::Memory;

/// What such memory is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Results of attentions cut in parts.
    Attention,
    /// Which experts see each token.
    Routes,
    /// The tokens of each expert.
    Groups,
    /// Gates of experts, then their activations.
    Gates,
    /// The gates' partners.
    Ups,
    /// What experts return.
    Downs,
    /// Activations in bytes.
    Packed,
}

/// All of it.
#[derive(Debug, Default)]
pub struct Scratch([Option<Arc<Memory>>; 7]);

impl GpuBackend {
    /// Memory for `len` words.
    ///
    /// # Errors
    /// There is none, or it is more than a kernel may see at once.
    pub(crate) fn scratch(&mut self, of: Use, len: usize) -> Result<Arc<Memory>, BackendError> {
        let bytes = (len as u64).saturating_mul(4);
        let Scratch(kept) = &mut self.scratch;
        let kept = kept.get_mut(of as usize);
        if let Some(memory) = kept.as_ref().and_then(|kept| kept.as_ref()).filter(|memory| memory.bytes() >= bytes) {
            return Ok(Arc::clone(memory));
        }
        let what = match of {
            Use::Attention => "parts of an attention",
            Use::Packed => "activations in bytes",
            Use::Routes | Use::Groups | Use::Gates | Use::Ups | Use::Downs => "activations of experts",
        };
        if bytes > self.device.capabilities.activation_bytes() {
            return Err(BackendError::OutOfMemory { what: what.to_owned(), bytes });
        }
        let memory = Arc::new(self.allocator.buffer(&self.device, what, bytes, BufferUsages::STORAGE)?);
        if let Some(kept) = kept {
            *kept = Some(Arc::clone(&memory));
        }
        Ok(memory)
    }
}
