//! The operations of [`Vector`] against scalar ones.

use std::array::from_fn;

use crate::arch::Arch;
use crate::vector::LANES;
use wasm_chord_core::testing::Random;

type Lanes = [f32; LANES];

fn out<A: Arch>(a: A, x: A::F) -> Lanes {
    let mut lanes = [0.0; LANES];
    a.store(x, &mut lanes);
    lanes
}

fn ints<A: Arch>(a: A, x: A::I) -> [i32; LANES] {
    out(a, a.to_f32(x)).map(|x| x as i32)
}

pub fn vector_loads_and_stores_anywhere<A: Arch>(a: A) {
    let memory: Vec<f32> = (0..40).map(|i| i as f32 - 7.5).collect();
    for window in memory.windows(LANES) {
        let window: &Lanes = window.try_into().unwrap();
        assert_eq!(out(a, a.load(window)), *window);
        let mut to = [0.0; 41];
        let at = window[0] as usize % 30;
        a.store(a.load(window), to[at..].first_chunk_mut().unwrap());
        assert_eq!(to[at..at + LANES], window[..]);
        assert!(to[..at].iter().chain(&to[at + LANES..]).all(|x| *x == 0.0));
    }
    for len in 0..LANES {
        let mut part = vec![0.0; len];
        let x = a.load_part(&memory[..len], 3.0);
        assert!(out(a, x)[len..].iter().all(|x| *x == 3.0));
        a.store_part(x, &mut part);
        assert_eq!(part, memory[..len]);
    }
    let bytes: Vec<i8> = (0..100).map(|i| (i * 37 % 256) as u8 as i8).collect();
    for bytes in bytes.windows(LANES) {
        let bytes: &[i8; LANES] = bytes.try_into().unwrap();
        let mut stored = [0; LANES];
        a.store_i8(a.load_i8(bytes), &mut stored);
        assert_eq!((ints(a, a.load_i8(bytes)), stored), (bytes.map(i32::from), *bytes));
    }
}

pub fn vector_widens_every_half<A: Arch>(a: A) {
    for first in (0..=u16::MAX).step_by(LANES) {
        let x: [u16; LANES] = from_fn(|i| first + i as u16);
        // All but f16's infinities and NaN, whose exponent is all ones.
        if x[0] & 0x7c00 != 0x7c00 {
            assert_eq!(out(a, a.load_f16(&x)).map(f32::to_bits), x.map(|x| half::f16::from_bits(x).to_f32().to_bits()));
        }
        assert_eq!(out(a, a.load_bf16(&x)).map(f32::to_bits), x.map(|x| u32::from(x) << 16));
    }
}

pub fn vector_arithmetic<A: Arch>(a: A) {
    let mut random = Random::new(1);
    for _ in 0..200 {
        let [x, y, z]: [Lanes; 3] = from_fn(|_| from_fn(|_| random.float()));
        let (vx, vy, vz) = (a.load(&x), a.load(&y), a.load(&z));
        assert_eq!(out(a, a.add(vx, vy)), from_fn(|i| x[i] + y[i]));
        assert_eq!(out(a, a.sub(vx, vy)), from_fn(|i| x[i] - y[i]));
        assert_eq!(out(a, a.mul(vx, vy)), from_fn(|i| x[i] * y[i]));
        assert_eq!(out(a, a.div(vx, vy)), from_fn(|i| x[i] / y[i]));
        assert_eq!(out(a, a.max(vx, vy)), from_fn(|i| x[i].max(y[i])));
        assert_eq!(out(a, a.min(vx, vy)), from_fn(|i| x[i].min(y[i])));
        assert_eq!(out(a, a.abs(vx)), x.map(f32::abs));
        assert_eq!(out(a, a.zero_below(vx, vy, vz)), from_fn(|i| if x[i] >= y[i] { z[i] } else { 0.0 }));
        let sum = out(a, a.mul_add(vx, vy, vz));
        for i in 0..LANES {
            assert!(sum[i] == x[i] * y[i] + z[i] || sum[i] == x[i].mul_add(y[i], z[i]));
        }
        assert!((a.sum(vx) - x.iter().sum::<f32>()).abs() < 1e-5);
        assert_eq!(a.max_lane(vx), x.into_iter().fold(f32::MIN, f32::max));
    }
    let (one, nan) = (a.splat(1.0), a.splat(f32::NAN));
    assert_eq!(out(a, a.max(one, nan)), [1.0; LANES]);
    assert_eq!(out(a, a.min(one, nan)), [1.0; LANES]);
    assert_eq!(a.max_lane(a.splat(f32::NEG_INFINITY)), f32::NEG_INFINITY);
}

pub fn vector_moves_lanes<A: Arch>(a: A) {
    let (x, y): (Lanes, Lanes) = (from_fn(|i| i as f32), from_fn(|i| (LANES + i) as f32));
    let (even, odd) = a.unzip(a.load(&x), a.load(&y));
    assert_eq!(out(a, even), from_fn(|i| (2 * i) as f32));
    assert_eq!(out(a, odd), from_fn(|i| (2 * i + 1) as f32));
    let (first, second) = a.zip(even, odd);
    assert_eq!((out(a, first), out(a, second)), (x, y));
    for i in 0..LANES {
        assert_eq!(a.max_lane(a.load(&from_fn(|j| if i == j { 1.0 } else { -1.0 }))), 1.0, "lane {i}");
        assert_eq!(a.sum(a.load(&from_fn(|j| if i == j { 1.0 } else { 0.0 }))), 1.0, "lane {i}");
    }
}

pub fn vector_integers<A: Arch>(a: A) {
    for x in [0.5f32, 1.5, 2.5, -0.5, -1.5, -2.5, 0.499_999_97, 126.5, -127.4, 0.0, 4e6, -4e6] {
        assert_eq!(ints(a, a.round(a.splat(x))), [x.round_ties_even() as i32; LANES]);
    }
    for e in -126..=127 {
        assert_eq!(out(a, a.exp2(a.splat_i32(e))), [2f32.powi(e); LANES]);
    }
    let x = a.round(a.load(&from_fn(|i| [-40_000.0, 40_000.0, -1.0, 0.0, 1.0, -32_768.0, 32_767.0, 99.0][i])));
    assert_eq!(ints(a, a.add_i32(x, a.splat_i32(5)))[..3], [-39_995, 40_005, 4]);
}
