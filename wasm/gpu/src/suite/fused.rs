//! Ops that are several in one kernel: the same numbers as the reference's, and as few dispatches as they are for.

use wasm_chord_core::backend::{
    Activation, AttentionParams, Backend, KvShape, Reference, RopeAngles, RopePairing, RopeSpec,
};
use wasm_chord_core::gguf::{GgmlType, TensorInfo};
use wasm_chord_core::testing::{Random, assert_close, load, tensor, whole};

use super::attention::attention_bound;
use super::{base, every_tier, get, here, narrow, put, types_of_few};
use crate::{CacheType, Format, GpuBackend};

/// `[n, rows]` products by the reference, and the sum of magnitudes of each, which tells what f32 in another order is off by.
pub(super) fn product(w: &(TensorInfo, Vec<u8>), x: &[f32], n: usize) -> (Vec<f32>, Vec<f32>) {
    let (rows, width) = (w.0.rows(), w.0.row_len());
    let mut table = vec![0.0; rows * width];
    wasm_chord_core::block::dequantize_row(w.0.ty, &w.1, &mut table).unwrap();
    let (exact, mut want) = (load(&mut Reference, w), vec![0.0; n * rows]);
    Reference.matmul(&x.to_vec(), n, &mut [(&exact, &mut want)]).unwrap();
    let sizes = x
        .chunks_exact(width)
        .flat_map(|x| table.chunks_exact(width).map(move |w| w.iter().zip(x).map(|(w, x)| (w * x).abs()).sum::<f32>()));
    let sizes = sizes.collect();
    (want, sizes)
}

/// Of the sum of magnitudes; tiles of f16 round weights and activations to 11 bits.
pub(super) fn tolerance(gpu: &GpuBackend, ty: GgmlType, n: usize) -> f32 {
    let halves = gpu.capabilities().target.tier.f16 && Format::of(ty).is_quantized() && n > 8;
    if halves { 2e-3 } else { 2e-6 }
}

/// Fails unless each of `got` is within its bound of `want`.
pub(super) fn assert_within(got: &[f32], want: &[f32], bounds: &[f32], what: &str) {
    assert!(got.len() == want.len() && bounds.len() == want.len(), "{what}");
    for (i, ((got, want), bound)) in got.iter().zip(want).zip(bounds).enumerate() {
        assert!((got - want).abs() <= *bound, "{what}, element {i}: {got} for {want}, within {bound}");
    }
}

async fn check_add(gpu: &mut GpuBackend, random: &mut Random, ty: GgmlType, rows: usize, width: usize, n: usize) {
    let (h, x, w) = (random.floats(n * width), random.floats(n * rows + 1), tensor(random, ty, &[width, rows]));
    let ours = load(gpu, &w);
    let (input, mut got, mut spare) = (put(gpu, &h), put(gpu, &x), gpu.buffer(n * rows).unwrap());
    gpu.matmul_add(&input, n, &ours, &mut got, n * rows, &mut spare).unwrap();
    let (products, sizes) = product(&w, &h, n);
    let mut want = x;
    want.iter_mut().zip(&products).for_each(|(x, product)| *x += product);
    let tolerance = tolerance(gpu, ty, n);
    // The last element stays as it is.
    let bounds: Vec<f32> = sizes.iter().map(|size| tolerance * (size + 1.0)).chain([0.0]).collect();
    assert_within(&get(gpu, &got).await, &want, &bounds, &format!("{ty} [{rows}, {width}] by {n}"));
}

pub async fn products_are_added() {
    let mut random = Random::new(60);
    for mut gpu in every_tier().await {
        for ty in GgmlType::ALL {
            for (rows, blocks, n) in [(1, 1, 1), (65, 3, 1), (33, 2, 6), (70, 2, 9)] {
                check_add(&mut gpu, &mut random, ty, rows, whole(ty, 32) * blocks, n).await;
            }
        }
        check_add(&mut gpu, &mut random, GgmlType::F32, 37, 50, 3).await;
    }
    // A matrix in parts.
    for mut gpu in narrow().await {
        check_add(&mut gpu, &mut random, GgmlType::Q8_0, 101, 64, 1).await;
        check_add(&mut gpu, &mut random, GgmlType::Q8_0, 101, 64, 20).await;
    }
}

