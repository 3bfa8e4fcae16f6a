//! Random weights straight in their stored form: quantising floats would take minutes for a model of a gigabyte, and
//! random bits with scales that fit are as good for measuring.
//!
//! Numbers of a type are spread evenly around 0: where it has minima, each is half the range of its scale. Scales vary by a
//! third, and have either sign where the type's real ones have.

use wasm_chord_core::block::{self, BlockError};
use wasm_chord_core::gguf::GgmlType;

use super::rng::SplitMix64;

/// Appends `weights` random weights of type `ty` to `out`, whole blocks of them, with the given mean and deviation. The
/// mean is for the plain floats; it is 0 for all others.
///
/// # Errors
/// [`BlockError::NoQuantizer`] for a type that nothing is stored as here.
pub fn append(
    rng: &mut SplitMix64,
    ty: GgmlType,
    weights: usize,
    mean: f32,
    std: f32,
    out: &mut Vec<u8>,
) -> Result<(), BlockError> {
    if ty.block_len() == 1 {
        out.extend(block::quantize_row(ty, &rng.vec(weights, mean, std))?);
        return Ok(());
    }
    let layout = Layout::of(ty).ok_or(BlockError::NoQuantizer { ty })?;
    let scales = Scales::new(&layout, std)?;
    let start = out.len();
    out.resize(start + ty.row_bytes(weights), 0);
    let new = out.get_mut(start..).unwrap_or_default();
    rng.bytes(new);
    new.chunks_exact_mut(ty.block_bytes()).for_each(|block| layout.fit(rng, block, &scales));
    Ok(())
}

/// The scales and minima that blocks choose from, as F16.
struct Scales {
    scales: [[u8; 2]; CHOICE],
    minima: [[u8; 2]; CHOICE],
}

const CHOICE: usize = 256;

impl Scales {
    /// A third around what gives the deviation `std`.
    fn new(layout: &Layout, std: f32) -> Result<Self, BlockError> {
        let middle = std / layout.spread;
        let scales: Vec<f32> = (0..CHOICE).map(|i| middle * (0.67 + i as f32 * (0.66 / 255.0))).collect();
        let half_range = match layout.inner {
            Inner::Minimum(half) => -half,
            Inner::SixBits(half) => half,
            Inner::Signed | Inner::Bytes | Inner::EightBits => 0.0,
        };
        let minima: Vec<f32> = scales.iter().map(|scale| half_range * scale).collect();
        let f16s = |values: &[f32]| -> Result<_, BlockError> {
            let bytes = block::quantize_row(GgmlType::F16, values)?;
            Ok(std::array::from_fn(|i| bytes.as_chunks().0.get(i).copied().unwrap_or_default()))
        };
        Ok(Self { scales: f16s(&scales)?, minima: f16s(&minima)? })
    }
}

/// Where a type's scales lie, and what they multiply.
struct Layout {
    /// Deviation of its numbers times their inner scales.
    spread: f32,
    /// Bytes before the scale.
    scale_at: usize,
    inner: Inner,
}

/// What beside the scale must fit.
#[derive(Clone, Copy, PartialEq)]
enum Inner {
    /// Nothing: numbers around 0, and a scale of either sign.
    Signed,
    /// Bytes around 0, of which −128 does not occur.
    Bytes,
    /// A minimum after the scale; numbers from 0 to twice this.
    Minimum(f32),
    /// A minimum after the scale, then eight scales and minima of 6 bits; numbers from 0 to twice this.
    SixBits(f32),
    /// Sixteen scales of 8 bits before the scale.
    EightBits,
}

/// Deviation of whole numbers spread evenly over `n` values.
fn even(n: f32) -> f32 {
    ((n * n - 1.0) / 12.0).sqrt()
}

/// Six-bit scales are from 32 to 63, so 47.5 on average; eight-bit ones 64 to 127 of either sign.
const SIX_BITS: f32 = 47.5;
const EIGHT_BITS: f32 = 95.5;

