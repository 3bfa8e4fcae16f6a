//! Products of normed rows, whose norm is worked out within them: the reference's numbers, in one dispatch less.

use wasm_chord_core::backend::{Activation, Backend, Reference, Unnormed};
use wasm_chord_core::gguf::{GgmlType, TensorInfo};
use wasm_chord_core::testing::{Random, load, tensor, whole};

use super::fused::{assert_within, product, tolerance};
use super::{base, every_tier, get, narrow, put, types_of_few};
use crate::GpuBackend;

/// A tensor of the file, and it as the GPU has it.
struct Both {
    exact: (TensorInfo, Vec<u8>),
    ours: <GpuBackend as Backend>::Weight,
}

impl Both {
    fn new(gpu: &mut GpuBackend, random: &mut Random, ty: GgmlType, dims: &[usize]) -> Self {
        let exact = tensor(random, ty, dims);
        Self { ours: load(gpu, &exact), exact }
    }
}

/// Rows, the norm's weights, and what the reference makes of them.
struct Rows {
    x: Vec<f32>,
    gains: Both,
    eps: f32,
    normed: Vec<f32>,
    n: usize,
}

impl Rows {
    fn new(gpu: &mut GpuBackend, random: &mut Random, x: Vec<f32>, eps: f32, n: usize) -> Self {
        let gains = Both::new(gpu, random, GgmlType::F32, &[x.len() / n]);
        let (weight, mut normed) = (load(&mut Reference, &gains.exact), vec![0.0; x.len()]);
        Reference.rms_norm(&x, &weight, eps, &mut normed, n).unwrap();
        Self { x, gains, eps, normed, n }
    }

    /// Dispatches of the product with `weights`, which must be the reference's.
    async fn check(&self, gpu: &mut GpuBackend, weights: &[Both]) -> u64 {
        let n = self.n;
        let (x, mut spare) = (put(gpu, &self.x), gpu.buffer(self.x.len()).unwrap());
        let mut outs: Vec<_> = weights.iter().map(|w| gpu.buffer(n * w.exact.0.rows()).unwrap()).collect();
        let mut jobs: Vec<_> = weights.iter().map(|w| &w.ours).zip(&mut outs).collect();
        let before = gpu.stats();
        let rows = Unnormed { x: &x, weight: &self.gains.ours, eps: self.eps, spare: &mut spare };
        gpu.norm_matmul(rows, n, &mut jobs).unwrap();
        let dispatches = (gpu.stats() - before).dispatches;
        for (w, out) in weights.iter().zip(&outs) {
            let (want, sizes) = product(&w.exact, &self.normed, n);
            let tolerance = tolerance(gpu, w.exact.0.ty, n);
            let bounds: Vec<f32> = sizes.iter().map(|size| tolerance * (size + 1e-3)).collect();
            let what = format!("{} {:?} by {n}, eps {}", w.exact.0.ty, w.exact.0.dims, self.eps);
            assert_within(&get(gpu, out).await, &want, &bounds, &what);
        }
        dispatches
    }

    /// Dispatches of the gated product with `gate` and `up`, which must be the reference's.
    async fn check_gated(&self, gpu: &mut GpuBackend, [gate, up]: [&Both; 2], activation: Activation) -> u64 {
        let (n, len) = (self.n, self.n * gate.exact.0.rows());
        let (x, mut spare) = (put(gpu, &self.x), gpu.buffer(self.x.len()).unwrap());
        let (mut out, mut other) = (gpu.buffer(len).unwrap(), gpu.buffer(len).unwrap());
        let before = gpu.stats();
        let rows = Unnormed { x: &x, weight: &self.gains.ours, eps: self.eps, spare: &mut spare };
        gpu.norm_gated(rows, n, [&gate.ours, &up.ours], activation, [&mut out, &mut other], len).unwrap();
        let dispatches = (gpu.stats() - before).dispatches;
        let ((gates, gate_sizes), (ups, up_sizes)) =
            (product(&gate.exact, &self.normed, n), product(&up.exact, &self.normed, n));
        let mut want = gates.clone();
        match activation {
            Activation::Silu => Reference.swiglu(&mut want, &ups, len).unwrap(),
            Activation::Gelu => Reference.geglu(&mut want, &ups, len).unwrap(),
        }
        let tolerance = tolerance(gpu, gate.exact.0.ty, n);
        // As of gates without a norm: neither activation is steeper than 1.2, and neither is more than its argument.
        let bounds: Vec<f32> = (0..len)
            .map(|i| 1.2 * gate_sizes[i] * (ups[i].abs() + tolerance * up_sizes[i]) + gates[i].abs() * up_sizes[i])
            .map(|size| tolerance * (size + 1.0))
            .collect();
        let what = format!("{} {:?} by {n}, {activation:?}", gate.exact.0.ty, gate.exact.0.dims);
        assert_within(&get(gpu, &out).await, &want, &bounds, &what);
        dispatches
    }
}

