//! WebAssembly relaxed SIMD (Chrome 114 on). Modules that use it do not load elsewhere, so that a build has it or has not.
//!
//! `i16x8.relaxed_dot_i8x16_i7x16` is exact on every machine while its second operand has 7 bits: that suits the weights of
//! up to 6. What becomes of 8 bits in `i32x4.relaxed_dot_i8x16_i7x16_add` is up to the machine. Arm takes them as signed, x86
//! with VNNI as unsigned, older x86 as unsigned and then saturates sums of two. [`RelaxedSimd::detect`] asks it by trying:
//! where both ways give wrong sums, weights of 8 bits are multiplied as plain SIMD128 does.

use core::arch::wasm32::*;
use std::hint::black_box;

use super::Arch;
use super::wasm::{ROUND, Two, both, bytes_of_two, dot8_in_pairs, each, load8, load16, load32, vector_of_two, widen16};
use crate::dot::{Dot, Form};
use crate::kernels::{Kernels, Matmuls, kernels, matmul_entry};
use crate::vector::{LANES, Vector};

/// [`RelaxedSimd`] that multiplies weights of 8 bits in pairs of i16.
pub const PAIRS: u8 = 0;
/// [`RelaxedSimd`] on machines that take both operands of the dot product as signed.
pub const SIGNED: u8 = 1;
/// [`RelaxedSimd`] on machines that take the second operand as unsigned, and do not saturate.
pub const UNSIGNED: u8 = 2;

/// Relaxed SIMD, in builds with `-C target-feature=+relaxed-simd`; `WIDE` says how weights of 8 bits are multiplied.
#[derive(Clone, Copy, Debug)]
pub struct RelaxedSimd<const WIDE: u8>(());

impl RelaxedSimd<PAIRS> {
    /// The one that any machine runs.
    pub const fn pairs() -> Self {
        Self(())
    }
}

impl<const WIDE: u8> RelaxedSimd<WIDE> {
    /// The proof that this machine multiplies weights of 8 bits in this way, if it does.
    pub fn detect() -> Option<Self> {
        let (arch, extremes) = (Self(()), [-128i8, -127, -1, 0, 1, 127]);
        let right = extremes.iter().all(|w| {
            // Hidden, or else the compiler would do the sum instead of the machine.
            let weights = arch.load_bytes(black_box(&[[*w as u8; 4]; LANES]));
            extremes.iter().all(|x| {
                let x = i32::from(*x).max(-127);
                let word = u32::from_le_bytes([x as u8; 4]);
                let pair = u32::from(x as u16) * 0x0001_0001;
                let x_words = if Self::FORM8 == Form::Bytes { [[word], [word]] } else { [[pair], [pair]] };
                let sum = arch.rows8(arch.dot8(arch.start8(), arch.x8(black_box(&x_words), 0, 0), weights));
                let want = i32x4_splat(4 * x * i32::from(*w));
                sum.iter().all(|sum| i32x4_all_true(i32x4_eq(*sum, want)))
            })
        });
        right.then_some(arch)
    }
}

/// The kernels with weights of 8 bits in pairs.
const KERNELS: Kernels = kernels!("relaxed-simd", RelaxedSimd<PAIRS>, RelaxedSimd::<PAIRS>(()));

/// The table whose weights of 8 bits are multiplied in the way `$wide`. No one has it but through a value that `detect` has
/// made.
macro_rules! with_wide {
    ($wide:ident) => {
        Kernels {
            matmul: Matmuls {
                Q8_0: matmul_entry!(RelaxedSimd<$wide>, RelaxedSimd::<$wide>(()), (), Q8_0),
                IQ4_NL: matmul_entry!(RelaxedSimd<$wide>, RelaxedSimd::<$wide>(()), (), IQ4_NL),
                IQ4_XS: matmul_entry!(RelaxedSimd<$wide>, RelaxedSimd::<$wide>(()), (), IQ4_XS),
                ..KERNELS.matmul
            },
            ..KERNELS
        }
    };
}

impl Arch for RelaxedSimd<PAIRS> {
    fn kernels(self) -> &'static Kernels {
        static PAIRS_KERNELS: Kernels = KERNELS;
        &PAIRS_KERNELS
    }
}

