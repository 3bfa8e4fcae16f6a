//! The block types: how weights are packed, and how rows of them turn into f32 and back. One file per type.
//!
//! A row is a whole number of blocks. Formats and rounding are those of ggml's reference code (`ggml-quants.c`), bit for
//! bit. There is a quantiser where ggml's is a simple rounding; the K- and IQ-types have none.

mod bf16;
mod f16;
mod f32;
mod iq4_nl;
mod iq4_xs;
mod k_scales;
mod q2_k;
mod q3_k;
mod q4_0;
mod q4_1;
mod q4_k;
mod q5_0;
mod q5_1;
mod q5_k;
mod q6_k;
mod q8_0;
mod unpacked;

pub use iq4_nl::{BlockIQ4_NL, IQ4_VALUES};
pub use iq4_xs::BlockIQ4_XS;
pub use q2_k::BlockQ2_K;
pub use q3_k::BlockQ3_K;
pub use q4_0::BlockQ4_0;
pub use q4_1::BlockQ4_1;
pub use q4_k::BlockQ4_K;
pub use q5_0::BlockQ5_0;
pub use q5_1::BlockQ5_1;
pub use q5_k::BlockQ5_K;
pub use q6_k::BlockQ6_K;
pub use q8_0::BlockQ8_0;
pub use unpacked::{Block, Unpacked};

use crate::gguf::GgmlType;
use unpacked::dequantize;

/// Rows and blocks do not fit each other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// The bytes and the weights are not of one row.
    #[error("{weights} weights of type {ty} are not {bytes} bytes")]
    WrongLength {
        /// How the row is stored.
        ty: GgmlType,
        /// Weights of the row.
        weights: usize,
        /// Its bytes.
        bytes: usize,
    },
    /// There is no quantiser for the type.
    #[error("weights can be read as {ty}, but not written: choose a type such as Q8_0 or Q4_0")]
    NoQuantizer {
        /// The type asked for.
        ty: GgmlType,
    },
}

/// Unpacks a row (or several that lie one after another) of type `ty` into f32.
///
/// # Errors
/// [`BlockError::WrongLength`] when `bytes` is not what `out.len()` weights take.
pub fn dequantize_row(ty: GgmlType, bytes: &[u8], out: &mut [f32]) -> Result<(), BlockError> {
    check(ty, bytes.len(), out.len())?;
    match ty {
        GgmlType::F32 => f32::dequantize(bytes, out),
        GgmlType::F16 => f16::dequantize(bytes, out),
        GgmlType::BF16 => bf16::dequantize(bytes, out),
        GgmlType::Q8_0 => dequantize::<BlockQ8_0, _, _>(bytes, out),
        GgmlType::Q4_0 => dequantize::<BlockQ4_0, _, _>(bytes, out),
        GgmlType::Q4_1 => dequantize::<BlockQ4_1, _, _>(bytes, out),
        GgmlType::Q5_0 => dequantize::<BlockQ5_0, _, _>(bytes, out),
        GgmlType::Q5_1 => dequantize::<BlockQ5_1, _, _>(bytes, out),
        GgmlType::Q2_K => dequantize::<BlockQ2_K, _, _>(bytes, out),
        GgmlType::Q3_K => dequantize::<BlockQ3_K, _, _>(bytes, out),
        GgmlType::Q4_K => dequantize::<BlockQ4_K, _, _>(bytes, out),
        GgmlType::Q5_K => dequantize::<BlockQ5_K, _, _>(bytes, out),
        GgmlType::Q6_K => dequantize::<BlockQ6_K, _, _>(bytes, out),
        GgmlType::IQ4_NL => dequantize::<BlockIQ4_NL, _, _>(bytes, out),
        GgmlType::IQ4_XS => dequantize::<BlockIQ4_XS, _, _>(bytes, out),
    }
    Ok(())
}

/// Packs a row as type `ty`, rounding as ggml's reference quantiser does.
///
/// # Errors
/// [`BlockError::WrongLength`] when the row is not whole blocks, [`BlockError::NoQuantizer`] for K- and IQ-types.
pub fn quantize_row(ty: GgmlType, row: &[f32]) -> Result<Vec<u8>, BlockError> {
    let mut bytes = vec![0; ty.row_bytes(row.len())];
    check(ty, bytes.len(), row.len())?;
    match ty {
        GgmlType::F32 => f32::quantize(row, &mut bytes),
        GgmlType::F16 => f16::quantize(row, &mut bytes),
        GgmlType::BF16 => bf16::quantize(row, &mut bytes),
        GgmlType::Q8_0 => each_block(row, &mut bytes, |weights| BlockQ8_0::quantize(weights).to_bytes()),
        GgmlType::Q4_0 => each_block(row, &mut bytes, |weights| BlockQ4_0::quantize(weights).to_bytes()),
        GgmlType::Q4_1 => each_block(row, &mut bytes, |weights| BlockQ4_1::quantize(weights).to_bytes()),
        GgmlType::Q5_0 => each_block(row, &mut bytes, |weights| BlockQ5_0::quantize(weights).to_bytes()),
        GgmlType::Q5_1 => each_block(row, &mut bytes, |weights| BlockQ5_1::quantize(weights).to_bytes()),
        GgmlType::Q2_K | GgmlType::Q3_K | GgmlType::Q4_K | GgmlType::Q5_K | GgmlType::Q6_K => {
            return Err(BlockError::NoQuantizer { ty });
        }
        GgmlType::IQ4_NL | GgmlType::IQ4_XS => return Err(BlockError::NoQuantizer { ty }),
    }
    Ok(bytes)
}

/// Packs blocks of 32 weights into `N` bytes each.
fn each_block<const N: usize>(row: &[f32], bytes: &mut [u8], pack: impl Fn(&[f32; 32]) -> [u8; N]) {
    for (block, weights) in bytes.as_chunks_mut().0.iter_mut().zip(row.as_chunks().0) {
        *block = pack(weights);
    }
}

fn check(ty: GgmlType, bytes: usize, weights: usize) -> Result<(), BlockError> {
    if weights.is_multiple_of(ty.block_len()) && bytes == ty.row_bytes(weights) {
        Ok(())
    } else {
        Err(BlockError::WrongLength { ty, weights, bytes })
    }
}
