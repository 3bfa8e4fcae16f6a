//! `lfm2` (Liquid AI 2025): most layers mix tokens by a short gated convolution, some by attention with head norms. A layer
//! is a convolution where the file gives it no key heads.

use wasm_chord_core::backend::RopePairing;

use super::parts::{Attention, Block, Mixer, ShortConv};
use super::shape::Shape;
use super::{Decoder, Ends, Keys, Scope, Tensors};
use crate::error::{Error, Result};

#[derive(Clone, Debug)]
pub(super) struct Lfm2 {
    shape: Shape,
    taps: usize,
}

/// The published models look at 3 positions.
const MAX_TAPS: usize = 64;

impl Decoder for Lfm2 {
    fn read(keys: &Keys<'_>) -> Result<(Self, Ends)> {
        let shape = Shape::read(keys)?;
        let taps = taps(keys)?;
        let ends = ends(&shape, keys)?;
        Ok((Self { shape, taps }, ends))
    }

    fn block<T: Tensors>(&self, i: usize, t: &mut Scope<'_, T>) -> Result<Block<T::Weight>> {
        let mixer = mixer(&self.shape, self.taps, i, t)?;
        Block::llama(t, &self.shape, i, mixer)
    }
}

/// Positions the convolutions look at.
pub(super) fn taps(keys: &Keys<'_>) -> Result<usize> {
    let key = "shortconv.l_cache";
    match keys.size(key)? {
        taps @ 1..=MAX_TAPS => Ok(taps),
        taps => Err(Error::bad(keys.key(key), taps, format!("1 to {MAX_TAPS}"))),
    }
}

/// The last norm has the name that others give to the embedding's.
pub(super) fn ends(shape: &Shape, keys: &Keys<'_>) -> Result<Ends> {
    let rope = shape.rope(keys, RopePairing::Halves)?;
    Ok(Ends { norm: "token_embd_norm", ..Ends::plain(shape.config.clone(), vec![rope]) })
}

/// Convolution or attention, as the file has it for layer `i`.
pub(super) fn mixer<T: Tensors>(
    shape: &Shape,
    taps: usize,
    i: usize,
    t: &mut Scope<'_, T>,
) -> Result<Mixer<T::Weight>> {
    let hidden = shape.hidden();
    Ok(match shape.kv(i) {
        0 => Mixer::ShortConv(ShortConv::read(t, hidden, taps)?),
        _ => Mixer::Attention(Attention::read_with_head_norms(t, hidden, shape.attention(i), shape.eps())?),
    })
}
