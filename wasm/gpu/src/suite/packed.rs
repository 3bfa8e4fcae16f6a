//! Products of bytes: what becomes of activations, and that of these the products are exact.

use wasm_chord_core::backend::{Activation, Backend, Reference};
use wasm_chord_core::block;
use wasm_chord_core::gguf::{GgmlType, TensorInfo};
use wasm_chord_core::testing::{Random, load, tensor, whole};

use super::{get, open, put};
use crate::ops::UNIT_WORDS;
use crate::weight::UNIT;
use crate::{Format, GpuBackend, Options, Software, Tier};

/// A backend that multiplies bytes, where there is a software adapter; it translates products of bytes if it has none.
async fn packed() -> Vec<GpuBackend> {
    let gpu = open(&Options { software: Software::Only, tier: Some(Tier::DP4A) }).await;
    let backends = Vec::from_iter(gpu);
    assert!(backends.iter().all(|gpu| gpu.capabilities().target.tier == Tier::DP4A));
    backends
}

/// The same, whose kernels may see 4 KiB of a weight at once.
async fn narrow() -> Vec<GpuBackend> {
    let mut backends = packed().await;
    backends.iter_mut().for_each(|gpu| gpu.device.capabilities.binding_bytes = 4096);
    backends
}

fn quantized() -> impl Iterator<Item = GgmlType> {
    GgmlType::ALL.into_iter().filter(|ty| Format::of(*ty).is_quantized())
}

/// A unit as the GPU has it: its bytes, its scale, and the sums of its halves.
struct Bytes {
    quants: Vec<i8>,
    scale: f32,
    sums: [f32; 2],
}

/// `x` in bytes.
async fn in_bytes(gpu: &mut GpuBackend, x: &[f32]) -> Vec<Bytes> {
    let units = x.len() / UNIT;
    let (input, out) = (put(gpu, x), gpu.buffer(units * UNIT_WORDS).unwrap());
    gpu.quantize(&input, units, out.binding().memory).unwrap();
    let words = get(gpu, &out).await;
    let bytes = |unit: &[f32]| Bytes {
        quants: unit[..8].iter().flat_map(|word| word.to_bits().to_le_bytes()).map(|byte| byte as i8).collect(),
        scale: unit[8],
        sums: [unit[9], unit[10]],
    };
    words.chunks_exact(UNIT_WORDS).map(bytes).collect()
}

pub async fn activations_in_bytes() {
    let mut random = Random::new(80);
    for mut gpu in packed().await {
        let mut x = random.floats(80 * UNIT);
        x[32..64].fill(0.0);
        x[64..96].fill(1e-38); // Too small for a scale with an inverse.
        x[96..128].iter_mut().for_each(|x| *x *= 1e37);
        x[128..160].iter_mut().for_each(|x| *x *= 1e-28);
        (x[170], x[200], x[225]) = (f32::NAN, f32::INFINITY, f32::NEG_INFINITY);
        for (i, (x, got)) in x.chunks_exact(UNIT).zip(in_bytes(&mut gpu, &x).await).enumerate() {
            let largest = x.iter().fold(0f32, |max, x| max.max(x.abs()));
            let what = format!("unit {i}, greatest {largest}, scale {}", got.scale);
            if (5..8).contains(&i) {
                assert!(got.scale.is_nan() && got.quants.iter().all(|q| *q == 0), "{what}");
                continue;
            }
            if largest < 1e-30 {
                assert!(got.scale == 0.0 && got.sums == [0.0; 2] && got.quants.iter().all(|q| *q == 0), "{what}");
                continue;
            }
            assert!((got.scale * 127.0 / largest - 1.0).abs() <= 1e-6, "{what}");
            assert_eq!(got.quants.iter().map(|q| q.unsigned_abs()).max(), Some(127), "{what}");
            for (x, q) in x.iter().zip(&got.quants) {
                // A device may divide a little wrongly, and so decide a tie the other way.
                assert!((x / got.scale - f32::from(*q)).abs() <= 0.5 + 1e-4, "{what}: {q} for {x}");
            }
            for (half, sum) in got.quants.chunks_exact(16).zip(got.sums) {
                let want = half.iter().map(|q| i32::from(*q)).sum::<i32>() as f32 * got.scale;
                assert!((sum - want).abs() <= 1e-6 * want.abs(), "{what}: sum {sum} for {want}");
            }
        }
    }
}