/// `gate` and `up` of these types; how many dispatches it took.
async fn check_gated(gpu: &mut GpuBackend, random: &mut Random, types: [GgmlType; 2], shape: [usize; 3]) -> u64 {
    let [rows, width, n] = shape;
    let x = random.floats(n * width);
    let [gate, up] = types.map(|ty| tensor(random, ty, &[width, rows]));
    let (our_gate, our_up) = (load(gpu, &gate), load(gpu, &up));
    let ((gates, gate_sizes), (ups, up_sizes)) = (product(&gate, &x, n), product(&up, &x, n));
    let tolerance = tolerance(gpu, types[0], n).max(tolerance(gpu, types[1], n));
    // Neither activation is steeper than 1.2, and neither is more than its argument.
    let bounds: Vec<f32> = (0..n * rows)
        .map(|i| 1.2 * gate_sizes[i] * (ups[i].abs() + tolerance * up_sizes[i]) + gates[i].abs() * up_sizes[i])
        .map(|size| tolerance * (size + 1.0))
        .collect();
    let input = put(gpu, &x);
    let mut dispatches = 0;
    for activation in [Activation::Silu, Activation::Gelu] {
        let (mut out, mut spare) = (gpu.buffer(n * rows).unwrap(), gpu.buffer(n * rows).unwrap());
        let before = gpu.stats();
        gpu.gated(&input, n, [&our_gate, &our_up], activation, [&mut out, &mut spare], n * rows).unwrap();
        dispatches = (gpu.stats() - before).dispatches;
        let mut want = gates.clone();
        match activation {
            Activation::Silu => Reference.swiglu(&mut want, &ups, n * rows).unwrap(),
            Activation::Gelu => Reference.geglu(&mut want, &ups, n * rows).unwrap(),
        }
        assert_within(&get(gpu, &out).await, &want, &bounds, &format!("{types:?} {shape:?} {activation:?}"));
    }
    dispatches
}

pub async fn gates_and_their_partners() {
    let mut random = Random::new(61);
    for mut gpu in every_tier().await {
        for ty in types_of_few(&gpu) {
            for (rows, blocks, n) in [(1, 1, 1), (65, 3, 1), (33, 2, 6)] {
                let shape = [rows, whole(ty, 32) * blocks, n];
                assert_eq!(check_gated(&mut gpu, &mut random, [ty, ty], shape).await, 1, "{ty} {shape:?}");
            }
        }
        assert_eq!(check_gated(&mut gpu, &mut random, [GgmlType::F16; 2], [37, 50, 3]).await, 1);
        // More tokens, or weights that lie differently.
        assert_eq!(check_gated(&mut gpu, &mut random, [GgmlType::Q4_0; 2], [70, 64, 9]).await, 3);
        assert_eq!(check_gated(&mut gpu, &mut random, [GgmlType::Q4_0, GgmlType::Q8_0], [70, 64, 1]).await, 3);
    }
    for mut gpu in narrow().await {
        assert!(check_gated(&mut gpu, &mut random, [GgmlType::Q8_0; 2], [101, 64, 1]).await > 3);
    }
}

