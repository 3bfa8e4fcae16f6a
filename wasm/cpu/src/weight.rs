//! Weights, and how they arrive: in pieces of any length, straight to where they stay.

use wasm_chord_core::gguf::{GgmlType, TensorInfo};
use wasm_chord_core::{BackendError, block};

use crate::dot::Form;
use crate::kernels::Kernels;
use crate::kernels::output::Output;
use crate::panel::{self, Matrix, for_each_panel};

/// The longest block of any type.
const LONGEST_BLOCK: usize = {
    let (mut longest, mut i) = (0, 0);
    while i < GgmlType::ALL.len() {
        let bytes = GgmlType::ALL[i].block_bytes();
        longest = if bytes > longest { bytes } else { longest };
        i += 1;
    }
    longest
};

/// Defines [`Weight`] and what is done with every type of it.
macro_rules! weights {
    ($($panel:ident)*) => {
        /// A whole weight tensor.
        #[derive(Clone, Debug)]
        #[allow(non_camel_case_types)] // The field's own spelling.
        pub enum Weight {
            /// A vector of any type, as f32: a norm's weights.
            Vector(Vec<f32>),
            $(
                #[doc = concat!("A matrix of type ", stringify!($panel), ".")]
                $panel(Matrix<panel::$panel>),
            )*
        }

        impl Weight {
            /// A matrix of zeros, if there is memory for it.
            fn matrix(ty: GgmlType, rows: usize, row_len: usize) -> Option<Self> {
                match ty {
                    $(GgmlType::$panel => Matrix::zeros(rows, row_len).map(Self::$panel),)*
                }
            }

            /// Rows and their length, if it is a matrix.
            pub fn shape(&self) -> Option<(usize, usize)> {
                match self {
                    Self::Vector(_) => None,
                    $(Self::$panel(matrix) => Some((matrix.rows(), matrix.row_len())),)*
                }
            }

            /// How its product with `kernels` wants activations; for a vector, which has none, as they are.
            pub fn form(&self, kernels: &Kernels) -> Form {
                match self {
                    Self::Vector(_) => Form::Floats,
                    $(Self::$panel(_) => kernels.matmul.$panel.form,)*
                }
            }

            /// `out[t] = self · x[t]`; `x` is packed in [`Self::form`]. A vector gives nothing.
            pub fn multiply(&self, kernels: &Kernels, x: &[u32], out: &mut Output<'_>) {
                match self {
                    Self::Vector(_) => {}
                    $(Self::$panel(matrix) => (kernels.matmul.$panel.run)(x, matrix, out),)*
                }
            }

            /// Dequantises row `row` of a matrix into `out`, `[row_len]`.
            pub fn get_row(&self, row: usize, out: &mut [f32]) {
                match self {
                    Self::Vector(_) => {}
                    $(Self::$panel(matrix) => matrix.get_row(row, out),)*
                }
            }

            /// Takes whole blocks of type `ty`, the first of them number `first` of the tensor.
            fn put_blocks(&mut self, ty: GgmlType, first: usize, bytes: &[u8]) {
                match self {
                    Self::Vector(vector) => widen(ty, bytes, &mut vector[first * ty.block_len()..]),
                    $(Self::$panel(matrix) => matrix.put_blocks(first, bytes),)*
                }
            }
        }
    };
}
for_each_panel!(weights!());

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
        let weight = if info.dims.len() == 1 { vector(row_len) } else { Weight::matrix(ty, rows, row_len) };
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

/// Room for a vector of `len`.
fn vector(len: usize) -> Option<Weight> {
    let mut vector = Vec::new();
    vector.try_reserve_exact(len).ok()?;
    vector.resize(len, 0.0);
    Some(Weight::Vector(vector))
}

/// Whole blocks of type `ty` as f32, to the start of `out`.
fn widen(ty: GgmlType, bytes: &[u8], out: &mut [f32]) {
    let weights = bytes.len() / ty.block_bytes() * ty.block_len();
    if let Some(out) = out.get_mut(..weights) {
        // Whole blocks and as many weights: it cannot fail.
        let _ = block::dequantize_row(ty, bytes, out);
    }
}