/// What a product of bytes is to be.
struct Product {
    /// Of the activations as they are.
    truth: Vec<f32>,
    /// Of what their bytes stand for, and the sum of magnitudes of the same.
    exact: Vec<(f64, f64)>,
    /// What the bytes' rounding is off by at most: half a scale each.
    rounding: Vec<f32>,
}

/// `w` by `n` tokens of `x`.
async fn product(gpu: &mut GpuBackend, w: &(TensorInfo, Vec<u8>), x: &[f32], n: usize) -> Product {
    let (rows, width) = (w.0.rows(), w.0.row_len());
    let mut table = vec![0.0; rows * width];
    block::dequantize_row(w.0.ty, &w.1, &mut table).unwrap();
    let (weight, mut truth) = (load(&mut Reference, w), vec![0.0; n * rows]);
    Reference.matmul(&x.to_vec(), n, &mut [(&weight, &mut truth)]).unwrap();
    let bytes = in_bytes(gpu, x).await;
    let (mut exact, mut rounding) = (Vec::new(), Vec::new());
    for token in bytes.chunks_exact(width / UNIT) {
        let stands_for =
            token.iter().flat_map(|unit| unit.quants.iter().map(|q| f64::from(*q) * f64::from(unit.scale)));
        let (x, scales): (Vec<f64>, Vec<f32>) =
            stands_for.zip(token.iter().flat_map(|unit| [unit.scale; UNIT])).unzip();
        for w in table.chunks_exact(width) {
            let products = || w.iter().zip(&x).map(|(w, x)| f64::from(*w) * x);
            exact.push((products().sum(), products().map(f64::abs).sum()));
            rounding.push(w.iter().zip(&scales).map(|(w, scale)| w.abs() * scale * 0.5001).sum());
        }
    }
    Product { truth, exact, rounding }
}

/// Fails unless `got` is what it is to be.
fn assert_product(got: &[f32], want: &Product, what: &str) {
    assert_eq!(got.len(), want.truth.len(), "{what}");
    for (i, got) in got.iter().enumerate() {
        let ((exact, size), truth) = (want.exact[i], want.truth[i]);
        let allowed = 2e-6 * (size + 1e-3);
        let off = (f64::from(*got) - exact).abs();
        assert!(off <= allowed, "{what}, element {i}: {got} for {exact}, of bytes");
        let off = f64::from((got - truth).abs());
        assert!(off <= f64::from(want.rounding[i]) + 2.0 * allowed, "{what}, element {i}: {got} for {truth}");
    }
}

async fn check(gpu: &mut GpuBackend, random: &mut Random, ty: GgmlType, rows: usize, width: usize, n: usize) {
    let (x, w) = (random.floats(n * width), tensor(random, ty, &[width, rows]));
    let weight = load(gpu, &w);
    let (input, mut out) = (put(gpu, &x), gpu.buffer(n * rows).unwrap());
    gpu.matmul(&input, n, &mut [(&weight, &mut out)]).unwrap();
    let (got, want) = (get(gpu, &out).await, product(gpu, &w, &x, n).await);
    assert_product(&got, &want, &format!("{ty} [{rows}, {width}] by {n}"));
}

pub async fn products_of_bytes_are_exact() {
    let mut random = Random::new(81);
    for mut gpu in packed().await {
        for ty in quantized() {
            // Full and broken tiles of rows and tokens, odd numbers of units.
            for (rows, units, n) in [(1, 1, 9), (65, 3, 12), (130, 2, 33), (64, 1, 65), (70, 5, 130)] {
                check(&mut gpu, &mut random, ty, rows, whole(ty, UNIT) * units, n).await;
            }
        }
    }
    for mut gpu in narrow().await {
        for ty in quantized() {
            check(&mut gpu, &mut random, ty, 101, whole(ty, 64), 20).await;
        }
    }
}

