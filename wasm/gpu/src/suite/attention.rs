//! Attention and its cache against the reference backend.

use wasm_chord_core::backend::{AttentionParams, Backend, BackendError, KvShape, Reference};
use wasm_chord_core::testing::{Random, assert_close};

use super::{base, get, here, put};
use crate::{CacheType, GpuBackend};

/// One layer in both backends, fed and asked the same.
struct Both<'a> {
    gpu: &'a mut GpuBackend,
    ty: CacheType,
    shape: KvShape,
    caches: (<GpuBackend as Backend>::KvCache, <Reference as Backend>::KvCache),
    random: Random,
}

impl<'a> Both<'a> {
    fn new(gpu: &'a mut GpuBackend, ty: CacheType, shape: KvShape, seed: u64) -> Self {
        gpu.set_cache(ty);
        let caches = (gpu.kv_cache(shape).unwrap(), Reference.kv_cache(shape).unwrap());
        Self { gpu, ty, shape, caches, random: Random::new(seed) }
    }

    /// Keys or values of `n` positions, and what the cache is to make of them: the same within f32's own rounding.
    fn fresh(&mut self, n: usize) -> (Vec<f32>, Vec<f32>) {
        let x = self.random.floats(n * self.shape.width());
        match self.ty {
            CacheType::F32 => (x.clone(), x),
            CacheType::F16 => (x.clone(), x.into_iter().map(nearest_half).collect()),
            CacheType::Q8 => {
                let x: Vec<f32> = x.chunks(self.shape.head_dim).flat_map(|row| self.whole_steps(row)).collect();
                (x.clone(), x)
            }
        }
    }

    /// A row like `row` that Q8 holds as it is: whole steps of a power of two, and 127 of them somewhere in each block.
    fn whole_steps(&mut self, row: &[f32]) -> Vec<f32> {
        let mut out = Vec::with_capacity(row.len());
        for block in row.chunks(32) {
            let step = 2f32.powi(self.random.range(0, 4) as i32 - 8);
            let greatest = self.random.range(0, block.len());
            let whole =
                |(i, x): (usize, &f32)| if i == greatest { 127.0 } else { (x * 40.0).round().clamp(-127.0, 127.0) };
            out.extend(block.iter().enumerate().map(whole).map(|steps| steps * step));
        }
        out
    }

    /// Writes `n` positions from `pos`.
    fn write(&mut self, pos: usize, n: usize) {
        let ((k, kept_k), (v, kept_v)) = (self.fresh(n), self.fresh(n));
        let (ours_k, ours_v) = (put(self.gpu, &k), put(self.gpu, &v));
        self.gpu.kv_write(&mut self.caches.0, &ours_k, &ours_v, pos, n).unwrap();
        Reference.kv_write(&mut self.caches.1, &kept_k, &kept_v, pos, n).unwrap();
    }

    /// Writes `n` positions from `pos`, attends from them, and compares.
    async fn step(&mut self, params: &AttentionParams, pos: usize, n: usize) {
        self.write(pos, n);
        let width = n * params.n_heads * params.head_dim;
        let q = self.random.floats(width);
        let (ours_q, mut got, mut want) = (put(self.gpu, &q), self.gpu.buffer(width).unwrap(), vec![0.0; width]);
        self.gpu.attention(&ours_q, &self.caches.0, params, &mut got, pos, n).unwrap();
        Reference.attention(&q, &self.caches.1, params, &mut want, pos, n).unwrap();
        assert_close(&get(self.gpu, &got).await, &want, 2e-5, &format!("{:?}, {n} from {pos}, {params:?}", self.ty));
    }
}

