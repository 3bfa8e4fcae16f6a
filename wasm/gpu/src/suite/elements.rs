//! Norms, activations and the rotary embedding.

use wasm_chord_core::backend::{Backend, Reference, RopeAngles, RopePairing, RopeSpec};
use wasm_chord_core::gguf::GgmlType;
use wasm_chord_core::testing::{Random, assert_close, load, tensor, whole};

use super::{base, get, put};
use crate::{Buffer, GpuBackend};

pub async fn vectors_of_every_type_are_norms() {
    let mut random = Random::new(20);
    for mut gpu in base().await {
        for ty in GgmlType::ALL {
            let (width, n) = (whole(ty, 96), 5);
            let w = tensor(&mut random, ty, &[width]);
            let (weight, exact) = (load(&mut gpu, &w), load(&mut Reference, &w));
            let x = random.floats(n * width);
            let (input, mut out) = (put(&mut gpu, &x), gpu.buffer(n * width).unwrap());
            let mut want = vec![0.0; n * width];
            gpu.rms_norm(&input, &weight, 1e-6, &mut out, n).unwrap();
            Reference.rms_norm(&x, &exact, 1e-6, &mut want, n).unwrap();
            assert_close(&get(&mut gpu, &out).await, &want, 2e-6, ty.name());
        }
    }
}

pub async fn norms_of_any_width() {
    let mut random = Random::new(21);
    for mut gpu in base().await {
        for (width, n) in [(1, 3), (20, 1), (64, 5), (100, 2), (1000, 3), (63, 70)] {
            let (weight, bias) =
                (tensor(&mut random, GgmlType::F32, &[width]), tensor(&mut random, GgmlType::F32, &[width]));
            let (ours, exact) = (load(&mut gpu, &weight), load(&mut Reference, &weight));
            let (our_bias, exact_bias) = (load(&mut gpu, &bias), load(&mut Reference, &bias));
            let x = random.floats(n * width + 1); // The last stays as it is.
            let (input, mut got, mut want) = (put(&mut gpu, &x), put(&mut gpu, &x), x.clone());
            for bias in [false, true] {
                gpu.layer_norm(&input, &ours, bias.then_some(&our_bias), 1e-5, &mut got, n).unwrap();
                Reference.layer_norm(&x, &exact, bias.then_some(&exact_bias), 1e-5, &mut want, n).unwrap();
                assert_close(&get(&mut gpu, &got).await, &want, 1e-5, "layer_norm");
            }
            gpu.rms_norm_in_place(&mut got, &ours, 1e-5, n).unwrap();
            Reference.rms_norm_in_place(&mut want, &exact, 1e-5, n).unwrap();
            assert_close(&get(&mut gpu, &got).await, &want, 1e-5, "rms_norm_in_place");
            gpu.add_bias(&mut got, &our_bias, n).unwrap();
            Reference.add_bias(&mut want, &exact_bias, n).unwrap();
            assert_close(&get(&mut gpu, &got).await, &want, 1e-5, "add_bias");
        }
    }
}

pub async fn activations_of_any_length() {
    let mut random = Random::new(22);
    for mut gpu in base().await {
        for len in [1, 8, 13, 64, 100, 5000] {
            // The rest stays as it was; some are large.
            let spread = |x: Vec<f32>| -> Vec<f32> { x.into_iter().map(|x| x * x * x).collect() };
            let (x, y) = (spread(random.floats(len + 2)), random.floats(len + 1));
            let ops: [Op<'_>; 7] = [
                &|b| b.gated(0, len),
                &|b| b.gated(1, len),
                &|b| b.gated(2, len),
                &|b| b.alone(0, len),
                &|b| b.alone(1, len),
                &|b| b.alone(2, len),
                &|b| b.alone(3, len),
            ];
            for op in ops {
                let (our_x, our_y) = (put(&mut gpu, &x), put(&mut gpu, &y));
                let mut ours = (&mut gpu, our_x, our_y);
                let mut theirs = (x.clone(), y.clone());
                op(&mut ours);
                op(&mut theirs);
                let (_, got, _) = ours;
                assert_close(&get(&mut gpu, &got).await, &theirs.0, 5e-6, "elements");
            }
        }
        let mut far = put(&mut gpu, &[-1e4, -50.0, 50.0, 1e4, -1e30, 1e30]);
        gpu.gelu(&mut far, 4).unwrap();
        gpu.softcap(&mut far, 30.0, 6).unwrap();
        assert_close(
            &get(&mut gpu, &far).await,
            &[0.0, 0.0, 30.0 * (50f32 / 30.0).tanh(), 30.0, -30.0, 30.0],
            1e-5,
            "far",
        );
        let mut far = put(&mut gpu, &[-1e4, -100.0, 100.0, 1e4]);
        let twos = put(&mut gpu, &[2.0; 4]);
        gpu.swiglu(&mut far, &twos, 4).unwrap();
        assert_close(&get(&mut gpu, &far).await, &[0.0, 0.0, 200.0, 2e4], 1e-6, "swiglu of large values");
        let mut nothing = gpu.buffer(0).unwrap();
        let partner = gpu.buffer(0).unwrap();
        gpu.swiglu(&mut nothing, &partner, 0).unwrap();
        gpu.read_async(&nothing, &mut []).await.unwrap();
    }
}

/// One of them.
type Op<'a> = &'a dyn Fn(&mut dyn Ops);

/// An op on the same numbers in either backend.
trait Ops {
    fn gated(&mut self, op: usize, len: usize);
    fn alone(&mut self, op: usize, len: usize);
}

macro_rules! ops {
    ($ty:ty, |$this:ident| $parts:expr) => {
        impl Ops for $ty {
            fn gated(&mut self, op: usize, len: usize) {
                let $this = self;
                let (backend, x, y) = $parts;
                match op {
                    0 => backend.swiglu(x, y, len).unwrap(),
                    1 => backend.geglu(x, y, len).unwrap(),
                    _ => backend.add(x, y, len).unwrap(),
                }
            }
            fn alone(&mut self, op: usize, len: usize) {
                let $this = self;
                let (backend, x, _) = $parts;
                match op {
                    0 => backend.gelu(x, len).unwrap(),
                    1 => backend.scale(x, -1.5, len).unwrap(),
                    2 => backend.softcap(x, 3.0, len).unwrap(),
                    _ => backend.zero(x, len).unwrap(),
                }
            }
        }
    };
}
type Gpu<'a> = (&'a mut GpuBackend, Buffer, Buffer);
ops!(Gpu<'_>, |this| (&mut *this.0, &mut this.1, &this.2));
ops!((Vec<f32>, Vec<f32>), |this| (&mut Reference, &mut this.0, &this.1));

pub async fn rope_matches_the_reference() {
    let mut random = Random::new(23);
    for mut gpu in base().await {
        for (heads, head_dim, n_rot, n) in [(2, 8, 8, 1), (3, 20, 20, 4), (1, 64, 32, 7), (4, 6, 4, 3), (9, 64, 64, 64)]
        {
            for pairing in [RopePairing::Adjacent, RopePairing::Halves] {
                let mut angles = RopeAngles::new(RopeSpec::plain(pairing, n_rot, 10_000.0));
                angles.prepare(1000, n);
                let mut want = random.floats(n * heads * head_dim);
                let mut got = put(&mut gpu, &want);
                gpu.rope(&mut got, &angles, heads, head_dim, n).unwrap();
                Reference.rope(&mut want, &angles, heads, head_dim, n).unwrap();
                assert_close(&get(&mut gpu, &got).await, &want, 1e-6, "rope");
            }
        }
    }
}
