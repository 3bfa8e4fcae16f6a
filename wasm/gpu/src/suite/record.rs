//! The queue: nothing is submitted before somebody reads, and what is read is in order.

use wasm_chord_core::Backend;
use wasm_chord_core::gguf::GgmlType;
use wasm_chord_core::testing::{Random, load, tensor};

use super::{base, every_tier, get, open, put};
use crate::{GpuBackend, GpuError, Options, Software, Tier};

pub async fn ops_wait_for_a_read() {
    let mut random = Random::new(50);
    for mut gpu in every_tier().await {
        let w = load(&mut gpu, &tensor(&mut random, GgmlType::Q4_0, &[64, 64]));
        let x = put(&mut gpu, &[0.25; 64]);
        let mut y = gpu.buffer(64).unwrap();
        get(&mut gpu, &x).await;
        let before = gpu.stats();
        for _ in 0..10 {
            gpu.matmul(&x, 1, &mut [(&w, &mut y)]).unwrap();
            gpu.scale(&mut y, 0.5, 64).unwrap();
        }
        assert_eq!((gpu.stats() - before).submissions, 0);
        get(&mut gpu, &y).await;
        let asked = gpu.stats() - before;
        assert_eq!((asked.dispatches, asked.submissions, asked.reads, asked.read_bytes), (20, 1, 1, 256));
        assert_eq!((asked.weight_bytes, asked.multiply_adds), (10 * 64 * 36, 10 * 64 * 64));
        assert_eq!(asked.bytes, 10 * (64 * 36 + 512 + 512));
    }
}

pub async fn more_ops_than_a_submission_takes() {
    for mut gpu in base().await {
        let ones = put(&mut gpu, &[1.0; 5]);
        let mut x = put(&mut gpu, &[0.0; 5]);
        for _ in 0..5000 {
            gpu.add(&mut x, &ones, 5).unwrap();
        }
        assert_eq!(get(&mut gpu, &x).await, [5000.0; 5]);
    }
}

pub async fn more_data_than_a_submission_takes() {
    for mut gpu in base().await {
        // Different rows each time, 64 kB of them, and once more than there is room for at first.
        for len in [16_384, 16_384, 400_000] {
            let x = put(&mut gpu, &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
            let mut out = gpu.buffer(len).unwrap();
            for round in 0..40 {
                let rows: Vec<u32> = (0..len as u32).map(|i| (i + round) % 7).collect();
                gpu.gather(&x, &rows, 1, &mut out).unwrap();
            }
            let want: Vec<f32> = (0..len).map(|i| ((i + 39) % 7) as f32).collect();
            assert_eq!(get(&mut gpu, &out).await, want);
        }
    }
}

pub async fn what_is_dropped_is_given_back() {
    for mut gpu in base().await {
        let mut x = put(&mut gpu, &[0.0]);
        for _ in 0..300 {
            let one = put(&mut gpu, &[1.0]);
            gpu.add(&mut x, &one, 1).unwrap();
        }
        assert_eq!(get(&mut gpu, &x).await, [300.0]);
        // A bind group keeps its buffers' memory; what is kept is that of buffers that are there.
        gpu.scale(&mut x, 1.0, 1).unwrap();
        assert!(gpu.bind_groups() < 10, "{} bind groups are kept", gpu.bind_groups());
    }
}

pub async fn tiers_can_be_forced_off() {
    let Some(best) = open(&Options { software: Software::Only, ..Options::default() }).await else { return };
    for tier in Tier::ALL {
        let options = Options { software: Software::Only, tier: Some(tier) };
        let got = GpuBackend::open(&options).await.unwrap().capabilities().target.tier;
        assert_eq!(got, tier.and(best.capabilities().target.tier));
    }
}

pub async fn software_is_refused_unless_asked_for() {
    match GpuBackend::open(&Options::default()).await {
        Ok(gpu) => assert_ne!(gpu.capabilities().kind, "Cpu"),
        Err(error) => assert!(matches!(error, GpuError::NoAdapter | GpuError::OnlySoftware { .. }), "{error}"),
    }
}

pub async fn every_vector_is_read() {
    // Not as many as workgroups read. Bits of numbers, so that nothing takes them for NaNs and changes them.
    let words: Vec<u32> = (0..4 * 3000u32).map(|i| i.wrapping_mul(2_654_435_761) >> 9).collect();
    for mut gpu in base().await {
        let values: Vec<f32> = words.iter().map(|word| f32::from_bits(*word)).collect();
        let x = put(&mut gpu, &values);
        let mut out = gpu.buffer(3072 / 16).unwrap();
        gpu.read_all(&x, &mut out).unwrap();
        let got = get(&mut gpu, &out).await.iter().fold(0, |all, value| all ^ value.to_bits());
        assert_eq!(got, words.iter().fold(0, |all, word| all ^ word));
    }
}
