//! Weights, and how they arrive: in pieces of any length, straight to where they stay.

use wasm_chord_core::BackendError;
use wasm_chord_core::gguf::{GgmlType, TensorInfo};

use crate::panel::{BF16, F16, F32, Matrix, Panel, Q4_0, Q8_0};

/// The longest block of any type.
const LONGEST_BLOCK: usize = 34;

/// A whole weight tensor.
#[derive(Clone, Debug)]
pub enum Weight {
    /// A vector of any type, as f32: a norm's weights.
    Vector(Vec<f32>),
    /// An F32 matrix.
    F32(Matrix<F32>),
    /// An F16 matrix.
    F16(Matrix<F16>),
    /// A BF16 matrix.
    BF16(Matrix<BF16>),
    /// A Q8_0 matrix.
    Q8_0(Matrix<Q8_0>),
    /// A Q4_0 matrix.
    Q4_0(Matrix<Q4_0>),
}

/// A weight tensor that is still arriving.
#[derive(Debug)]
pub struct Staging {
    name: String,
    ty: GgmlType,
    expected: u64,
    got: u64,
    weight: Weight,
    /// The beginning of a block that the last piece cut in two.
    cut: [u8; LONGEST_BLOCK],
    cut_len: usize,
}

/// Whether this build has kernels for `ty`.
pub fn supports(ty: GgmlType) -> bool {
    match ty {
        GgmlType::F32 | GgmlType::F16 | GgmlType::BF16 | GgmlType::Q8_0 | GgmlType::Q4_0 => true,
    }
}

impl Staging {
    /// Makes room for all of a tensor.
    ///
    /// # Errors
    /// [`BackendError::OutOfMemory`]; [`BackendError::WrongLength`] when `info` contradicts itself.
    pub fn new(info: &TensorInfo) -> Result<Self, BackendError> {
        let (rows, row_len, ty) = (info.rows(), info.row_len(), info.ty);
        let row_bytes = (row_len / ty.block_len()) as u64 * ty.block_bytes() as u64;
        let expected = row_bytes.saturating_mul(rows as u64);
        if expected != info.bytes || expected == 0 || !row_len.is_multiple_of(ty.block_len()) {
            return Err(BackendError::WrongLength { tensor: info.name.clone(), expected, got: info.bytes });
        }
        let weight = if info.dims.len() == 1 {
            vector(row_len)
        } else {
            match ty {
                GgmlType::F32 => Matrix::zeros(rows, row_len).map(Weight::F32),
                GgmlType::F16 => Matrix::zeros(rows, row_len).map(Weight::F16),
                GgmlType::BF16 => Matrix::zeros(rows, row_len).map(Weight::BF16),
                GgmlType::Q8_0 => Matrix::zeros(rows, row_len).map(Weight::Q8_0),
                GgmlType::Q4_0 => Matrix::zeros(rows, row_len).map(Weight::Q4_0),
            }
        };
        let weight = weight.ok_or_else(|| BackendError::OutOfMemory { what: info.name.clone(), bytes: expected })?;
        Ok(Self { name: info.name.clone(), ty, expected, got: 0, weight, cut: [0; LONGEST_BLOCK], cut_len: 0 })
    }

    /// Takes the next bytes, in pieces of any length.
    ///
    /// # Errors
    /// [`BackendError::WrongLength`] when there are more than the tensor has.
    pub fn write(&mut self, mut bytes: &[u8]) -> Result<(), BackendError> {
        let got = self.got.saturating_add(bytes.len() as u64);
        if got > self.expected {
            return Err(BackendError::WrongLength { tensor: self.name.clone(), expected: self.expected, got });
        }
        let block = self.ty.block_bytes();
        if self.cut_len > 0 {
            let (rest, after) = bytes.split_at(bytes.len().min(block - self.cut_len));
            self.cut[self.cut_len..][..rest.len()].copy_from_slice(rest);
            self.cut_len += rest.len();
            bytes = after;
            self.got += rest.len() as u64;
            if self.cut_len < block {
                return Ok(());
            }
            self.cut_len = 0;
            self.weight.put_blocks(self.ty, self.got as usize / block - 1, &self.cut[..block]);
        }
        let (whole, cut) = bytes.split_at(bytes.len() - bytes.len() % block);
        self.weight.put_blocks(self.ty, self.got as usize / block, whole);
        self.cut[..cut.len()].copy_from_slice(cut);
        self.cut_len = cut.len();
        self.got = got;
        Ok(())
    }

    /// The tensor, when all of it has arrived.
    ///
    /// # Errors
    /// [`BackendError::WrongLength`] when it has not.
    pub fn finish(self) -> Result<Weight, BackendError> {
        if self.got == self.expected {
            Ok(self.weight)
        } else {
            Err(BackendError::WrongLength { tensor: self.name, expected: self.expected, got: self.got })
        }
    }
}

/// `$body` with `$matrix` the matrix inside `$weight`, whatever its type; `$vector` is what a vector gives.
macro_rules! with_matrix {
    ($weight:expr, $matrix:ident => $body:expr, vector => $vector:expr) => {
        match $weight {
            Weight::Vector(_) => $vector,
            Weight::F32($matrix) => $body,
            Weight::F16($matrix) => $body,
            Weight::BF16($matrix) => $body,
            Weight::Q8_0($matrix) => $body,
            Weight::Q4_0($matrix) => $body,
        }
    };
}

impl Weight {
    /// Rows and their length, if it is a matrix.
    pub fn shape(&self) -> Option<(usize, usize)> {
        with_matrix!(self, matrix => Some((matrix.rows(), matrix.row_len())), vector => None)
    }

    /// Whether its product takes quantised activations.
    pub fn is_quantized(&self) -> bool {
        matches!(self, Self::Q8_0(_) | Self::Q4_0(_))
    }

    /// Dequantises row `row` of a matrix into `out`, `[row_len]`.
    pub fn get_row(&self, row: usize, out: &mut [f32]) {
        with_matrix!(self, matrix => matrix.get_row(row, out), vector => ());
    }

    /// Takes whole blocks of type `ty`, the first of them number `first` of the tensor.
    fn put_blocks(&mut self, ty: GgmlType, first: usize, bytes: &[u8]) {
        if let Self::Vector(vector) = self {
            let out = &mut vector[first * ty.block_len()..];
            match ty {
                GgmlType::F32 => widen::<F32>(bytes, out),
                GgmlType::F16 => widen::<F16>(bytes, out),
                GgmlType::BF16 => widen::<BF16>(bytes, out),
                GgmlType::Q8_0 => widen::<Q8_0>(bytes, out),
                GgmlType::Q4_0 => widen::<Q4_0>(bytes, out),
            }
        } else {
            with_matrix!(self, matrix => matrix.put_blocks(first, bytes), vector => ());
        }
    }
}

/// Room for a vector of `len`.
fn vector(len: usize) -> Option<Weight> {
    let mut vector = Vec::new();
    vector.try_reserve_exact(len).ok()?;
    vector.resize(len, 0.0);
    Some(Weight::Vector(vector))
}

/// Whole blocks as f32.
fn widen<P: Panel>(bytes: &[u8], out: &mut [f32]) {
    let blocks = bytes.chunks_exact(P::TYPE.block_bytes());
    for (block, out) in blocks.zip(out.chunks_exact_mut(P::TYPE.block_len())) {
        let mut panel = P::ZERO;
        panel.put(0, block);
        panel.get(0, out);
    }
}
