//! The block types: how weights are packed, and how rows of them turn into f32 and back. One file per type.
//!
//! A row is a whole number of blocks. Quantising rounds as ggml's reference quantisers do, bit for bit.

mod bf16;
mod f16;
mod f32;
mod q4_0;
mod q8_0;

pub use q4_0::BlockQ4_0;
pub use q8_0::BlockQ8_0;

use crate::gguf::GgmlType;

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
}

/// Unpacks a row (or several that lie one after another) of type `ty` into f32.
///
/// # Errors
/// `bytes` is not what `out.len()` weights take.
pub fn dequantize_row(ty: GgmlType, bytes: &[u8], out: &mut [f32]) -> Result<(), BlockError> {
    check(ty, bytes.len(), out.len())?;
    match ty {
        GgmlType::F32 => f32::dequantize(bytes, out),
        GgmlType::F16 => f16::dequantize(bytes, out),
        GgmlType::BF16 => bf16::dequantize(bytes, out),
        GgmlType::Q8_0 => q8_0::dequantize(bytes, out),
        GgmlType::Q4_0 => q4_0::dequantize(bytes, out),
    }
    Ok(())
}

/// Packs a row as type `ty`, rounding as ggml's reference quantiser does.
///
/// # Errors
/// The row is not whole blocks.
pub fn quantize_row(ty: GgmlType, row: &[f32]) -> Result<Vec<u8>, BlockError> {
    let mut bytes = vec![0; ty.row_bytes(row.len())];
    check(ty, bytes.len(), row.len())?;
    match ty {
        GgmlType::F32 => f32::quantize(row, &mut bytes),
        GgmlType::F16 => f16::quantize(row, &mut bytes),
        GgmlType::BF16 => bf16::quantize(row, &mut bytes),
        GgmlType::Q8_0 => q8_0::quantize(row, &mut bytes),
        GgmlType::Q4_0 => q4_0::quantize(row, &mut bytes),
    }
    Ok(bytes)
}

fn check(ty: GgmlType, bytes: usize, weights: usize) -> Result<(), BlockError> {
    if weights.is_multiple_of(ty.block_len()) && bytes == ty.row_bytes(weights) {
        Ok(())
    } else {
        Err(BlockError::WrongLength { ty, weights, bytes })
    }
}
