//! Matrix products of every type, by every kernel.

use wasm_chord_core::backend::{Backend, Reference};
use wasm_chord_core::gguf::GgmlType;
use wasm_chord_core::testing::{Random, load, tensor, whole};

use super::{base, every_tier, get, narrow, put};
use crate::{Format, GpuBackend};

/// Fails unless the product is the reference's, within what sums of f32 in another order are off by; tiles of f16 round
/// weights and activations to 11 bits.
async fn check(gpu: &mut GpuBackend, random: &mut Random, ty: GgmlType, rows: usize, width: usize, n: usize) {
    let (x, w) = (random.floats(n * width), tensor(random, ty, &[width, rows]));
    let (weight, exact) = (load(gpu, &w), load(&mut Reference, &w));
    let (input, mut out) = (put(gpu, &x), gpu.buffer(n * rows).unwrap());
    gpu.matmul(&input, n, &mut [(&weight, &mut out)]).unwrap();
    let got = get(gpu, &out).await;
    let mut want = vec![0.0; n * rows];
    Reference.matmul(&x, n, &mut [(&exact, &mut want)]).unwrap();
    let mut table = vec![0.0; rows * width];
    wasm_chord_core::block::dequantize_row(ty, &w.1, &mut table).unwrap();
    let tier = gpu.capabilities().target.tier;
    let halves = tier.f16 && Format::of(ty).is_quantized() && n > 8;
    let tolerance = if halves { 2e-3 } else { 2e-6 };
    for (i, (got, want)) in got.iter().zip(&want).enumerate() {
        let (x, w) = (&x[i / rows * width..][..width], &table[i % rows * width..][..width]);
        let size: f32 = x.iter().zip(w).map(|(x, w)| (x * w).abs()).sum();
        let off = (got - want).abs();
        let what = format!("{ty} [{rows}, {width}] by {n}, {tier:?}, element {i}");
        assert!(off <= tolerance * (size + 1e-3), "{what}: {got} for {want}");
    }
}

pub async fn every_type_matches_the_reference() {
    let mut random = Random::new(10);
    for mut gpu in every_tier().await {
        for ty in GgmlType::ALL {
            // Tokens for each kernel, with full and broken groups; rows for full and broken tiles.
            for (rows, blocks, n) in [(1, 1, 1), (65, 3, 1), (33, 2, 3), (70, 1, 8), (130, 2, 9), (64, 1, 65)] {
                check(&mut gpu, &mut random, ty, rows, whole(ty, 32) * blocks, n).await;
            }
        }
    }
}

pub async fn rows_of_any_width_match_the_reference() {
    let mut random = Random::new(11);
    for mut gpu in every_tier().await {
        for ty in [GgmlType::F32, GgmlType::F16, GgmlType::BF16] {
            for (width, n) in [(1, 1), (31, 1), (33, 4), (50, 12), (130, 33)] {
                check(&mut gpu, &mut random, ty, 37, width, n).await;
            }
        }
    }
}

pub async fn rows_for_every_number_of_lanes() {
    let mut random = Random::new(12);
    for mut gpu in every_tier().await {
        for units in [7, 8, 15, 16, 63, 64, 200] {
            for ty in [GgmlType::Q8_0, GgmlType::Q4_0, GgmlType::F32] {
                check(&mut gpu, &mut random, ty, 19, 32 * units, 1).await;
            }
        }
    }
}

pub async fn split_matrices_match_the_reference() {
    let mut random = Random::new(13);
    for mut gpu in narrow().await {
        for ty in GgmlType::ALL {
            for n in [1, 5, 20] {
                check(&mut gpu, &mut random, ty, 101, whole(ty, 64), n).await;
            }
        }
    }
}

pub async fn more_rows_than_a_dimension_has_workgroups() {
    let mut random = Random::new(14);
    for mut gpu in base().await {
        check(&mut gpu, &mut random, GgmlType::Q8_0, 16 * 65_535 + 7, 32, 1).await;
    }
}

pub async fn jobs_share_their_input() {
    let mut random = Random::new(15);
    for mut gpu in base().await {
        let (width, n) = (256, 3);
        let x = random.floats(n * width);
        let input = put(&mut gpu, &x);
        let tensors: Vec<_> =
            GgmlType::ALL.iter().zip(5..).map(|(ty, rows)| tensor(&mut random, *ty, &[width, rows])).collect();
        let weights: Vec<_> = tensors.iter().map(|w| load(&mut gpu, w)).collect();
        let mut outs: Vec<_> = tensors.iter().map(|w| gpu.buffer(w.0.rows() * n).unwrap()).collect();
        let mut jobs: Vec<_> = weights.iter().zip(&mut outs).collect();
        gpu.matmul(&input, n, &mut jobs).unwrap();
        for ((weight, out), w) in weights.iter().zip(&outs).zip(&tensors) {
            let mut alone = gpu.buffer(w.0.rows() * n).unwrap();
            gpu.matmul(&input, n, &mut [(weight, &mut alone)]).unwrap();
            assert_eq!(get(&mut gpu, &alone).await, get(&mut gpu, out).await, "{}", w.0.ty);
        }
    }
}