impl Arch for RelaxedSimd<SIGNED> {
    fn kernels(self) -> &'static Kernels {
        static SIGNED_KERNELS: Kernels = with_wide!(SIGNED);
        &SIGNED_KERNELS
    }
}

impl Arch for RelaxedSimd<UNSIGNED> {
    fn kernels(self) -> &'static Kernels {
        static UNSIGNED_KERNELS: Kernels = with_wide!(UNSIGNED);
        &UNSIGNED_KERNELS
    }
}

vector_of_two!((const WIDE: u8) RelaxedSimd<WIDE>, |a, b, c| f32x4_relaxed_madd(a, b, c));

impl<const WIDE: u8> Dot for RelaxedSimd<WIDE> {
    type X7 = v128; // four i8 in all lanes
    type S7 = Two; // 16 × i16, two of each row
    type M7 = Two; // 16 × i16, each row's twice
    type X8 = Two; // pairs 0, 2 and 1, 3 in all lanes, or four i8 twice
    type S8 = [Two; 2]; // 256 × the sums; or the sums, and those of the weights

    const FORM7: Form = Form::Bytes;
    const FORM8: Form = if WIDE == PAIRS { Form::Pairs } else { Form::Bytes };

    bytes_of_two!(i8x16_relaxed_swizzle);

    #[inline(always)]
    fn x7<const T: usize>(self, x: &[[u32; T]], group: usize, t: usize) -> v128 {
        u32x4_splat(x[group][t])
    }
    #[inline(always)]
    fn start7(self, sums: u32, offset: i16) -> Two {
        [i16x8_mul(u32x4_splat(sums), i16x8_splat(offset)); 2]
    }
    #[inline(always)]
    fn add7(self, a: Two, b: Two) -> Two {
        both(a, b, |a, b| i16x8_add(a, b))
    }
    #[inline(always)]
    fn dot7(self, sum: Two, x: v128, w: Two) -> Two {
        both(sum, w, |sum, w| i16x8_add(sum, i16x8_relaxed_dot_i8x16_i7x16(x, w)))
    }
    #[inline(always)]
    fn rows7(self, sum: Two) -> Two {
        each(sum, |sum| i32x4_dot_i16x8(sum, i16x8_splat(1)))
    }
    #[inline(always)]
    fn multipliers7(self, x: &[i8; LANES]) -> Two {
        let half = load8(x);
        [i16x8_shuffle::<0, 0, 1, 1, 2, 2, 3, 3>(half, half), i16x8_shuffle::<4, 4, 5, 5, 6, 6, 7, 7>(half, half)]
    }
    #[inline(always)]
    fn add_scaled7(self, acc: Two, sum: Two, m: Two) -> Two {
        self.add_i32(acc, both(sum, m, |sum, m| i32x4_dot_i16x8(sum, m)))
    }

    #[inline(always)]
    fn x8<const T: usize>(self, x: &[[u32; T]], group: usize, t: usize) -> Two {
        match WIDE {
            PAIRS => [u32x4_splat(x[2 * group][t]), u32x4_splat(x[2 * group + 1][t])],
            SIGNED => [u32x4_splat(x[group][t]); 2],
            _ => [v128_xor(u32x4_splat(x[group][t]), u8x16_splat(0x80)); 2], // x + 128
        }
    }
    #[inline(always)]
    fn start8(self) -> [Two; 2] {
        [[i32x4_splat(0); 2]; 2]
    }
    #[inline(always)]
    fn dot8(self, [sum, weights]: [Two; 2], x: Two, w: Two) -> [Two; 2] {
        let dot = |sum, x| both(sum, w, |sum, w| i32x4_relaxed_dot_i8x16_i7x16_add(w, x, sum));
        match WIDE {
            PAIRS => [dot8_in_pairs(sum, x, w), weights],
            SIGNED => [dot(sum, x[0]), weights],
            _ => [dot(sum, x[0]), dot(weights, u8x16_splat(1))],
        }
    }
    #[inline(always)]
    fn rows8(self, [sum, weights]: [Two; 2]) -> Two {
        match WIDE {
            PAIRS => each(sum, |sum| i32x4_shr(sum, 8)),
            SIGNED => sum,
            _ => both(sum, weights, |sum, weights| i32x4_sub(sum, i32x4_shl(weights, 7))),
        }
    }
}
