//! The likeliest tokens.

use wasm_chord_core::backend::{Backend, BackendError, Candidates};
use wasm_chord_core::testing::Random;

use super::{base, put};

/// Rows of `n` logits: any, with ties, with ones that are none, and those that are nothing else.
fn rows(random: &mut Random, n: usize) -> Vec<Vec<f32>> {
    let any: Vec<f32> = (0..n).map(|_| random.float() * 8.0).collect();
    let ties = any.iter().map(|logit| logit.round() * 0.5).collect(); // 0 and −0 among them
    let mut holes = any.clone();
    holes.iter_mut().step_by(2).for_each(|logit| *logit = f32::NAN);
    holes.iter_mut().step_by(5).for_each(|logit| *logit = f32::NEG_INFINITY);
    holes.iter_mut().step_by(7).for_each(|logit| *logit = -f32::NAN);
    let low = any.iter().map(|logit| logit * 1e36 - 1e37).collect();
    let mut one = vec![f32::NEG_INFINITY; n];
    one[n / 2] = 3.0;
    vec![any, ties, holes, low, one, vec![f32::NEG_INFINITY; n], vec![f32::NAN; n], vec![-1.5; n]]
}

pub async fn candidates_are_the_greatest_logits() {
    let mut random = Random::new(60);
    for mut gpu in base().await {
        // Around a block of 1024, and as many as need more rounds with each k.
        for (n, ks) in [
            (1, vec![1, 2]),
            (5, vec![1, 5, 256]),
            (1023, vec![2, 256]),
            (1024, vec![1, 40]),
            (1025, vec![1, 3]),
            (4100, vec![64, 255]),
            (49_152, vec![1, 40, 256]),
        ] {
            // Of a whole vocabulary three rows are enough.
            for row in rows(&mut random, n).into_iter().take(if n > 10_000 { 3 } else { 8 }) {
                let logits = put(&mut gpu, &row);
                for &k in &ks {
                    let mut apart: Vec<u32> = (0..random.range(0, 70)).map(|_| random.range(0, n) as u32).collect();
                    apart.sort_unstable();
                    apart.dedup();
                    apart.reverse();
                    let mut got = Candidates::default();
                    let before = gpu.stats();
                    gpu.candidates_async(&logits, n, k, &apart, &mut got).await.unwrap();
                    let asked = gpu.stats() - before;
                    assert_eq!(asked.reads, 1);
                    assert_eq!(asked.read_bytes, 4 * (apart.len() + 2 * k + 1) as u64);
                    let want = Candidates::of(&row, k, &apart);
                    let what = format!("{k} of {n}, {} apart", apart.len());
                    assert_eq!((&got.best, got.complete), (&want.best, want.complete), "{what}");
                    // Not the bits of NaNs, of which there are many.
                    let told = |found: &Candidates| format!("{:?}", found.apart);
                    assert_eq!(told(&got), told(&want), "{what}");
                    let off = (got.sum - want.sum).abs();
                    assert!(off <= Candidates::SUM_ERROR * want.sum, "{what}: {} is not {}", got.sum, want.sum);
                }
            }
        }
    }
}

pub async fn candidates_of_a_rows_beginning() {
    for mut gpu in base().await {
        let logits = put(&mut gpu, &[1.0, 3.0, 2.0, 9.0]);
        let mut found = Candidates::default();
        gpu.candidates_async(&logits, 3, 2, &[], &mut found).await.unwrap();
        assert_eq!(found.best, [(3.0, 1), (2.0, 2)]);
        assert!(!found.complete);
        let infinite = put(&mut gpu, &[1.0, f32::INFINITY, 2.0]);
        gpu.candidates_async(&infinite, 3, 1, &[0], &mut found).await.unwrap();
        assert_eq!((&found.best[..], &found.apart[..]), (&[(f32::INFINITY, 1)][..], &[(1.0, 0)][..]));
    }
}

pub async fn candidates_that_cannot_be_are_errors() {
    for mut gpu in base().await {
        let logits = put(&mut gpu, &[1.0, 3.0, 2.0, 9.0]);
        let mut found = Candidates::default();
        let before = gpu.stats();
        for (n, k, apart) in [(0, 1, vec![]), (5, 1, vec![]), (4, 0, vec![]), (4, 257, vec![]), (3, 1, vec![3])] {
            let result = gpu.candidates_async(&logits, n, k, &apart, &mut found).await;
            assert!(matches!(result, Err(BackendError::Shape { .. })), "{k} of {n}: {result:?}");
        }
        assert_eq!(gpu.stats(), before);
    }
}
