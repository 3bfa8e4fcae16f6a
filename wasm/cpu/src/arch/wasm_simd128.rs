//! WebAssembly SIMD128. Every build for wasm has it switched on, so nothing is asked.

use core::arch::wasm32::*;

use super::Arch;
use super::wasm::{ROUND, Two, both, bytes_of_two, dot8_in_pairs, each, load8, load16, load32, vector_of_two, widen16};
use crate::dot::{Dot, Form};
use crate::kernels::{Kernels, kernels};
use crate::vector::{LANES, Vector};

/// SIMD128; available in every wasm build (see `.cargo/config.toml`).
#[derive(Clone, Copy, Debug)]
pub struct Simd128;

impl Arch for Simd128 {
    fn kernels(self) -> &'static Kernels {
        static KERNELS: Kernels = kernels!("simd128", Simd128, Simd128);
        &KERNELS
    }
}

vector_of_two!(() Simd128, |a, b, c| f32x4_add(f32x4_mul(a, b), c));

impl Dot for Simd128 {
    type X7 = Two; // pairs 0, 2 and 1, 3, in all lanes
    type S7 = Two;
    type M7 = Two;
    type X8 = Two;
    type S8 = Two; // 256 × the sums

    const FORM7: Form = Form::Pairs;
    const FORM8: Form = Form::Pairs;

    bytes_of_two!(i8x16_swizzle);

    #[inline(always)]
    fn x7<const T: usize>(self, x: &[[u32; T]], group: usize, t: usize) -> Two {
        [u32x4_splat(x[2 * group][t]), u32x4_splat(x[2 * group + 1][t])]
    }
    #[inline(always)]
    fn start7(self, sums: u32, offset: i16) -> Two {
        [i32x4_dot_i16x8(u32x4_splat(sums), i16x8_splat(offset)); 2]
    }
    #[inline(always)]
    fn add7(self, a: Two, b: Two) -> Two {
        self.add_i32(a, b)
    }
    // Bytes 0 and 2 of each row against one pair, bytes 1 and 3 against the other.
    #[inline(always)]
    fn dot7(self, sum: Two, x: Two, w: Two) -> Two {
        let even = both(sum, w, |sum, w| i32x4_add(sum, i32x4_dot_i16x8(v128_and(w, u16x8_splat(0xff)), x[0])));
        both(even, w, |sum, w| i32x4_add(sum, i32x4_dot_i16x8(u16x8_shr(w, 8), x[1])))
    }
    #[inline(always)]
    fn rows7(self, sum: Two) -> Two {
        sum
    }
    #[inline(always)]
    fn multipliers7(self, x: &[i8; LANES]) -> Two {
        self.load_i8(x)
    }
    #[inline(always)]
    fn add_scaled7(self, acc: Two, sum: Two, m: Two) -> Two {
        self.add_i32(acc, both(sum, m, |sum, m| i32x4_mul(sum, m)))
    }

    #[inline(always)]
    fn x8<const T: usize>(self, x: &[[u32; T]], group: usize, t: usize) -> Two {
        self.x7(x, group, t)
    }
    #[inline(always)]
    fn start8(self) -> Two {
        [i32x4_splat(0); 2]
    }
    #[inline(always)]
    fn dot8(self, sum: Two, x: Two, w: Two) -> Two {
        dot8_in_pairs(sum, x, w)
    }
    #[inline(always)]
    fn rows8(self, sum: Two) -> Two {
        each(sum, |sum| i32x4_shr(sum, 8))
    }
}
