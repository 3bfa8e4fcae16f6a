//! Which type each tensor is stored as, by the rules of `llama-quantize` without an importance matrix (llama.cpp's
//! `src/llama-quant.cpp`: `llama_tensor_get_type_impl` and `tensor_type_fallback`).

use wasm_chord_core::gguf::GgmlType;

use super::shape::{Role, Shape, Tensor};
use crate::args::WeightType;

/// How `tensor` of `shape` is stored in a file that is called `ty`.
pub fn stored_as(tensor: &Tensor, shape: &Shape, ty: WeightType) -> GgmlType {
    if tensor.is_vector() {
        return GgmlType::F32;
    }
    let mostly = mostly(ty);
    if mostly.block_len() == 1 {
        return mostly;
    }
    let wanted = match tensor.role {
        // The output matrix has more bits than the rest; an embedding that serves as one is treated as one.
        Role::Output => output(tensor, mostly),
        Role::Embedding if shape.tied => output(tensor, mostly),
        Role::Value(layer) | Role::FfnDown(layer) if is_mixture(ty) && more_bits(layer, shape.layers) => GgmlType::Q6_K,
        _ => mostly,
    };
    if tensor.row_len.is_multiple_of(wanted.block_len()) { wanted } else { fallback(tensor, wanted) }
}

/// The type that most matrices have.
fn mostly(ty: WeightType) -> GgmlType {
    match ty {
        WeightType::F32 => GgmlType::F32,
        WeightType::F16 => GgmlType::F16,
        WeightType::BF16 => GgmlType::BF16,
        WeightType::Q8_0 => GgmlType::Q8_0,
        WeightType::Q4_0 => GgmlType::Q4_0,
        WeightType::Q4_1 => GgmlType::Q4_1,
        WeightType::Q5_0 => GgmlType::Q5_0,
        WeightType::Q5_1 => GgmlType::Q5_1,
        WeightType::Q4_K_M => GgmlType::Q4_K,
        WeightType::Q5_K_M => GgmlType::Q5_K,
        WeightType::Q6_K => GgmlType::Q6_K,
    }
}

fn is_mixture(ty: WeightType) -> bool {
    matches!(ty, WeightType::Q4_K_M | WeightType::Q5_K_M)
}

fn output(tensor: &Tensor, mostly: GgmlType) -> GgmlType {
    let whole = tensor.row_len.is_multiple_of(mostly.block_len());
    if mostly == GgmlType::Q8_0 || !whole { GgmlType::Q8_0 } else { GgmlType::Q6_K }
}

/// The first and the last eighth of the layers, and every third between them.
fn more_bits(layer: usize, layers: usize) -> bool {
    let eighth = layers / 8;
    layer < eighth || layer >= 7 * layers / 8 || (layer - eighth) % 3 == 2
}

/// What is taken for rows that are not whole blocks of `wanted`.
fn fallback(tensor: &Tensor, wanted: GgmlType) -> GgmlType {
    let smaller = match wanted {
        GgmlType::Q4_K => GgmlType::Q5_0,
        GgmlType::Q5_K => GgmlType::Q5_1,
        GgmlType::Q6_K => GgmlType::Q8_0,
        _ => GgmlType::F16,
    };
    if tensor.row_len.is_multiple_of(smaller.block_len()) { smaller } else { GgmlType::F16 }
}

#[cfg(test)]
mod tests {
    use super::super::real;
    use super::*;
    use crate::args::ShapeName;

    type Counts = [(&'static str, usize)];

    /// How many matrices are stored as each type, and which type the embedding has.
    fn counts(name: ShapeName, ty: WeightType) -> (Vec<(&'static str, usize)>, GgmlType) {
        let shape = real::shape(name).unwrap();
        let tensors = shape.tensors(1000);
        let types: Vec<_> =
            tensors.iter().filter(|t| !t.is_vector()).map(|tensor| stored_as(tensor, &shape, ty)).collect();
        let count = |ty: GgmlType| (ty.name(), types.iter().filter(|other| **other == ty).count());
        (GgmlType::ALL.into_iter().map(count).filter(|(_, n)| *n > 0).collect(), types[0])
    }

    #[test]
    fn mixtures_are_those_of_real_files() {
        use ShapeName::{Llama3_2_1B, Qwen2_5_0_5B, Qwen3_0_6B, SmolLm2_135M};
        let table: [(ShapeName, &Counts, GgmlType); 4] = [
            (SmolLm2_135M, &[("Q8_0", 15), ("Q5_0", 166), ("Q4_K", 16), ("Q6_K", 14)], GgmlType::Q8_0),
            (Qwen2_5_0_5B, &[("Q8_0", 13), ("Q5_0", 132), ("Q4_K", 12), ("Q6_K", 12)], GgmlType::Q8_0),
            // 28 layers, 14 of them with more bits; 16 layers, 8 of them.
            (Qwen3_0_6B, &[("Q4_K", 7 * 28 - 28), ("Q6_K", 29)], GgmlType::Q6_K),
            (Llama3_2_1B, &[("Q4_K", 7 * 16 - 16), ("Q6_K", 17)], GgmlType::Q6_K),
        ];
        for (name, types, embedding) in table {
            assert_eq!(counts(name, WeightType::Q4_K_M), (types.to_vec(), embedding), "{name:?}");
        }
        assert_eq!(
            counts(SmolLm2_135M, WeightType::Q5_K_M).0,
            [("Q8_0", 15), ("Q5_1", 166), ("Q5_K", 16), ("Q6_K", 14)]
        );
    }

    #[test]
    fn plain_types_give_the_output_matrix_more_bits() {
        let of = |name, ty| counts(name, ty).1;
        assert_eq!(of(ShapeName::SmolLm2_135M, WeightType::Q4_0), GgmlType::Q8_0);
        assert_eq!(of(ShapeName::Llama3_2_1B, WeightType::Q4_0), GgmlType::Q6_K);
        assert_eq!(of(ShapeName::Llama3_2_1B, WeightType::Q8_0), GgmlType::Q8_0);
        assert_eq!(counts(ShapeName::Qwen2_5_0_5B, WeightType::Q4_0).0, [("Q8_0", 1), ("Q4_0", 24 * 7)]);
        assert_eq!(counts(ShapeName::Qwen2_5_0_5B, WeightType::F16).0, [("F16", 24 * 7 + 1)]);
    }
}
