//! Attention and its cache against the reference backend.

use wasm_chord_core::backend::{AttentionParams, Backend, BackendError, KvShape, Reference};
use wasm_chord_core::testing::{Random, assert_close};

use super::{base, get, put};
use crate::GpuBackend;

/// One layer in both backends, fed and asked the same.
struct Both<'a> {
    gpu: &'a mut GpuBackend,
    shape: KvShape,
    caches: (<GpuBackend as Backend>::KvCache, <Reference as Backend>::KvCache),
    random: Random,
}

impl<'a> Both<'a> {
    fn new(gpu: &'a mut GpuBackend, shape: KvShape, seed: u64) -> Self {
        let caches = (gpu.kv_cache(shape).unwrap(), Reference.kv_cache(shape).unwrap());
        Self { gpu, shape, caches, random: Random::new(seed) }
    }

    /// Writes `n` positions from `pos`, attends from them, and compares.
    async fn step(&mut self, params: &AttentionParams, pos: usize, n: usize) {
        let kv = n * self.shape.width();
        let (k, v) = (self.random.floats(kv), self.random.floats(kv));
        let (ours_k, ours_v) = (put(self.gpu, &k), put(self.gpu, &v));
        self.gpu.kv_write(&mut self.caches.0, &ours_k, &ours_v, pos, n).unwrap();
        Reference.kv_write(&mut self.caches.1, &k, &v, pos, n).unwrap();
        let width = n * params.n_heads * params.head_dim;
        let q = self.random.floats(width);
        let (ours_q, mut got, mut want) = (put(self.gpu, &q), self.gpu.buffer(width).unwrap(), vec![0.0; width]);
        self.gpu.attention(&ours_q, &self.caches.0, params, &mut got, pos, n).unwrap();
        Reference.attention(&q, &self.caches.1, params, &mut want, pos, n).unwrap();
        assert_close(&get(self.gpu, &got).await, &want, 2e-5, &format!("{n} from {pos}, {params:?}"));
    }
}

fn params(group: usize, shape: KvShape) -> AttentionParams {
    let KvShape { n_kv_heads, head_dim, .. } = shape;
    AttentionParams {
        n_heads: group * n_kv_heads,
        n_kv_heads,
        head_dim,
        scale: 1.0 / (head_dim as f32).sqrt(),
        window: None,
        softcap: None,
        causal: true,
    }
}

pub async fn attention_matches_the_reference() {
    for mut gpu in base().await {
        // Heads that fill and break a vector, and one longer than a workgroup has invocations.
        let shapes = [(1, 2, 8), (2, 1, 6), (3, 2, 20), (4, 1, 64), (1, 1, 1), (2, 1, 300)];
        for (i, (group, n_kv_heads, head_dim)) in shapes.into_iter().enumerate() {
            let more = [(None, None), (Some(5), None), (Some(40), Some(2.0)), (Some(1), Some(30.0))];
            for (window, softcap) in more {
                let shape = KvShape { capacity: 400, n_kv_heads, head_dim };
                let params = AttentionParams { window, softcap, ..params(group, shape) };
                let mut both = Both::new(&mut gpu, shape, 100 + i as u64);
                let mut pos = 0;
                // Prefills, single tokens, and steps over the first growth.
                for n in [1, 2, 70, 1, 190, 1, 9] {
                    both.step(&params, pos, n).await;
                    pos += n;
                }
            }
        }
    }
}

pub async fn a_long_past_is_cut_in_parts() {
    for mut gpu in base().await {
        let shape = KvShape { capacity: 3000, n_kv_heads: 2, head_dim: 32 };
        for window in [None, Some(700)] {
            let params = AttentionParams { window, ..params(3, shape) };
            let mut both = Both::new(&mut gpu, shape, 7);
            for pos in (0..2560).step_by(64) {
                both.step(&params, pos, if pos % 640 == 0 { 64 } else { 0 }).await;
                let kv = 64 * shape.width();
                let (k, v) = (both.random.floats(kv), both.random.floats(kv));
                let (ours_k, ours_v) = (put(both.gpu, &k), put(both.gpu, &v));
                both.gpu.kv_write(&mut both.caches.0, &ours_k, &ours_v, pos, 64).unwrap();
                Reference.kv_write(&mut both.caches.1, &k, &v, pos, 64).unwrap();
            }
            both.step(&params, 2560, 1).await;
            both.step(&params, 2561, 3).await;
        }
    }
}

pub async fn encoders_attend_to_all() {
    for mut gpu in base().await {
        for (group, n_kv_heads, head_dim, n) in [(1, 2, 8, 1), (1, 4, 16, 7), (2, 2, 20, 70), (4, 1, 6, 33)] {
            let shape = KvShape { capacity: 100, n_kv_heads, head_dim };
            let params = AttentionParams { causal: false, ..params(group, shape) };
            Both::new(&mut gpu, shape, 300).step(&params, 0, n).await;
        }
    }
}

pub async fn attention_after_a_rewind() {
    for mut gpu in base().await {
        let shape = KvShape { capacity: 64, n_kv_heads: 2, head_dim: 8 };
        let params = params(2, shape);
        let mut both = Both::new(&mut gpu, shape, 200);
        both.step(&params, 0, 40).await;
        // What a rewind leaves behind must not be seen, not even where it is no number.
        let poison = put(both.gpu, &vec![f32::NAN; 20 * shape.width()]);
        both.gpu.kv_write(&mut both.caches.0, &poison, &poison, 40, 20).unwrap();
        both.step(&params, 13, 2).await;
        both.step(&params, 15, 1).await;
    }
}

pub async fn the_cache_grows_to_its_capacity_and_no_further() {
    for mut gpu in base().await {
        let shape = KvShape { capacity: 600, n_kv_heads: 1, head_dim: 8 };
        let params = params(1, shape);
        let mut both = Both::new(&mut gpu, shape, 201);
        both.step(&params, 0, 600).await;
        let row = put(both.gpu, &[0.0; 8]);
        for (pos, n) in [(600, 1), (usize::MAX, 1), (100, usize::MAX)] {
            let refused = both.gpu.kv_write(&mut both.caches.0, &row, &row, pos, n);
            assert!(matches!(refused, Err(BackendError::Shape { .. })), "{refused:?}");
        }
        let mut out = both.gpu.buffer(8).unwrap();
        let unwritten = both.gpu.attention(&row, &both.caches.0, &params, &mut out, 600, 1);
        assert!(matches!(unwritten, Err(BackendError::Shape { .. })), "{unwritten:?}");
    }
}
