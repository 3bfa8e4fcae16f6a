//! Any machine: arrays that LLVM turns into whatever vectors the target has. Where there is nothing better.

use std::array::from_fn;

use super::Arch;
use crate::kernels::{Kernels, kernels};
use crate::vector::{LANES, Vector};

/// Plain arrays; available everywhere.
#[derive(Clone, Copy, Debug)]
pub struct Portable;

impl Arch for Portable {
    fn kernels(self) -> &'static Kernels {
        static KERNELS: Kernels = kernels!("portable", Portable);
        &KERNELS
    }
}

/// 1.5 × 2²³: added to a small f32, it leaves the nearest integer in the low bits of the sum.
const ROUND: f32 = 12_582_912.0;

impl Vector for Portable {
    type F = [f32; LANES];
    type I = [i32; LANES];
    type P = [[i16; 2]; LANES];

    #[inline(always)]
    fn splat(self, x: f32) -> Self::F {
        [x; LANES]
    }
    #[inline(always)]
    fn load(self, x: &[f32; LANES]) -> Self::F {
        *x
    }
    #[inline(always)]
    fn store(self, x: Self::F, out: &mut [f32; LANES]) {
        *out = x;
    }
    #[inline(always)]
    fn load_f16(self, x: &[u16; LANES]) -> Self::F {
        // Exponent and mantissa moved to where f32 has them read as the value × 2^-112, subnormal or not.
        let scale = f32::from_bits((112 + 127) << 23);
        x.map(|h| f32::from_bits((i32::from(h as i16) << 13) as u32 & 0x8fff_e000) * scale)
    }
    #[inline(always)]
    fn load_bf16(self, x: &[u16; LANES]) -> Self::F {
        x.map(|h| f32::from_bits(u32::from(h) << 16))
    }

    #[inline(always)]
    fn add(self, a: Self::F, b: Self::F) -> Self::F {
        from_fn(|i| a[i] + b[i])
    }
    #[inline(always)]
    fn sub(self, a: Self::F, b: Self::F) -> Self::F {
        from_fn(|i| a[i] - b[i])
    }
    #[inline(always)]
    fn mul(self, a: Self::F, b: Self::F) -> Self::F {
        from_fn(|i| a[i] * b[i])
    }
    #[inline(always)]
    fn div(self, a: Self::F, b: Self::F) -> Self::F {
        from_fn(|i| a[i] / b[i])
    }
    #[inline(always)]
    fn mul_add(self, a: Self::F, b: Self::F, c: Self::F) -> Self::F {
        from_fn(|i| a[i] * b[i] + c[i])
    }
    #[inline(always)]
    fn max(self, a: Self::F, b: Self::F) -> Self::F {
        from_fn(|i| if b[i] > a[i] { b[i] } else { a[i] })
    }
    #[inline(always)]
    fn min(self, a: Self::F, b: Self::F) -> Self::F {
        from_fn(|i| if b[i] < a[i] { b[i] } else { a[i] })
    }
    #[inline(always)]
    fn abs(self, a: Self::F) -> Self::F {
        a.map(f32::abs)
    }
    #[inline(always)]
    fn zero_below(self, a: Self::F, limit: Self::F, x: Self::F) -> Self::F {
        from_fn(|i| if a[i] >= limit[i] { x[i] } else { 0.0 })
    }

    #[inline(always)]
    fn unzip(self, a: Self::F, b: Self::F) -> (Self::F, Self::F) {
        let at = |i: usize| if i < LANES { a[i] } else { b[i - LANES] };
        (from_fn(|i| at(2 * i)), from_fn(|i| at(2 * i + 1)))
    }
    #[inline(always)]
    fn zip(self, even: Self::F, odd: Self::F) -> (Self::F, Self::F) {
        let at = |i: usize| if i.is_multiple_of(2) { even[i / 2] } else { odd[i / 2] };
        (from_fn(at), from_fn(|i| at(i + LANES)))
    }
    #[inline(always)]
    fn sum(self, a: Self::F) -> f32 {
        a.iter().sum()
    }
    #[inline(always)]
    fn max_lane(self, a: Self::F) -> f32 {
        a.into_iter().fold(f32::NEG_INFINITY, f32::max)
    }

    #[inline(always)]
    fn splat_i32(self, x: i32) -> Self::I {
        [x; LANES]
    }
    #[inline(always)]
    fn add_i32(self, a: Self::I, b: Self::I) -> Self::I {
        from_fn(|i| a[i].wrapping_add(b[i]))
    }
    #[inline(always)]
    fn sum_i32(self, a: Self::I) -> i32 {
        a.into_iter().fold(0, i32::wrapping_add)
    }
    #[inline(always)]
    fn round(self, a: Self::F) -> Self::I {
        a.map(|a| ((a + ROUND).to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32))
    }
    #[inline(always)]
    fn to_f32(self, a: Self::I) -> Self::F {
        a.map(|a| a as f32)
    }
    #[inline(always)]
    fn exp2(self, a: Self::I) -> Self::F {
        a.map(|a| f32::from_bits((a.wrapping_add(127) << 23) as u32))
    }
    #[inline(always)]
    fn store_pairs(self, a: Self::I, out: &mut [[i16; 2]; LANES / 2]) {
        let narrow = |a: i32| a.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16;
        *out = from_fn(|i| [narrow(a[2 * i]), narrow(a[2 * i + 1])]);
    }

    #[inline(always)]
    fn splat_pair(self, x: &[i16; 2]) -> Self::P {
        [*x; LANES]
    }
    #[inline(always)]
    fn load_i8_pairs(self, x: &[[i8; 2]; LANES]) -> Self::P {
        x.map(|pair| pair.map(i16::from))
    }
    #[inline(always)]
    fn load_u16_pairs(self, x: &[[u16; 2]; LANES]) -> Self::P {
        x.map(|pair| pair.map(|x| x as i16))
    }
    #[inline(always)]
    fn nibble<const N: u32>(self, a: Self::P) -> Self::P {
        a.map(|pair| pair.map(|x| (x >> (4 * N)) & 15))
    }
    #[inline(always)]
    fn dot_pairs(self, acc: Self::I, a: Self::P, b: Self::P) -> Self::I {
        let product = |i: usize, j: usize| i32::from(a[i][j]) * i32::from(b[i][j]);
        from_fn(|i| acc[i].wrapping_add(product(i, 0)).wrapping_add(product(i, 1)))
    }
}
