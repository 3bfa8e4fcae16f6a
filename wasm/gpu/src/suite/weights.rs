//! Weights: how they arrive, and that every type decodes to what the reference has.

use wasm_chord_core::backend::{Backend, BackendError};
use wasm_chord_core::block;
use wasm_chord_core::gguf::{GgmlType, TensorInfo};
use wasm_chord_core::testing::{Random, assert_close, load, tensor, whole};

use super::{base, get, narrow};
use crate::GpuBackend;

/// All rows of `w`, as the GPU decodes them.
async fn rows(gpu: &mut GpuBackend, w: &<GpuBackend as Backend>::Weight, rows: usize, width: usize) -> Vec<f32> {
    let tokens: Vec<u32> = (0..rows as u32).collect();
    let mut out = gpu.buffer(rows * width).unwrap();
    gpu.embed(w, &tokens, &mut out).unwrap();
    get(gpu, &out).await
}

/// Loads in random pieces of up to `longest` bytes.
fn load_in_pieces(
    gpu: &mut GpuBackend,
    random: &mut Random,
    (info, bytes): &(TensorInfo, Vec<u8>),
    longest: usize,
) -> <GpuBackend as Backend>::Weight {
    let mut staging = gpu.begin_weight(info).unwrap();
    let mut bytes = &bytes[..];
    while !bytes.is_empty() {
        let (piece, rest) = bytes.split_at(random.range(0, longest + 1).min(bytes.len()));
        gpu.write_weight(&mut staging, piece).unwrap();
        bytes = rest;
    }
    gpu.finish_weight(staging).unwrap()
}

pub async fn every_type_decodes_in_any_pieces() {
    let mut random = Random::new(1);
    for mut gpu in base().await {
        for ty in GgmlType::ALL {
            assert!(gpu.supports(ty));
            let (width, count) = (whole(ty, 96), 21);
            let w = tensor(&mut random, ty, &[width, count]);
            let mut want = vec![0.0; width * count];
            block::dequantize_row(ty, &w.1, &mut want).unwrap();
            for longest in [1, 7, 35, 10_000] {
                let weight = load_in_pieces(&mut gpu, &mut random, &w, longest);
                assert_close(&rows(&mut gpu, &weight, count, width).await, &want, 1e-6, ty.name());
            }
        }
    }
}

pub async fn floats_in_rows_of_any_width() {
    let mut random = Random::new(2);
    for mut gpu in base().await {
        for ty in [GgmlType::F32, GgmlType::F16, GgmlType::BF16] {
            for width in [1, 3, 31, 32, 33, 100] {
                let w = tensor(&mut random, ty, &[width, 5]);
                let mut want = vec![0.0; width * 5];
                block::dequantize_row(ty, &w.1, &mut want).unwrap();
                let weight = load_in_pieces(&mut gpu, &mut random, &w, 50);
                assert_eq!(rows(&mut gpu, &weight, 5, width).await, want, "{ty} of {width}");
            }
        }
    }
}

pub async fn scales_below_the_normal_halves_are_kept() {
    let mut random = Random::new(3);
    for mut gpu in base().await {
        for (ty, at) in [(GgmlType::Q8_0, 0), (GgmlType::Q4_0, 0), (GgmlType::Q4_K, 0), (GgmlType::Q6_K, 208)] {
            let width = whole(ty, 32);
            let mut w = tensor(&mut random, ty, &[width, 64]);
            for (i, block) in w.1.chunks_exact_mut(ty.block_bytes()).enumerate() {
                block[at..at + 2].copy_from_slice(&(i as u16 * 17 + 1).to_le_bytes());
            }
            let mut want = vec![0.0; width * 64];
            block::dequantize_row(ty, &w.1, &mut want).unwrap();
            let weight = load(&mut gpu, &w);
            let got = rows(&mut gpu, &weight, 64, width).await;
            let largest = want.iter().fold(0f32, |max, x| max.max(x.abs()));
            assert!(largest > 0.0);
            for (got, want) in got.iter().zip(&want) {
                assert!((got - want).abs() <= 1e-6 * largest, "{ty}: {got} for {want}");
            }
        }
    }
}

pub async fn tensors_beyond_the_binding_limit_are_split() {
    let mut random = Random::new(4);
    for mut gpu in narrow().await {
        for ty in GgmlType::ALL {
            let (width, count) = (whole(ty, 64), 101);
            let w = tensor(&mut random, ty, &[width, count]);
            let mut want = vec![0.0; width * count];
            block::dequantize_row(ty, &w.1, &mut want).unwrap();
            let weight = load_in_pieces(&mut gpu, &mut random, &w, 3000);
            let crate::Weight::Matrix(matrix) = &weight else { panic!("{ty} is no matrix") };
            assert!(matrix.parts.len() > 1, "{ty} lies in one part");
            assert_close(&rows(&mut gpu, &weight, count, width).await, &want, 1e-6, ty.name());
            let tokens = [100, 3, 50, 3];
            let mut out = gpu.buffer(4 * width).unwrap();
            gpu.embed(&weight, &tokens, &mut out).unwrap();
            let want = tokens.map(|token| &want[token as usize * width..][..width]).concat();
            assert_close(&get(&mut gpu, &out).await, &want, 1e-6, ty.name());
        }
        // A row that no kernel could see at once.
        let (info, _) = tensor(&mut random, GgmlType::F32, &[2000, 1]);
        assert!(matches!(gpu.begin_weight(&info), Err(BackendError::OutOfMemory { .. })));
    }
}

pub async fn weights_of_a_wrong_length_are_refused() {
    let mut random = Random::new(5);
    for mut gpu in base().await {
        for ty in GgmlType::ALL {
            let (info, bytes) = tensor(&mut random, ty, &[whole(ty, 32), 3]);
            let mut staging = gpu.begin_weight(&info).unwrap();
            gpu.write_weight(&mut staging, &bytes[..bytes.len() - 1]).unwrap();
            let too_many = gpu.write_weight(&mut staging, &[0; 2]);
            assert!(matches!(too_many, Err(BackendError::WrongLength { .. })), "{too_many:?}");
            let too_few = gpu.finish_weight(staging);
            assert!(matches!(too_few, Err(BackendError::WrongLength { .. })), "{too_few:?}");
            let lying = TensorInfo { bytes: info.bytes + 1, ..info };
            assert!(matches!(gpu.begin_weight(&lying), Err(BackendError::WrongLength { .. })));
        }
    }
}

pub async fn memory_that_is_not_there_is_an_error() {
    for mut gpu in base().await {
        let row_len: usize = 1 << 30;
        for ty in GgmlType::ALL {
            for rows in [1 << 20, usize::MAX / 32] {
                let row_bytes = (row_len / ty.block_len()) as u64 * ty.block_bytes() as u64;
                let (dims, bytes) = (vec![row_len, rows], row_bytes.saturating_mul(rows as u64));
                let vast = TensorInfo { name: "vast".to_owned(), ty, dims, offset: 0, bytes };
                let refused = gpu.begin_weight(&vast).err();
                let named = matches!(&refused, Some(BackendError::OutOfMemory { what, .. }) if what == "vast");
                assert!(named, "{ty}: {refused:?}");
            }
        }
        for len in [usize::MAX, usize::MAX / 4] {
            assert!(matches!(gpu.buffer(len), Err(BackendError::OutOfMemory { .. })));
        }
    }
}
