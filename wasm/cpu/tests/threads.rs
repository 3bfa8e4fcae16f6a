//! What several threads make of an op, against what one makes of it.
#![allow(clippy::unwrap_used, reason = "these are tests, which panic when they fail")]

use wasm_chord_core::backend::{AttentionParams, Backend, KvShape, RopeAngles, RopePairing, RopeSpec};
use wasm_chord_core::gguf::{GgmlType, TensorInfo};
use wasm_chord_cpu::pool::Pool;
use wasm_chord_cpu::{CpuBackend, Weight};

/// Numbers between -1 and 1 that look random.
fn floats(seed: usize, len: usize) -> Vec<f32> {
    (0..len).map(|i| ((i + seed) * 7919 % 2003) as f32 / 1001.5 - 1.0).collect()
}

/// The same calls on one thread and on three.
struct Both([CpuBackend; 2]);

impl Both {
    fn new() -> Self {
        Self([CpuBackend::new(), CpuBackend::new().with_pool(Pool::started(3))])
    }

    /// What `op` leaves in buffers of `lens` on each.
    fn results(&mut self, op: impl Fn(&mut CpuBackend) -> Vec<f32>) -> [Vec<f32>; 2] {
        self.0.each_mut().map(op)
    }

    fn agree(&mut self, what: &str, op: impl Fn(&mut CpuBackend) -> Vec<f32>) {
        let [one, three] = self.results(op);
        assert_eq!(one, three, "{what}");
    }
}

fn matrix(cpu: &mut CpuBackend, ty: GgmlType, width: usize, rows: usize) -> Weight {
    let len = ty.row_bytes(width) * rows;
    // Small halves wherever a block has its scales.
    let bytes: Vec<u8> = (0..len).map(|i| (i * 31 % 251) as u8 & 0x2f).collect();
    let dims = if rows == 1 { vec![width] } else { vec![width, rows] };
    let info = TensorInfo { name: "w".to_owned(), ty, dims, offset: 0, bytes: len as u64 };
    let mut staging = cpu.begin_weight(&info).unwrap();
    cpu.write_weight(&mut staging, &bytes).unwrap();
    cpu.finish_weight(staging).unwrap()
}

#[test]
fn matrix_products() {
    let mut both = Both::new();
    // Rows that are no multiple of what a part has; inputs of two forms in one call.
    for n in [1, 2, 4, 7, 130] {
        both.agree(&format!("{n} tokens"), |cpu| {
            let types = [GgmlType::Q4_0, GgmlType::Q4_0, GgmlType::Q8_0, GgmlType::F32, GgmlType::Q6_K];
            let rows = [1111, 1, 999, 2050, 3];
            let weights: Vec<_> = types.iter().zip(rows).map(|(ty, rows)| matrix(cpu, *ty, 256, rows + 1)).collect();
            let mut outs: Vec<_> = rows.iter().map(|rows| vec![f32::NAN; n * (rows + 1)]).collect();
            let mut jobs: Vec<_> = weights.iter().zip(&mut outs).collect();
            cpu.matmul(&floats(1, n * 256), n, &mut jobs).unwrap();
            outs.concat()
        });
    }
}

#[test]
fn rows_and_elements() {
    let mut both = Both::new();
    for n in [1, 3, 75] {
        let (heads, head_dim) = (6, 44);
        let width = heads * head_dim;
        both.agree(&format!("{n} rows"), |cpu| {
            let weight = matrix(cpu, GgmlType::F32, width, 1);
            let x = floats(2, n * width);
            let mut normed = vec![0.0; x.len()];
            cpu.rms_norm(&x, &weight, 1e-5, &mut normed, n).unwrap();
            cpu.rms_norm_in_place(&mut normed, &weight, 1e-5, n).unwrap();
            let mut turned = x.clone();
            let inv_freq = (0..head_dim / 2).map(|i| 1.0 / (i + 1) as f32).collect();
            let mut angles = RopeAngles::new(RopeSpec { pairing: RopePairing::Halves, inv_freq, magnitude: 1.0 });
            angles.prepare(9, n);
            cpu.rope(&mut turned, &angles, heads, head_dim, n).unwrap();
            let mut gates = [x.clone(), x.clone(), x.clone()];
            cpu.swiglu(&mut gates[0], &turned, n * width - 1).unwrap();
            cpu.geglu(&mut gates[1], &turned, n * width).unwrap();
            cpu.gelu(&mut gates[2], n * width - 3).unwrap();
            [normed, turned, gates.concat()].concat()
        });
    }
}

#[test]
fn attention() {
    let shape = KvShape { capacity: 1300, n_kv_heads: 2, head_dim: 24 };
    let mut both = Both::new();
    for (window, causal) in [(None, true), (Some(300), true), (Some(7), true), (None, false)] {
        let params =
            AttentionParams { n_heads: 10, n_kv_heads: 2, head_dim: 24, scale: 0.5, window, softcap: None, causal };
        // Prefill, then single tokens whose positions are cut in parts: those are added in another order.
        for (pos, n) in [(0, 700), (1290, 1), (256, 1), (1000, 9)] {
            let [one, three] = both.results(|cpu| {
                let mut cache = cpu.kv_cache(shape).unwrap();
                let width = shape.n_kv_heads * shape.head_dim;
                let kv = floats(3, 1300 * width);
                cpu.kv_write(&mut cache, &kv, &floats(4, 1300 * width), 0, 1300).unwrap();
                let mut out = vec![f32::NAN; n * 240];
                cpu.attention(&floats(5, n * 240), &cache, &params, &mut out, pos, n).unwrap();
                out
            });
            for (i, (one, three)) in one.iter().zip(&three).enumerate() {
                assert!((one - three).abs() < 5e-6, "{n} from {pos}, {params:?}, element {i}: {one}, {three}");
            }
        }
    }
}
