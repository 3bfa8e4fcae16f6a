//! The project's own generator of models: small llamas whose weights are constructed or random, for tests and for a
//! demonstration. The same arguments give the same bytes on every machine.

mod demo;
mod metadata;
mod rng;
mod shape;
mod tiny;
mod vocab;

use wasm_chord_core::block::{self, BlockError};
use wasm_chord_core::gguf::GgmlType;
use wasm_chord_core::gguf::write::GgufWriter;

use crate::args::{ShapeName, WeightType};
use shape::{Role, Shape, Tensor};

/// Where a model's weights come from.
trait Fill {
    /// The weights of `tensor`, `[rows, row_len]`. Called once for each tensor, in file order.
    fn fill(&mut self, tensor: &Tensor) -> Vec<f32>;
}

/// The model `name`, its matrices stored as `weight_type`.
///
/// # Errors
/// A shape whose rows are not whole blocks of a type; [`stored_as`] sees to it that there is none.
pub fn model(name: ShapeName, weight_type: WeightType, seed: u64) -> Result<GgufWriter, BlockError> {
    match name {
        ShapeName::Demo => build(&demo::SHAPE, &demo::words(), &mut demo::Demo::new(seed), weight_type),
        ShapeName::Tiny => build(&tiny::SHAPE, &[], &mut tiny::Random::new(seed), weight_type),
    }
}

fn build(shape: &Shape, words: &[String], weights: &mut dyn Fill, ty: WeightType) -> Result<GgufWriter, BlockError> {
    let vocab = vocab::vocabulary(words);
    let mut writer = GgufWriter::new();
    for (key, value) in metadata::metadata(shape, &vocab, ty) {
        writer = writer.set(key, value);
    }
    for tensor in shape.tensors(vocab.len()) {
        let ty = stored_as(&tensor, ty.into());
        let rows = weights.fill(&tensor); // [rows, row_len]
        let data: Vec<_> =
            rows.chunks(tensor.row_len).map(|row| block::quantize_row(ty, row)).collect::<Result<_, _>>()?;
        let dims = if tensor.role == Role::Norm { vec![tensor.row_len] } else { vec![tensor.row_len, tensor.rows] };
        writer = writer.tensor(&tensor.name, ty, &dims, data.concat());
    }
    Ok(writer)
}

/// As `llama-quantize` does it: norms stay F32, and rows that are not whole blocks become F16.
fn stored_as(tensor: &Tensor, ty: GgmlType) -> GgmlType {
    if tensor.role == Role::Norm {
        GgmlType::F32
    } else if !tensor.row_len.is_multiple_of(ty.block_len()) {
        GgmlType::F16
    } else {
        ty
    }
}

impl From<WeightType> for GgmlType {
    fn from(ty: WeightType) -> Self {
        match ty {
            WeightType::F32 => Self::F32,
            WeightType::F16 => Self::F16,
            WeightType::BF16 => Self::BF16,
            WeightType::Q8_0 => Self::Q8_0,
            WeightType::Q4_0 => Self::Q4_0,
        }
    }
}