/// What an F16 cache makes of `x`: the nearest half, but none below 2⁻¹⁴ except 0.
fn nearest_half(x: f32) -> f32 {
    let least = 2f32.powi(-14);
    match x.abs() {
        small if small <= least / 2.0 => 0.0,
        small if small < least => least.copysign(x),
        size => {
            // The last of its 11 bits.
            let unit = f32::from_bits(size.to_bits() & 0x7f80_0000) / 1024.0;
            (x / unit).round_ties_even() * unit
        }
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
        // Heads that fill and break a vector and a block, and one longer than a workgroup has invocations.
        let shapes = [(3, 2, 20), (9, 1, 33), (2, 1, 300), (7, 1, 64), (1, 2, 8), (2, 1, 7), (1, 1, 1)];
        for (i, (group, n_kv_heads, head_dim)) in shapes.into_iter().take(here(7, 3)).enumerate() {
            let more = [(None, None), (Some(5), None), (Some(40), Some(2.0)), (Some(1), Some(30.0))];
            for ((window, softcap), ty) in more.into_iter().zip(CacheType::ALL.into_iter().cycle().skip(i)) {
                let shape = KvShape { capacity: 400, n_kv_heads, head_dim };
                let params = AttentionParams { window, softcap, ..params(group, shape) };
                let mut both = Both::new(&mut gpu, ty, shape, 100 + i as u64);
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

pub async fn attention_of_random_shapes() {
    let mut random = Random::new(107);
    for mut gpu in base().await {
        // A pipeline for each width takes longer than all the rest: a few widths.
        for i in 0..here(60, 20) {
            let (group, n_kv_heads) = (random.range(1, 10), random.range(1, 4));
            let head_dim = [7, 33, 64, 128, 390][random.range(0, 5)];
            let shape = KvShape { capacity: 600, n_kv_heads, head_dim };
            let pos = if i % 3 == 0 { 0 } else { random.range(0, 500) };
            let n = random.range(1, if i % 2 == 0 { 5 } else { 60 });
            let window = (i % 4 == 1).then(|| random.range(1, 300));
            let softcap = (i % 5 == 2).then_some(5.0);
            let causal = i % 6 != 3;
            let params = AttentionParams { window, softcap, causal, ..params(group, shape) };
            let mut both = Both::new(&mut gpu, CacheType::ALL[i % 3], shape, 1000 + i as u64);
            both.write(0, pos);
            both.step(&params, pos, n).await;
        }
    }
}

pub async fn a_long_past_is_cut_in_parts() {
    for mut gpu in base().await {
        let shape = KvShape { capacity: 3000, n_kv_heads: 2, head_dim: 32 };
        for (window, ty) in [(None, CacheType::F32), (Some(700), CacheType::F16), (None, CacheType::Q8)] {
            let params = AttentionParams { window, ..params(3, shape) };
            let mut both = Both::new(&mut gpu, ty, shape, 7);
            for pos in (0..2560).step_by(640) {
                both.step(&params, pos, 64).await;
                both.write(pos + 64, 576);
            }
            both.step(&params, 2560, 1).await;
            both.step(&params, 2561, 3).await;
        }
    }
}

pub async fn attention_that_is_too_much_for_one_dispatch() {
    for mut gpu in base().await {
        let shape = KvShape { capacity: 600, n_kv_heads: 1, head_dim: 64 };
        let params = params(4, shape);
        let mut both = Both::new(&mut gpu, CacheType::F16, shape, 8);
        both.write(0, 512);
        // 8 tiles of 32 rows, of 64 elements by about 544 positions each: 36 million operations.
        let mut dispatches = Vec::new();
        for most in [1 << 30, 16 << 20, 1] {
            both.gpu.attention_ops = most;
            let before = both.gpu.stats();
            both.step(&params, 512, 64).await;
            dispatches.push((both.gpu.stats() - before).dispatches);
        }
        assert!(dispatches[0] < dispatches[1] && dispatches[1] < dispatches[2], "{dispatches:?}");
        assert_eq!(dispatches[2] - dispatches[0], 7);
    }
}

/// How far an element that is no greater than `most` may be off in a cache.
fn rounding(ty: CacheType, most: f32) -> f32 {
    match ty {
        CacheType::F32 => 0.0,
        // Half of the last of 11 bits.
        CacheType::F16 => most / 2048.0,
        // Half a step of 127, which is itself rounded to f16.
        CacheType::Q8 => most / 254.0 * (1.0 + 1.0 / 2048.0),
    }
}

pub async fn values_are_rounded_as_their_type_says() {
    for mut gpu in base().await {
        for (ty, head_dim) in CacheType::ALL.into_iter().flat_map(|ty| [(ty, 64), (ty, 33), (ty, 7)]) {
            let shape = KvShape { capacity: 40, n_kv_heads: 2, head_dim };
            // Who sees one position gets its values.
            let params = AttentionParams { window: Some(1), ..params(1, shape) };
            let mut both = Both::new(&mut gpu, ty, shape, 500 + head_dim as u64);
            // Of every size, down to what f16 holds no more.
            let value = |i: usize, x: f32| x * 2f32.powi(-(i as i32 / 100 % 30));
            let v: Vec<f32> =
                both.random.floats(40 * shape.width()).into_iter().enumerate().map(|(i, x)| value(i, x)).collect();
            let ours = put(both.gpu, &v);
            both.gpu.kv_write(&mut both.caches.0, &ours, &ours, 0, 40).unwrap();
            let mut out = both.gpu.buffer(v.len()).unwrap();
            both.gpu.attention(&ours, &both.caches.0, &params, &mut out, 0, 40).unwrap();
            let got = get(both.gpu, &out).await;
            for (got, want) in
                got.chunks(head_dim).zip(v.chunks(head_dim)).flat_map(|(a, b)| a.chunks(32).zip(b.chunks(32)))
            {
                let greatest = want.iter().fold(0f32, |most, x| most.max(x.abs()));
                for (got, want) in got.iter().zip(want) {
                    let most = if ty == CacheType::Q8 { greatest } else { want.abs() };
                    // No f16 below 2⁻¹⁴ is kept, be it an element or a scale. The rest is f32's own rounding.
                    let bound = rounding(ty, most).max(if ty == CacheType::F32 { 0.0 } else { 2f32.powi(-15) });
                    assert!(
                        (got - want).abs() <= bound + 1e-6 * want.abs(),
                        "{ty:?}: {got} for {want}, within {bound}"
                    );
                }
            }
        }
    }
}

/// How far attention may be off where keys and values no greater than `most` are rounded: scores are off by no more than a
/// query's magnitudes times a key's error, and shares by e to twice that.
pub(super) fn attention_bound(ty: CacheType, p: &AttentionParams, q: &[f32], most: f32) -> f32 {
    let error = rounding(ty, most);
    let magnitude = |q: &[f32]| q.iter().map(|x| x.abs()).sum::<f32>();
    let score = p.scale * error * q.chunks(p.head_dim).map(magnitude).fold(0.0, f32::max);
    (2.0 * score).exp_m1() * most + error
}

pub async fn encoders_attend_to_all() {
    for mut gpu in base().await {
        for (group, n_kv_heads, head_dim, n) in [(1, 2, 8, 1), (1, 4, 20, 7), (2, 2, 20, 70), (4, 1, 7, 33)] {
            for ty in CacheType::ALL {
                let shape = KvShape { capacity: 100, n_kv_heads, head_dim };
                let params = AttentionParams { causal: false, ..params(group, shape) };
                Both::new(&mut gpu, ty, shape, 300).step(&params, 0, n).await;
            }
        }
    }
}

pub async fn attention_after_a_rewind() {
    for mut gpu in base().await {
        for ty in CacheType::ALL {
            let shape = KvShape { capacity: 64, n_kv_heads: 2, head_dim: 8 };
            let params = params(2, shape);
            let mut both = Both::new(&mut gpu, ty, shape, 200);
            both.step(&params, 0, 40).await;
            // What a rewind leaves behind must not be seen, not even where it is no number.
            let poison = put(both.gpu, &vec![f32::NAN; 20 * shape.width()]);
            both.gpu.kv_write(&mut both.caches.0, &poison, &poison, 40, 20).unwrap();
            both.step(&params, 13, 2).await;
            both.step(&params, 15, 1).await;
        }
    }
}

pub async fn the_cache_grows_to_its_capacity_and_no_further() {
    for mut gpu in base().await {
        for ty in CacheType::ALL {
            let shape = KvShape { capacity: 600, n_kv_heads: 1, head_dim: 8 };
            let params = params(1, shape);
            let mut both = Both::new(&mut gpu, ty, shape, 201);
            both.step(&params, 0, 100).await;
            both.step(&params, 100, 500).await;
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
}

pub async fn each_key_is_read_once_for_the_heads_that_share_it() {
    for mut gpu in base().await {
        // SmolLM2-135M's heads and Qwen2.5-0.5B's, of 64 elements, at a depth of 2048.
        for [n_heads, n_kv_heads] in [[9, 3], [14, 2]] {
            for (ty, row) in [(CacheType::F32, 256), (CacheType::F16, 128), (CacheType::Q8, 68)] {
                let shape = KvShape { capacity: 2048, n_kv_heads, head_dim: 64 };
                let mut both = Both::new(&mut gpu, ty, shape, 600);
                both.write(0, 2048);
                let q = put(both.gpu, &vec![0.5; n_heads * 64]);
                let mut out = both.gpu.buffer(n_heads * 64).unwrap();
                let before = both.gpu.stats();
                both.gpu
                    .attention(&q, &both.caches.0, &params(n_heads / n_kv_heads, shape), &mut out, 2047, 1)
                    .unwrap();
                let moved = (both.gpu.stats() - before).bytes;
                // 32 parts of 64 positions, each with its result, maximum and sum, written and read again.
                let parts = 2 * 32 * n_heads as u64 * 66 * 4;
                let cache = 2048 * 2 * n_kv_heads as u64 * row;
                assert_eq!(moved, cache + parts + 2 * n_heads as u64 * 256, "{ty:?} {n_heads}/{n_kv_heads}");
            }
        }
    }
}