pub async fn jobs_of_one_format_go_together() {
    let mut random = Random::new(62);
    for mut gpu in every_tier().await {
        for ty in types_of_few(&gpu) {
            for (rows, n) in [(vec![9, 3], 1), (vec![40, 17, 1], 1), (vec![64, 8, 8], 5), (vec![1; 7], 2)] {
                let width = whole(ty, 96);
                let x = random.floats(n * width);
                let input = put(&mut gpu, &x);
                let tensors: Vec<_> = rows.iter().map(|rows| tensor(&mut random, ty, &[width, *rows])).collect();
                let weights: Vec<_> = tensors.iter().map(|w| load(&mut gpu, w)).collect();
                let mut outs: Vec<_> = rows.iter().map(|rows| gpu.buffer(n * rows).unwrap()).collect();
                let mut jobs: Vec<_> = weights.iter().zip(&mut outs).collect();
                let before = gpu.stats();
                gpu.matmul(&input, n, &mut jobs).unwrap();
                assert_eq!((gpu.stats() - before).dispatches, rows.len().div_ceil(3) as u64);
                let tolerance = tolerance(&gpu, ty, n);
                for (w, out) in tensors.iter().zip(&outs) {
                    let (want, sizes) = product(w, &x, n);
                    let bounds: Vec<f32> = sizes.iter().map(|size| tolerance * (size + 1e-3)).collect();
                    assert_within(&get(&mut gpu, out).await, &want, &bounds, &format!("{ty} {rows:?} by {n}"));
                }
            }
        }
    }
}

pub async fn queries_turn_and_keys_are_kept() {
    let mut random = Random::new(63);
    for mut gpu in base().await {
        let shapes = [(4, 2, 20, 12, 5), (4, 4, 7, 2, 40), (9, 3, 64, 64, 1), (2, 1, 8, 8, 1), (3, 3, 33, 4, 3)];
        for (heads, kv_heads, head_dim, n_rot, n) in shapes.into_iter().take(here(5, 3)) {
            let pairings = [None, Some(RopePairing::Adjacent), Some(RopePairing::Halves)];
            for (pairing, ty) in pairings.into_iter().flat_map(|pairing| CacheType::ALL.map(|ty| (pairing, ty))) {
                gpu.set_cache(ty);
                let shape = KvShape { capacity: 400, n_kv_heads: kv_heads, head_dim };
                let params = AttentionParams {
                    n_heads: heads,
                    n_kv_heads: kv_heads,
                    head_dim,
                    scale: 0.5,
                    window: None,
                    softcap: None,
                    causal: true,
                };
                let (mut ours, mut exact) = (gpu.kv_cache(shape).unwrap(), Reference.kv_cache(shape).unwrap());
                let mut most = 0f32; // of what is in the cache
                // From one call to the next, and past the room that there is at first.
                for (pos, n) in [(0, n), (n, 255), (n + 255, n)] {
                    let angles = pairing.map(|pairing| {
                        let mut angles = RopeAngles::new(RopeSpec::plain(pairing, n_rot, 10_000.0));
                        angles.prepare(pos, n);
                        angles
                    });
                    let (mut q, k, v) = (
                        random.floats(n * heads * head_dim),
                        random.floats(n * kv_heads * head_dim),
                        random.floats(n * kv_heads * head_dim),
                    );
                    let (mut our_q, mut our_k, our_v) = (put(&mut gpu, &q), put(&mut gpu, &k), put(&mut gpu, &v));
                    let before = gpu.stats();
                    gpu.rope_kv_write(&mut our_q, &mut our_k, &our_v, angles.as_ref(), &mut ours, &params, pos, n)
                        .unwrap();
                    assert_eq!((gpu.stats() - before).dispatches, 1);
                    let mut turned = k.clone();
                    Reference
                        .rope_kv_write(&mut q, &mut turned, &v, angles.as_ref(), &mut exact, &params, pos, n)
                        .unwrap();
                    assert_close(&get(&mut gpu, &our_q).await, &q, 1e-6, "queries");
                    most = turned.iter().chain(&v).fold(most, |most, x| most.max(x.abs()));
                    let (mut got, mut want) = (gpu.buffer(q.len()).unwrap(), vec![0.0; q.len()]);
                    gpu.attention(&our_q, &ours, &params, &mut got, pos, n).unwrap();
                    Reference.attention(&q, &exact, &params, &mut want, pos, n).unwrap();
                    let tolerance = 1e-5 + attention_bound(ty, &params, &q, most);
                    let got = get(&mut gpu, &got).await;
                    assert_close(&got, &want, tolerance, &format!("what attention makes of keys and values in {ty:?}"));
                }
            }
        }
    }
}
