//! What the arches of wasm have in common: eight lanes are two `v128`.

use core::arch::wasm32::*;

use crate::vector::LANES;

/// Lanes 0–3 and 4–7.
pub(super) type Two = [v128; 2];

/// 1.5 × 2²³: added to a small f32, it leaves the nearest integer in the low bits of the sum.
pub(super) const ROUND: f32 = 12_582_912.0;

#[inline(always)]
pub(super) fn each(a: Two, f: impl Fn(v128) -> v128) -> Two {
    [f(a[0]), f(a[1])]
}

#[inline(always)]
pub(super) fn both(a: Two, b: Two, f: impl Fn(v128, v128) -> v128) -> Two {
    [f(a[0], b[0]), f(a[1], b[1])]
}

/// 32 bytes from anywhere.
#[inline(always)]
pub(super) fn load32<T: Copy, const N: usize>(x: &[T; N]) -> Two {
    const { assert!(size_of::<[T; N]>() == 32) };
    let p = (&raw const *x).cast::<v128>();
    // SAFETY: `x` is 32 readable bytes, and `v128_load` asks for no alignment.
    unsafe { [v128_load(p), v128_load(p.add(1))] }
}

/// 16 bytes from anywhere.
#[inline(always)]
pub(super) fn load16<T: Copy, const N: usize>(x: &[T; N]) -> v128 {
    const { assert!(size_of::<[T; N]>() == 16) };
    // SAFETY: `x` is 16 readable bytes, and `v128_load` asks for no alignment.
    unsafe { v128_load((&raw const *x).cast()) }
}

/// Eight i16 from anywhere, widened to i32.
#[inline(always)]
pub(super) fn widen16(x: &[u16; LANES]) -> Two {
    let p = x.as_ptr().cast::<i16>();
    // SAFETY: `x` is 16 readable bytes, and the loads ask for no alignment.
    unsafe { [i32x4_load_extend_i16x4(p), i32x4_load_extend_i16x4(p.add(4))] }
}

/// Eight i8 from anywhere, widened to i16.
#[inline(always)]
pub(super) fn load8(x: &[i8; LANES]) -> v128 {
    // SAFETY: `x` is 8 readable bytes, and the load asks for no alignment.
    unsafe { i16x8_load_extend_i8x8(x.as_ptr()) }
}

/// `256 × (sum + w · x)` for bytes of four columns, where `x` is pairs 0, 2 and 1, 3.
///
/// A byte in the upper half of an i16 is 256 times itself, sign and all: one instruction puts it there, where to widen it
/// takes two. 32 products of 128 × 127 × 256 stay below 2²⁷.
#[inline(always)]
pub(super) fn dot8_in_pairs(sum: Two, x: Two, w: Two) -> Two {
    let even = both(sum, w, |sum, w| i32x4_add(sum, i32x4_dot_i16x8(i16x8_shl(w, 8), x[0])));
    both(even, w, |sum, w| i32x4_add(sum, i32x4_dot_i16x8(v128_and(w, u16x8_splat(0xff00)), x[1])))
}