pub async fn products_of_normed_rows() {
    let mut random = Random::new(64);
    for mut gpu in every_tier().await {
        for ty in types_of_few(&gpu) {
            for (count, blocks, n) in [(vec![33], 1, 1), (vec![9, 4], 3, 1), (vec![20, 3, 7], 2, 5), (vec![8; 3], 2, 8)]
            {
                let width = whole(ty, 32) * blocks;
                let x = random.floats(n * width);
                let rows = Rows::new(&mut gpu, &mut random, x, 1e-5, n);
                let weights: Vec<_> =
                    count.iter().map(|rows| Both::new(&mut gpu, &mut random, ty, &[width, *rows])).collect();
                assert_eq!(rows.check(&mut gpu, &weights).await, 1, "{ty}");
                let gate = Both::new(&mut gpu, &mut random, ty, &[width, count[0]]);
                assert_eq!(rows.check_gated(&mut gpu, [&gate, &weights[0]], Activation::Silu).await, 1, "{ty}");
            }
        }
    }
}

pub async fn products_of_normed_rows_of_any_width() {
    let mut random = Random::new(65);
    for mut gpu in every_tier().await {
        for (width, n) in [(1, 1), (33, 4), (50, 1), (130, 7), (2049, 1)] {
            let x = random.floats(n * width);
            let rows = Rows::new(&mut gpu, &mut random, x, 1e-6, n);
            let types = [GgmlType::F32, GgmlType::F16, GgmlType::BF16];
            let weights = types.map(|ty| Both::new(&mut gpu, &mut random, ty, &[width, 19]));
            // Of three formats: three kernels, each with the norm.
            assert_eq!(rows.check(&mut gpu, &weights).await, 3);
            let [gate, _, up] = &weights;
            rows.check_gated(&mut gpu, [gate, gate], Activation::Gelu).await;
            assert_eq!(rows.check_gated(&mut gpu, [gate, up], Activation::Silu).await, 3);
        }
        // Of more tokens the norm is a kernel of its own.
        let x = random.floats(9 * 64);
        let rows = Rows::new(&mut gpu, &mut random, x, 1e-6, 9);
        let w = [0, 1].map(|_| Both::new(&mut gpu, &mut random, GgmlType::Q8_0, &[64, 70]));
        assert_eq!(rows.check(&mut gpu, &w).await, 3);
        assert_eq!(rows.check_gated(&mut gpu, [&w[0], &w[1]], Activation::Silu).await, 4);
    }
    // A matrix in parts.
    for mut gpu in narrow().await {
        for n in [1, 6] {
            let x = random.floats(n * 64);
            let rows = Rows::new(&mut gpu, &mut random, x, 1e-6, n);
            let w = [Both::new(&mut gpu, &mut random, GgmlType::Q8_0, &[64, 101])];
            assert!(rows.check(&mut gpu, &w).await > 1);
        }
    }
}

/// Rows whose squares are all eps, or none of it; and rows that a separate norm makes numbers of, too.
pub async fn products_of_normed_rows_of_any_size() {
    let mut random = Random::new(66);
    for mut gpu in base().await {
        for (size, eps) in [(0.0, 1e-5), (1e-12, 1e-5), (1e-4, 1e-5), (1e4, 1e-5), (1e12, 1e-6), (1e17, 1e-6)] {
            let x = random.floats(3 * 256).iter().map(|x| x * size).collect();
            let rows = Rows::new(&mut gpu, &mut random, x, eps, 3);
            let w = [0, 1].map(|_| Both::new(&mut gpu, &mut random, GgmlType::Q4_0, &[256, 21]));
            rows.check(&mut gpu, &w).await;
            rows.check_gated(&mut gpu, [&w[0], &w[1]], Activation::Silu).await;
        }
        // Where the squares are too large for f32, either is 0 and neither infinite.
        let x: Vec<f32> = random.floats(256).iter().map(|x| x * 1e30).collect();
        let (gains, w) = (
            Both::new(&mut gpu, &mut random, GgmlType::F32, &[256]),
            Both::new(&mut gpu, &mut random, GgmlType::Q4_0, &[256, 21]),
        );
        let (x, mut spare) = (put(&mut gpu, &x), gpu.buffer(256).unwrap());
        let (mut apart, mut within) = (gpu.buffer(21).unwrap(), gpu.buffer(21).unwrap());
        gpu.rms_norm(&x, &gains.ours, 1e-6, &mut spare, 1).unwrap();
        gpu.matmul(&spare, 1, &mut [(&w.ours, &mut apart)]).unwrap();
        let rows = Unnormed { x: &x, weight: &gains.ours, eps: 1e-6, spare: &mut spare };
        gpu.norm_matmul(rows, 1, &mut [(&w.ours, &mut within)]).unwrap();
        assert_eq!(get(&mut gpu, &within).await, get(&mut gpu, &apart).await);
    }
}
