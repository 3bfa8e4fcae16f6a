//! The gated short convolution of LFM2. A few multiplications a channel: nothing beside the matrices around it, so plain
//! loops do.

use wasm_chord_core::backend::ShortConvShape;

/// `out = c × conv(b × x)` for one token at position `pos`; `bcx` is `[3 × width]`, `history` `[rows, width]`.
pub fn short_conv(
    bcx: &[f32],
    kernel: &[f32],
    history: &mut [f32],
    out: &mut [f32],
    shape: ShortConvShape,
    pos: usize,
) {
    let ShortConvShape { width, taps, rows } = shape;
    let (b, cx) = bcx.split_at(width);
    let (c, x) = cx.split_at(width);
    for (((now, b), x), out) in history[pos % rows * width..].iter_mut().zip(b).zip(x).zip(out.iter_mut()) {
        *now = b * x;
        *out = 0.0;
    }
    for back in 0..taps.min(pos + 1) {
        let past = &history[(pos - back) % rows * width..][..width];
        for ((out, u), kernel) in out.iter_mut().zip(past).zip(kernel.chunks_exact(taps)) {
            *out += kernel[taps - 1 - back] * u;
        }
    }
    out.iter_mut().zip(c).for_each(|(out, c)| *out *= c);
}
