//! The kernels over single rows, at every length and start, against f64.

use wasm_chord_core::backend::RopePairing;

use crate::arch::Arch;
use crate::kernels::{exp, norm, rope};
use crate::vector::LANES;
use wasm_chord_core::testing::{Random, assert_close};

/// Lengths and starts that meet every remainder and misalignment.
fn shapes() -> impl Iterator<Item = (usize, usize)> {
    (1..40).chain([64, 100, 129]).flat_map(|len| (0..4).map(move |start| (len, start)))
}

pub fn exp_and_tanh_keep_their_bounds<A: Arch>(a: A) {
    let eight = |f: &dyn Fn(A::F) -> A::F, x: f32| {
        let mut lanes = [0.0; LANES];
        a.store(f(a.splat(x)), &mut lanes);
        assert!(lanes.iter().all(|y| y.to_bits() == lanes[0].to_bits()));
        f64::from(lanes[0])
    };
    for i in -87_299..88_000 {
        let x = i as f32 / 1000.0;
        let want = f64::from(x).exp();
        let error = (eight(&|x| exp::exp(a, x), x) - want).abs() / want;
        assert!(error <= 3e-7, "exp({x}) is off by {error:e}");
        let error = (eight(&|x| exp::tanh(a, x), x) - f64::from(x).tanh()).abs();
        assert!(error <= 4e-7, "tanh({x}) is off by {error:e}");
    }
    assert_eq!(eight(&|x| exp::exp(a, x), f32::NEG_INFINITY), 0.0);
    assert_eq!(eight(&|x| exp::exp(a, x), -1000.0), 0.0);
    assert_eq!(eight(&|x| exp::exp(a, x), 1000.0), eight(&|x| exp::exp(a, x), 88.0));
    assert_eq!(eight(&|x| exp::tanh(a, x), 1000.0), 1.0);
    assert_eq!(eight(&|x| exp::tanh(a, x), -1000.0), -1.0);
}

pub fn swiglu_at_any_length<A: Arch>(a: A) {
    let mut random = Random::new(3);
    for (len, start) in shapes() {
        let (gate, up) = (random.floats(start + len + 1), random.floats(start + len));
        let mut got = gate.clone();
        exp::swiglu(a, &mut got[start..start + len], &up[start..]);
        let silu = |x: f32| f64::from(x) / (1.0 + (-f64::from(x)).exp());
        let want: Vec<f32> = (start..start + len).map(|i| (silu(gate[i]) * f64::from(up[i])) as f32).collect();
        assert_close(&got[start..start + len], &want, 1e-6, "swiglu");
        assert_eq!((&got[..start], got.last()), (&gate[..start], gate.last()), "outside of the slice");
    }
    // Far out it is 0 on one side, and the product on the other.
    let mut gate = [-1e4, -100.0, 100.0, 1e4];
    exp::swiglu(a, &mut gate, &[2.0; 4]);
    assert_close(&gate, &[0.0, 0.0, 200.0, 2e4], 1e-6, "swiglu of large values");
}

pub fn gelu_at_any_length<A: Arch>(a: A) {
    let gelu = |x: f32| {
        let x = f64::from(x);
        0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3))).tanh())
    };
    let mut random = Random::new(6);
    for (len, start) in shapes() {
        let (gate, up) = (random.floats(start + len + 1), random.floats(start + len));
        let inside = start..start + len;
        let (mut gated, mut alone) = (gate.clone(), gate.clone());
        exp::geglu(a, &mut gated[inside.clone()], &up[start..]);
        exp::gelu(a, &mut alone[inside.clone()]);
        let want: Vec<f32> = inside.clone().map(|i| (gelu(gate[i]) * f64::from(up[i])) as f32).collect();
        assert_close(&gated[inside.clone()], &want, 1e-6, "geglu");
        let want: Vec<f32> = inside.clone().map(|i| gelu(gate[i]) as f32).collect();
        assert_close(&alone[inside], &want, 1e-6, "gelu");
        for got in [gated, alone] {
            assert_eq!((&got[..start], got.last()), (&gate[..start], gate.last()), "outside of the slice");
        }
    }
    let mut far = [-1e4, -50.0, 50.0, 1e4];
    exp::gelu(a, &mut far);
    assert_close(&far, &[0.0, 0.0, 50.0, 1e4], 1e-6, "gelu of large values");
}

