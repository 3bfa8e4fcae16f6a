//! Any machine: arrays that LLVM turns into whatever vectors the target has. Where there is nothing better.

use std::array::from_fn;

use super::Arch;
use crate::dot::{Dot, Form};
use crate::kernels::{Kernels, kernels};
use crate::vector::{LANES, Vector};

/// Plain arrays; available everywhere.
#[derive(Clone, Copy, Debug)]
pub struct Portable;

impl Arch for Portable {
    fn kernels(self) -> &'static Kernels {
        static KERNELS: Kernels = kernels!("portable", Portable, Portable);
        &KERNELS
    }
}

/// 1.5 × 2²³: added to a small f32, it leaves the nearest integer in the low bits of the sum.
const ROUND: f32 = 12_582_912.0;

impl Vector for Portable {
    type F = [f32; LANES];
    type I = [i32; LANES];

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
    fn store_i8(self, a: Self::I, out: &mut [i8; LANES]) {
        *out = a.map(|a| a as i8);
    }
    #[inline(always)]
    fn load_i8(self, x: &[i8; LANES]) -> Self::I {
        x.map(i32::from)
    }
}

impl Dot for Portable {
    type B = [[u8; 4]; LANES];
    type X7 = [i8; 4];
    type S7 = [i32; LANES];
    type M7 = [i32; LANES];
    type X8 = [i8; 4];
    type S8 = [i32; LANES];

    const TOKENS: usize = 1;
    const FORM7: Form = Form::Bytes;
    const FORM8: Form = Form::Bytes;

    #[inline(always)]
    fn load_bytes(self, x: &[[u8; 4]; LANES]) -> Self::B {
        *x
    }
    #[inline(always)]
    fn mask(self, a: Self::B, mask: u8) -> Self::B {
        a.map(|row| row.map(|a| a & mask))
    }
    #[inline(always)]
    fn or(self, a: Self::B, b: Self::B) -> Self::B {
        from_fn(|i| from_fn(|j| a[i][j] | b[i][j]))
    }
    #[inline(always)]
    fn shr(self, a: Self::B, n: u32) -> Self::B {
        a.map(|row| row.map(|a| a >> n))
    }
    #[inline(always)]
    fn shl(self, a: Self::B, n: u32) -> Self::B {
        a.map(|row| row.map(|a| a << n))
    }
    #[inline(always)]
    fn lookup(self, table: &[i8; 16], a: Self::B) -> Self::B {
        a.map(|row| row.map(|a| table[usize::from(a & 15)] as u8))
    }

    #[inline(always)]
    fn x7<const T: usize>(self, x: &[[u32; T]], group: usize, t: usize) -> [i8; 4] {
        x[group][t].to_le_bytes().map(|x| x as i8)
    }
    #[inline(always)]
    fn start7(self, sums: u32, offset: i16) -> Self::S7 {
        [(i32::from(sums as i16) + i32::from((sums >> 16) as i16)) * i32::from(offset); LANES]
    }
    #[inline(always)]
    fn add7(self, a: Self::S7, b: Self::S7) -> Self::S7 {
        self.add_i32(a, b)
    }
    #[inline(always)]
    fn dot7(self, sum: Self::S7, x: [i8; 4], w: Self::B) -> Self::S7 {
        let product = |i: usize, j: usize| i32::from(x[j]) * i32::from(w[i][j]);
        from_fn(|i| sum[i] + product(i, 0) + product(i, 1) + product(i, 2) + product(i, 3))
    }
    #[inline(always)]
    fn rows7(self, sum: Self::S7) -> Self::I {
        sum
    }
    #[inline(always)]
    fn multipliers7(self, x: &[i8; LANES]) -> Self::M7 {
        self.load_i8(x)
    }
    #[inline(always)]
    fn add_scaled7(self, acc: Self::I, sum: Self::S7, m: Self::M7) -> Self::I {
        from_fn(|i| acc[i] + sum[i] * m[i])
    }

    #[inline(always)]
    fn x8<const T: usize>(self, x: &[[u32; T]], group: usize, t: usize) -> [i8; 4] {
        self.x7(x, group, t)
    }
    #[inline(always)]
    fn start8(self) -> Self::S8 {
        [0; LANES]
    }
    #[inline(always)]
    fn dot8(self, sum: Self::S8, x: [i8; 4], w: Self::B) -> Self::S8 {
        let product = |i: usize, j: usize| i32::from(x[j]) * i32::from(w[i][j] as i8);
        from_fn(|i| sum[i] + product(i, 0) + product(i, 1) + product(i, 2) + product(i, 3))
    }
    #[inline(always)]
    fn rows8(self, sum: Self::S8) -> Self::I {
        sum
    }
}