/// Implements [`Vector`](crate::vector::Vector) for an arch, after its generic parameters; `$mul_add` is its `a × b + c` of four f32.
macro_rules! vector_of_two {
    (($($generic:tt)*) $arch:ty, $mul_add:expr) => {
        impl<$($generic)*> Vector for $arch {
            type F = Two;
            type I = Two;

            #[inline(always)]
            fn splat(self, x: f32) -> Two {
                [f32x4_splat(x); 2]
            }
            #[inline(always)]
            fn load(self, x: &[f32; LANES]) -> Two {
                load32(x)
            }
            #[inline(always)]
            fn store(self, x: Two, out: &mut [f32; LANES]) {
                let p = (&raw mut *out).cast::<v128>();
                // SAFETY: `out` is 32 writable bytes, and `v128_store` asks for no alignment.
                unsafe {
                    v128_store(p, x[0]);
                    v128_store(p.add(1), x[1]);
                }
            }
            #[inline(always)]
            fn load_f16(self, x: &[u16; LANES]) -> Two {
                self.mul(self.load_f16_in_units(x), self.splat(Self::F16_UNIT))
            }
            // Exponent and mantissa moved to where f32 has them read as the value × 2^-112, subnormal or not.
            const F16_UNIT: f32 = f32::from_bits((112 + 127) << 23);
            #[inline(always)]
            fn load_f16_in_units(self, x: &[u16; LANES]) -> Two {
                each(widen16(x), |w| v128_and(i32x4_shl(w, 13), u32x4_splat(0x8fff_e000)))
            }
            #[inline(always)]
            fn load_bf16(self, x: &[u16; LANES]) -> Two {
                let h = load16(x);
                each([u32x4_extend_low_u16x8(h), u32x4_extend_high_u16x8(h)], |w| i32x4_shl(w, 16))
            }

            #[inline(always)]
            fn add(self, a: Two, b: Two) -> Two {
                both(a, b, |a, b| f32x4_add(a, b))
            }
            #[inline(always)]
            fn sub(self, a: Two, b: Two) -> Two {
                both(a, b, |a, b| f32x4_sub(a, b))
            }
            #[inline(always)]
            fn mul(self, a: Two, b: Two) -> Two {
                both(a, b, |a, b| f32x4_mul(a, b))
            }
            #[inline(always)]
            fn div(self, a: Two, b: Two) -> Two {
                both(a, b, |a, b| f32x4_div(a, b))
            }
            #[inline(always)]
            fn mul_add(self, a: Two, b: Two, c: Two) -> Two {
                [$mul_add(a[0], b[0], c[0]), $mul_add(a[1], b[1], c[1])]
            }
            // The pseudo-minimum and -maximum are one instruction on x86; the IEEE ones are several.
            #[inline(always)]
            fn max(self, a: Two, b: Two) -> Two {
                both(a, b, |a, b| f32x4_pmax(a, b))
            }
            #[inline(always)]
            fn min(self, a: Two, b: Two) -> Two {
                both(a, b, |a, b| f32x4_pmin(a, b))
            }
            #[inline(always)]
            fn abs(self, a: Two) -> Two {
                each(a, |a| f32x4_abs(a))
            }
            #[inline(always)]
            fn zero_below(self, a: Two, limit: Two, x: Two) -> Two {
                both(both(a, limit, |a, limit| f32x4_ge(a, limit)), x, |mask, x| v128_and(mask, x))
            }

            #[inline(always)]
            fn unzip(self, a: Two, b: Two) -> (Two, Two) {
                (
                    [i32x4_shuffle::<0, 2, 4, 6>(a[0], a[1]), i32x4_shuffle::<0, 2, 4, 6>(b[0], b[1])],
                    [i32x4_shuffle::<1, 3, 5, 7>(a[0], a[1]), i32x4_shuffle::<1, 3, 5, 7>(b[0], b[1])],
                )
            }
            #[inline(always)]
            fn zip(self, even: Two, odd: Two) -> (Two, Two) {
                let half = |e, o| [i32x4_shuffle::<0, 4, 1, 5>(e, o), i32x4_shuffle::<2, 6, 3, 7>(e, o)];
                (half(even[0], odd[0]), half(even[1], odd[1]))
            }
            #[inline(always)]
            fn sum(self, a: Two) -> f32 {
                let four = f32x4_add(a[0], a[1]);
                let two = f32x4_add(four, i32x4_shuffle::<2, 3, 0, 1>(four, four));
                f32x4_extract_lane::<0>(two) + f32x4_extract_lane::<1>(two)
            }
            #[inline(always)]
            fn max_lane(self, a: Two) -> f32 {
                let four = f32x4_pmax(a[0], a[1]);
                let two = f32x4_pmax(four, i32x4_shuffle::<2, 3, 0, 1>(four, four));
                f32x4_extract_lane::<0>(two).max(f32x4_extract_lane::<1>(two))
            }

            #[inline(always)]
            fn splat_i32(self, x: i32) -> Two {
                [i32x4_splat(x); 2]
            }
            #[inline(always)]
            fn add_i32(self, a: Two, b: Two) -> Two {
                both(a, b, |a, b| i32x4_add(a, b))
            }
            // Not `trunc_sat` of `nearest`: x86 has no such instruction, and the sequence for it is long.
            #[inline(always)]
            fn round(self, a: Two) -> Two {
                each(a, |a| i32x4_sub(f32x4_add(a, f32x4_splat(ROUND)), u32x4_splat(ROUND.to_bits())))
            }
            #[inline(always)]
            fn to_f32(self, a: Two) -> Two {
                each(a, |a| f32x4_convert_i32x4(a))
            }
            #[inline(always)]
            fn exp2(self, a: Two) -> Two {
                each(a, |a| i32x4_shl(i32x4_add(a, i32x4_splat(127)), 23))
            }
            #[inline(always)]
            fn store_i8(self, a: Two, out: &mut [i8; LANES]) {
                let half = i16x8_narrow_i32x4(a[0], a[1]);
                // SAFETY: `out` is 8 writable bytes, and the store asks for no alignment.
                unsafe { v128_store64_lane::<0>(i8x16_narrow_i16x8(half, half), (&raw mut *out).cast()) }
            }
            #[inline(always)]
            fn load_i8(self, x: &[i8; LANES]) -> Two {
                let half = load8(x);
                [i32x4_extend_low_i16x8(half), i32x4_extend_high_i16x8(half)]
            }
        }
    };
}
pub(super) use vector_of_two;

/// The part of [`Dot`](crate::dot::Dot) that moves bytes about; `$swizzle` looks bytes up in a vector.
macro_rules! bytes_of_two {
    ($swizzle:ident) => {
        type B = Two;

        #[inline(always)]
        fn load_bytes(self, x: &[[u8; 4]; LANES]) -> Two {
            load32(x)
        }
        #[inline(always)]
        fn mask(self, a: Two, mask: u8) -> Two {
            each(a, |a| v128_and(a, u8x16_splat(mask)))
        }
        #[inline(always)]
        fn or(self, a: Two, b: Two) -> Two {
            both(a, b, |a, b| v128_or(a, b))
        }
        #[inline(always)]
        fn shr(self, a: Two, n: u32) -> Two {
            each(a, |a| u16x8_shr(a, n))
        }
        #[inline(always)]
        fn shl(self, a: Two, n: u32) -> Two {
            each(a, |a| i16x8_shl(a, n))
        }
        #[inline(always)]
        fn lookup(self, table: &[i8; 16], a: Two) -> Two {
            each(a, |a| $swizzle(load16(table), a))
        }
    };
}
pub(super) use bytes_of_two;