pub fn softcap_at_any_length<A: Arch>(a: A) {
    let mut random = Random::new(7);
    for (len, start) in shapes() {
        let x = random.floats(start + len + 1);
        let mut got = x.clone();
        exp::softcap(a, &mut got[start..start + len], 1.5);
        let want: Vec<f32> = x[start..start + len].iter().map(|x| 1.5 * (x / 1.5).tanh()).collect();
        assert_close(&got[start..start + len], &want, 1e-6, "softcap");
        assert_eq!((&got[..start], got.last()), (&x[..start], x.last()), "outside of the slice");
    }
}

pub fn layer_norm_at_any_length<A: Arch>(a: A) {
    let mut random = Random::new(8);
    for (len, start) in shapes() {
        let (x, weight, bias) = (random.floats(start + len), random.floats(start + len), random.floats(start + len));
        for bias in [&bias[start..], &[]] {
            let mut got = vec![9.0; start + len + 1];
            norm::layer_norm(a, &x[start..], &weight[start..], bias, 1e-5, &mut got[start..start + len]);
            let mean = x[start..].iter().map(|x| f64::from(*x)).sum::<f64>() / len as f64;
            let variance = x[start..].iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / len as f64;
            let want = (0..len).map(|i| {
                let normed = (f64::from(x[start + i]) - mean) / (variance + 1e-5).sqrt();
                (normed * f64::from(weight[start + i])) as f32 + bias.get(i).copied().unwrap_or(0.0)
            });
            assert_close(&got[start..start + len], &want.collect::<Vec<_>>(), 3e-6, "layer_norm");
            assert!(got[..start].iter().chain(got.last()).all(|x| *x == 9.0), "outside of the slice");
        }
    }
}

pub fn rms_norm_at_any_length<A: Arch>(a: A) {
    let mut random = Random::new(4);
    for (len, start) in shapes() {
        let (x, weight) = (random.floats(start + len), random.floats(start + len));
        let mut got = vec![9.0; start + len + 1];
        norm::rms_norm(a, &x[start..], &weight[start..], 1e-5, &mut got[start..start + len]);
        let mean = x[start..].iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / len as f64;
        let want = (start..start + len).map(|i| f64::from(x[i]) / (mean + 1e-5).sqrt() * f64::from(weight[i]));
        let want: Vec<f32> = want.map(|x| x as f32).collect();
        assert_close(&got[start..start + len], &want, 1e-6, "rms_norm");
        let mut in_place = x.clone();
        norm::rms_norm_in_place(a, &mut in_place[start..], &weight[start..], 1e-5);
        assert_eq!((&in_place[..start], &in_place[start..]), (&x[..start], &got[start..start + len]), "in place");
        assert!(got[..start].iter().chain(got.last()).all(|x| *x == 9.0), "outside of the slice");
    }
}

pub fn rope_at_any_length<A: Arch>(a: A) {
    let mut random = Random::new(5);
    for (half, start) in shapes() {
        for pairing in [RopePairing::Adjacent, RopePairing::Halves] {
            let head = random.floats(start + 2 * half + 3); // The last three do not turn.
            let angles = random.floats(half);
            let cos: Vec<f32> = angles.iter().map(|x| x.cos()).collect();
            let sin: Vec<f32> = angles.iter().map(|x| x.sin()).collect();
            let (mut got, mut want) = (head.clone(), head.clone());
            rope::rope(a, &mut got[start..], &cos, &sin, pairing);
            for j in 0..half {
                let (i, k) = match pairing {
                    RopePairing::Adjacent => (start + 2 * j, start + 2 * j + 1),
                    RopePairing::Halves => (start + j, start + j + half),
                };
                want[i] = head[i] * cos[j] - head[k] * sin[j];
                want[k] = head[i] * sin[j] + head[k] * cos[j];
            }
            assert_close(&got, &want, 1e-6, "rope");
        }
    }
}