pub async fn bytes_are_shared_and_products_added() {
    let mut random = Random::new(82);
    for mut gpu in packed().await {
        let (width, n, rows) = (256, 20, 70);
        let x = random.floats(n * width);
        let input = put(&mut gpu, &x);
        let types = [GgmlType::Q4_0, GgmlType::Q6_K, GgmlType::F16];
        let tensors = types.map(|ty| tensor(&mut random, ty, &[width, rows]));
        let weights = tensors.each_ref().map(|w| load(&mut gpu, w));
        let mut outs = types.map(|_| gpu.buffer(n * rows).unwrap());
        let before = gpu.stats();
        gpu.matmul(&input, n, &mut weights.iter().zip(&mut outs).collect::<Vec<_>>()).unwrap();
        assert_eq!((gpu.stats() - before).dispatches, 4);
        for (w, out) in tensors.iter().zip(&outs).take(2) {
            let (got, want) = (get(&mut gpu, out).await, product(&mut gpu, w, &x, n).await);
            assert_product(&got, &want, "together");
        }
        // What floats stand for is not rounded.
        let mut want = vec![0.0; n * rows];
        let exact = load(&mut Reference, &tensors[2]);
        Reference.matmul(&x, n, &mut [(&exact, &mut want)]).unwrap();
        wasm_chord_core::testing::assert_close(&get(&mut gpu, &outs[2]).await, &want, 1e-4, "f16");

        let [first, ..] = &mut outs;
        let (before, mut spare) = (get(&mut gpu, first).await, gpu.buffer(n * rows).unwrap());
        gpu.matmul_add(&input, n, &weights[0], first, n * rows, &mut spare).unwrap();
        for (now, before) in get(&mut gpu, first).await.iter().zip(&before) {
            assert_eq!(*now, before + before);
        }

        // A gate and its partner: bytes, two products, the activation.
        let before = gpu.stats();
        let [mut out, mut spare] = [(); 2].map(|()| gpu.buffer(n * rows).unwrap());
        let pair = [&weights[0], &weights[1]];
        gpu.gated(&input, n, pair, Activation::Silu, [&mut out, &mut spare], n * rows).unwrap();
        assert_eq!((gpu.stats() - before).dispatches, 4);
        // Few tokens are not rounded.
        let before = gpu.stats();
        gpu.matmul(&input, 8, &mut [(&weights[0], &mut out)]).unwrap();
        assert_eq!((gpu.stats() - before).dispatches, 1);
    }
}

pub async fn what_is_not_finite_stays_with_its_token() {
    let mut random = Random::new(83);
    for mut gpu in packed().await {
        let (width, n, rows) = (256, 12, 40);
        let mut x = random.floats(n * width);
        x[3 * width..4 * width].fill(0.0);
        (x[5 * width + 100], x[7 * width]) = (f32::NAN, f32::INFINITY);
        for ty in [GgmlType::Q4_0, GgmlType::Q4_K, GgmlType::Q6_K] {
            let weight = load(&mut gpu, &tensor(&mut random, ty, &[width, rows]));
            let (input, mut out) = (put(&mut gpu, &x), gpu.buffer(n * rows).unwrap());
            gpu.matmul(&input, n, &mut [(&weight, &mut out)]).unwrap();
            for (token, got) in get(&mut gpu, &out).await.chunks_exact(rows).enumerate() {
                match token {
                    3 => assert!(got.iter().all(|x| *x == 0.0), "{ty}"),
                    5 | 7 => assert!(got.iter().all(|x| !x.is_finite()), "{ty}"),
                    _ => assert!(got.iter().all(|x| x.is_finite()), "{ty}"),
                }
            }
        }
    }
}
