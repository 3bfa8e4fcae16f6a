//! Activations as the products take them: tiles of tokens, whose words lie side by side, rounded to 8 bits for quantised
//! weights.
//!
//! A tile of `T` tokens is `[words of a token][T]`: one token alone, or as many as the arch multiplies together. Tokens that
//! fill up the last tile are zero.

use crate::dot::{Form, TAIL};
use crate::vector::{LANES, Vector};

/// Tokens of the widest tile.
pub const TOKENS: usize = 4;

/// Columns that share a scale.
const BLOCK: usize = 32;

/// Below this largest value a block counts as zero: the inverse of its scale would overflow.
const TINY: f32 = 1e-30;

/// Tokens of a tile when there are `n`, for an arch that multiplies [`Dot::TOKENS`](crate::dot::Dot::TOKENS) together.
pub const fn tile_of(tokens: usize, n: usize) -> usize {
    if n == 1 { 1 } else { tokens }
}

/// Words of one token of `width` columns.
pub const fn words(form: Form, width: usize) -> usize {
    match form {
        Form::Floats => width,
        Form::Bytes | Form::Pairs => width / BLOCK * form.block(),
    }
}

/// Packs `x`, `[n, width]`, into tiles of `tokens`, 1 or [`TOKENS`]: `out` is `[n up to whole tiles, words(form, width)]`.
///
/// To 8 bits a block of 32 is `q = round(x / scale)`, `scale = max|x| / 127`; ties go to even.
#[inline(always)]
pub fn pack<V: Vector>(v: V, form: Form, x: &[f32], width: usize, tokens: usize, out: &mut [u32]) {
    for (x, out) in x.chunks(tokens * width).zip(out.chunks_exact_mut(tokens * words(form, width))) {
        if tokens == 1 {
            tile(v, form, x, width, out.as_chunks_mut::<1>().0);
        } else {
            tile(v, form, x, width, out.as_chunks_mut::<TOKENS>().0);
        }
    }
}

/// Packs at most `T` tokens.
#[inline(always)]
fn tile<V: Vector, const T: usize>(v: V, form: Form, x: &[f32], width: usize, out: &mut [[u32; T]]) {
    for t in 0..T {
        let Some(x) = x.get(t * width..(t + 1) * width) else {
            out.iter_mut().for_each(|word| word[t] = 0);
            continue;
        };
        if form == Form::Floats {
            out.iter_mut().zip(x).for_each(|(word, x)| word[t] = x.to_bits());
        } else {
            for (x, out) in x.as_chunks::<BLOCK>().0.iter().zip(out.chunks_exact_mut(form.block())) {
                block(v, form, x, t, out);
            }
        }
    }
}

/// Packs one block of token `t`.
#[inline(always)]
fn block<V: Vector, const T: usize>(v: V, form: Form, x: &[f32; BLOCK], t: usize, out: &mut [[u32; T]]) {
    let x = x.as_chunks::<LANES>().0;
    let mut largest = v.splat(0.0);
    for x in x {
        largest = v.max(largest, v.abs(v.load(x)));
    }
    let largest = v.max_lane(largest);
    let inverse = v.splat(if largest > TINY { 127.0 / largest } else { 0.0 });
    let mut quants = [0i8; BLOCK];
    for (x, quants) in x.iter().zip(quants.as_chunks_mut::<LANES>().0) {
        v.store_i8(v.round(v.mul(v.load(x), inverse)), quants);
    }
    let (groups, tail) = out.split_at_mut(form.block() - TAIL);
    let mut sums = [[0i16; 2]; 2];
    for (g, q) in quants.as_chunks::<4>().0.iter().enumerate() {
        let wide = q.map(i16::from);
        sums[g / 4][0] += wide[0] + wide[1];
        sums[g / 4][1] += wide[2] + wide[3];
        if form == Form::Bytes {
            groups[g][t] = u32::from_le_bytes(q.map(|q| q as u8));
        } else {
            groups[2 * g][t] = pair([wide[0], wide[2]]);
            groups[2 * g + 1][t] = pair([wide[1], wide[3]]);
        }
    }
    let scale = largest / 127.0;
    let sum: i16 = sums.as_flattened().iter().sum();
    let words = [pair(sums[0]), pair(sums[1]), scale.to_bits(), (scale * f32::from(sum)).to_bits()];
    tail.iter_mut().zip(words).for_each(|(tail, word)| tail[t] = word);
}

/// Two i16 in a word, the first in its lower half.
fn pair([first, second]: [i16; 2]) -> u32 {
    u32::from(first as u16) | u32::from(second as u16) << 16
}