impl Layout {
    fn of(ty: GgmlType) -> Option<Self> {
        let (spread, scale_at, inner) = match ty {
            GgmlType::Q8_0 => (even(255.0), 0, Inner::Bytes),
            GgmlType::Q4_0 => (even(16.0), 0, Inner::Signed),
            GgmlType::Q5_0 => (even(32.0), 0, Inner::Signed),
            GgmlType::Q4_1 => (even(16.0), 0, Inner::Minimum(7.5)),
            GgmlType::Q5_1 => (even(32.0), 0, Inner::Minimum(15.5)),
            GgmlType::Q4_K => (even(16.0) * SIX_BITS, 0, Inner::SixBits(7.5)),
            GgmlType::Q5_K => (even(32.0) * SIX_BITS, 0, Inner::SixBits(15.5)),
            GgmlType::Q6_K => (even(64.0) * EIGHT_BITS, 208, Inner::EightBits),
            _ => return None,
        };
        Some(Self { spread, scale_at, inner })
    }

    /// Makes random bytes a block.
    fn fit(&self, rng: &mut SplitMix64, block: &mut [u8], choice: &Scales) {
        let bits @ [which, sign, ..] = rng.next().to_le_bytes();
        let [low, high] = choice.scales[usize::from(which)];
        let sign = if self.inner == Inner::Signed { sign & 0x80 } else { 0 };
        put(block, self.scale_at, [low, high | sign]);
        if let Inner::Minimum(_) | Inner::SixBits(_) = self.inner {
            put(block, 2, choice.minima[usize::from(which)]);
        }
        match self.inner {
            Inner::Signed | Inner::Minimum(_) => {}
            Inner::Bytes => block.iter_mut().skip(2).filter(|byte| **byte == 0x80).for_each(|byte| *byte = 0x81),
            Inner::SixBits(_) => {
                if let Some(packed) = block.get_mut(4..).and_then(|bytes| bytes.first_chunk_mut()) {
                    *packed = six_bits(bits);
                }
            }
            Inner::EightBits => block.iter_mut().skip(192).take(16).for_each(|byte| {
                let size = (*byte & 63) + 64;
                *byte = if *byte & 64 == 0 { size } else { size.wrapping_neg() };
            }),
        }
    }
}

/// Eight scales from 32 to 63, each its own minimum, packed as Q4_K and Q5_K have them: the first four in the low six bits
/// of bytes 0 to 3 (minima: 4 to 7), the others' low nibbles in bytes 8 to 11, their high bits atop bytes 0 to 7.
fn six_bits(random: [u8; 8]) -> [u8; 12] {
    let scales = random.map(|byte| byte & 31 | 32);
    let mut packed = [0; 12];
    for i in 0..4 {
        let (first, second) = (scales[i], scales[i + 4]);
        packed[i] = first | (second >> 4) << 6;
        packed[i + 4] = packed[i];
        packed[i + 8] = (second & 15) * 0x11;
    }
    packed
}

fn put(block: &mut [u8], at: usize, bytes: [u8; 2]) {
    if let Some(out) = block.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
        *out = bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_every_type_have_the_deviation_asked_for() {
        use GgmlType::{BF16, F16, F32, Q4_0, Q4_1, Q4_K, Q5_0, Q5_1, Q5_K, Q6_K, Q8_0};
        for ty in [F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K] {
            let (n, std) = (64 * 1024, 0.03);
            let mut bytes = Vec::new();
            append(&mut SplitMix64::new(7), ty, n, 0.0, std, &mut bytes).unwrap();
            let mut weights = vec![0.0; n];
            block::dequantize_row(ty, &bytes, &mut weights).unwrap();
            let mean = weights.iter().sum::<f32>() / n as f32;
            let deviation = (weights.iter().map(|w| (w - mean).powi(2)).sum::<f32>() / n as f32).sqrt();
            assert!(mean.abs() < 0.02 * std, "{ty}: mean {mean}");
            assert!((0.9..1.1).contains(&(deviation / std)), "{ty}: deviation {deviation}");
            assert!(weights.iter().all(|w| w.abs() < 4.0 * std), "{ty}");
        }
    }

    #[test]
    fn q8_0_has_no_minus_128() {
        let mut bytes = Vec::new();
        append(&mut SplitMix64::new(1), GgmlType::Q8_0, 32 * 1024, 0.0, 0.1, &mut bytes).unwrap();
        assert!(bytes.chunks_exact(34).all(|block| !block[2..].contains(&0x80)));
    }
}
