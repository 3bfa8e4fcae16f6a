//! Attention and its cache against the reference backend.

use wasm_chord_core::backend::{AttentionParams, Backend, BackendError, KvShape, Reference};

use crate::arch::Arch;
use crate::{CacheType, CpuBackend};
use wasm_chord_core::testing::{Random, assert_close};

/// One layer in both backends, fed and asked the same.
struct Both {
    cpu: CpuBackend,
    cache: CacheType,
    shape: KvShape,
    caches: (<CpuBackend as Backend>::KvCache, <Reference as Backend>::KvCache),
    random: Random,
}

impl Both {
    fn new<A: Arch>(a: A, shape: KvShape, seed: u64) -> Self {
        Self::with_cache(a, CacheType::F32, shape, seed)
    }

    fn with_cache<A: Arch>(a: A, cache: CacheType, shape: KvShape, seed: u64) -> Self {
        let mut cpu = CpuBackend::with_kernels(a.kernels()).with_cache(cache);
        let caches = (cpu.kv_cache(shape).unwrap(), Reference.kv_cache(shape).unwrap());
        Self { cpu, cache, shape, caches, random: Random::new(seed) }
    }

    /// Writes `n` positions from `pos`, attends from them, and compares.
    fn step(&mut self, params: &AttentionParams, pos: usize, n: usize) {
        let kv = n * self.shape.width();
        let (k, v) = (self.random.floats(kv), self.random.floats(kv));
        self.cpu.kv_write(&mut self.caches.0, &k, &v, pos, n).unwrap();
        let [k, v] = [k, v].map(|x| match self.cache {
            CacheType::F32 => x,
            CacheType::F16 => x.into_iter().map(|x| half::f16::from_f32(x).to_f32()).collect(),
        });
        Reference.kv_write(&mut self.caches.1, &k, &v, pos, n).unwrap();
        let width = n * params.n_heads * params.head_dim;
        let q = self.random.floats(width);
        let (mut got, mut want) = (vec![0.0; width], vec![0.0; width]);
        self.cpu.attention(&q, &self.caches.0, params, &mut got, pos, n).unwrap();
        Reference.attention(&q, &self.caches.1, params, &mut want, pos, n).unwrap();
        assert_close(&got, &want, 2e-5, &format!("{n} from {pos}, {params:?}"));
    }
}

fn params(group: usize, shape: KvShape) -> AttentionParams {
    let KvShape { n_kv_heads, head_dim, .. } = shape;
    let scale = 1.0 / (head_dim as f32).sqrt();
    AttentionParams {
        n_heads: group * n_kv_heads,
        n_kv_heads,
        head_dim,
        scale,
        window: None,
        softcap: None,
        causal: true,
    }
}

pub fn attention_matches_reference<A: Arch>(a: A) {
    // Groups that fill and break a tile, heads that fill and break a vector.
    for (i, (group, n_kv_heads, head_dim)) in
        [(1, 2, 8), (2, 1, 6), (3, 2, 20), (4, 1, 64), (7, 2, 16), (1, 1, 1), (8, 1, 40)].into_iter().enumerate()
    {
        for (window, softcap) in
            [(None, None), (Some(5), None), (Some(40), None), (None, Some(2.0)), (Some(1), Some(30.0))]
        {
            let shape = KvShape { capacity: 300, n_kv_heads, head_dim };
            let params = AttentionParams { window, softcap, ..params(group, shape) };
            let mut both = Both::new(a, shape, 100 + i as u64);
            let mut pos = 0;
            // Prefills of every remainder, single tokens, and a step over the end of a chunk.
            for n in [1, 1, 2, 3, 5, 9, 1, 100, 1, 17, 1] {
                both.step(&params, pos, n);
                pos += n;
            }
        }
    }
}

pub fn attention_over_halves_matches_reference<A: Arch>(a: A) {
    // The last head is longer than what of a query is made ready at once.
    for (i, (group, n_kv_heads, head_dim)) in [(3, 2, 20), (1, 1, 64), (7, 1, 8), (2, 1, 300)].into_iter().enumerate() {
        let shape = KvShape { capacity: 300, n_kv_heads, head_dim };
        let params = AttentionParams { softcap: (i == 0).then_some(3.0), ..params(group, shape) };
        let mut both = Both::with_cache(a, CacheType::F16, shape, 400 + i as u64);
        for (pos, n) in [(0, 1), (1, 130), (131, 1), (132, 6)] {
            both.step(&params, pos, n);
        }
    }
}

pub fn encoders_attend_to_all<A: Arch>(a: A) {
    for (group, n_kv_heads, head_dim, n) in [(1, 2, 8, 1), (1, 4, 16, 7), (2, 2, 20, 70), (4, 1, 6, 33)] {
        let shape = KvShape { capacity: 100, n_kv_heads, head_dim };
        let params = AttentionParams { causal: false, ..params(group, shape) };
        Both::new(a, shape, 300).step(&params, 0, n);
    }
}

pub fn attention_after_a_rewind<A: Arch>(a: A) {
    let shape = KvShape { capacity: 64, n_kv_heads: 2, head_dim: 8 };
    let mut both = Both::new(a, shape, 200);
    let params = params(2, shape);
    both.step(&params, 0, 40);
    // What a rewind leaves behind must not be seen, not even where it is no number.
    let poison = vec![f32::NAN; 20 * shape.width()];
    both.cpu.kv_write(&mut both.caches.0, &poison, &poison, 40, 20).unwrap();
    both.step(&params, 13, 2);
    both.step(&params, 15, 1);
}

pub fn kv_cache_grows_to_its_capacity_and_no_further<A: Arch>(a: A) {
    let shape = KvShape { capacity: 130, n_kv_heads: 1, head_dim: 8 };
    let mut both = Both::new(a, shape, 201);
    both.step(&params(1, shape), 0, 130);
    let row = vec![0.0; 8];
    for (pos, n) in [(130, 1), (usize::MAX, 1), (100, usize::MAX)] {
        let refused = both.cpu.kv_write(&mut both.caches.0, &row, &row, pos, n);
        assert!(matches!(refused, Err(BackendError::Shape { .. })), "{refused:?}");
    }
    let mut out = row.clone();
    let unwritten = both.cpu.attention(&row, &both.caches.0, &params(1, shape), &mut out, 130, 1);
    assert!(matches!(unwritten, Err(BackendError::Shape { .. })), "{unwritten:?}");
}
