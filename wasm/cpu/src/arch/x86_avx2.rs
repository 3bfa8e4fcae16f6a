//! x86-64 with AVX2, FMA and F16C (2013 on): eight lanes are one `__m256`. The CPU is asked at run time.

use core::arch::x86_64::*;

use super::Arch;
use crate::dot::{Dot, Form};
use crate::kernels::{Kernels, kernels};
use crate::vector::{LANES, Vector};

/// AVX2, FMA and F16C; only [`Avx2::detect`] makes one.
///
/// Its operations are single instructions only where they are inlined into a function of `kernels!`'s table: on the way
/// there must be no function or large closure that is not `#[inline(always)]`.
#[derive(Clone, Copy, Debug)]
pub struct Avx2(());

impl Avx2 {
    /// The proof that this CPU has the instructions, if it has.
    pub fn detect() -> Option<Self> {
        let has =
            is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") && is_x86_feature_detected!("f16c");
        has.then_some(Self(()))
    }
}

impl Arch for Avx2 {
    fn kernels(self) -> &'static Kernels {
        // No one has the table but through `self`, which `detect` has made.
        static KERNELS: Kernels = kernels!("avx2", Avx2, Avx2(()), #[target_feature(enable = "avx2,fma,f16c")]);
        &KERNELS
    }
}

/// An intrinsic on values: all that it asks for is the instructions.
macro_rules! op {
    ($($intrinsic:tt)*) => {
        // SAFETY: there is an `Avx2`, so the CPU has the instructions; nothing here touches memory.
        unsafe { $($intrinsic)* }
    };
}

/// 1.5 × 2²³: added to a small f32, it leaves the nearest integer in the low bits of the sum.
const ROUND: f32 = 12_582_912.0;

/// 16 bytes from anywhere.
#[inline(always)]
fn load16<T: Copy, const N: usize>(x: &[T; N]) -> __m128i {
    const { assert!(size_of::<[T; N]>() == 16) };
    // SAFETY: `x` is 16 readable bytes, and the load asks for no alignment. SSE2 is part of x86-64.
    unsafe { _mm_loadu_si128((&raw const *x).cast()) }
}

/// 8 bytes from anywhere.
#[inline(always)]
fn load8<T: Copy, const N: usize>(x: &[T; N]) -> __m128i {
    const { assert!(size_of::<[T; N]>() == 8) };
    // SAFETY: `x` is 8 readable bytes, and the load asks for no alignment. SSE2 is part of x86-64.
    unsafe { _mm_loadl_epi64((&raw const *x).cast()) }
}

impl Vector for Avx2 {
    type F = __m256;
    type I = __m256i;

    #[inline(always)]
    fn splat(self, x: f32) -> __m256 {
        op!(_mm256_set1_ps(x))
    }
    #[inline(always)]
    fn load(self, x: &[f32; LANES]) -> __m256 {
        // SAFETY: there is an `Avx2`; `x` is 32 readable bytes, and the load asks for no alignment.
        unsafe { _mm256_loadu_ps(x.as_ptr()) }
    }
    #[inline(always)]
    fn store(self, x: __m256, out: &mut [f32; LANES]) {
        // SAFETY: there is an `Avx2`; `out` is 32 writable bytes, and the store asks for no alignment.
        unsafe { _mm256_storeu_ps(out.as_mut_ptr(), x) }
    }
    #[inline(always)]
    fn load_f16(self, x: &[u16; LANES]) -> __m256 {
        op!(_mm256_cvtph_ps(load16(x)))
    }
    #[inline(always)]
    fn load_bf16(self, x: &[u16; LANES]) -> __m256 {
        op!(_mm256_castsi256_ps(_mm256_slli_epi32::<16>(_mm256_cvtepu16_epi32(load16(x)))))
    }

    #[inline(always)]
    fn add(self, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_add_ps(a, b))
    }
    #[inline(always)]
    fn sub(self, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_sub_ps(a, b))
    }
    #[inline(always)]
    fn mul(self, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_mul_ps(a, b))
    }
    #[inline(always)]
    fn div(self, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_div_ps(a, b))
    }
    #[inline(always)]
    fn mul_add(self, a: __m256, b: __m256, c: __m256) -> __m256 {
        op!(_mm256_fmadd_ps(a, b, c))
    }
    // x86 gives the second operand where either is NaN.
    #[inline(always)]
    fn max(self, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_max_ps(b, a))
    }
    #[inline(always)]
    fn min(self, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_min_ps(b, a))
    }
    #[inline(always)]
    fn abs(self, a: __m256) -> __m256 {
        op!(_mm256_andnot_ps(_mm256_set1_ps(-0.0), a))
    }
    #[inline(always)]
    fn zero_below(self, a: __m256, limit: __m256, x: __m256) -> __m256 {
        op!(_mm256_and_ps(_mm256_cmp_ps::<_CMP_GE_OQ>(a, limit), x))
    }

    #[inline(always)]
    fn unzip(self, a: __m256, b: __m256) -> (__m256, __m256) {
        // Within halves: a0 a2 b0 b2 | a4 a6 b4 b6; then the middle two quarters change places.
        op! {
            let even = _mm256_castps_pd(_mm256_shuffle_ps::<0b10_00_10_00>(a, b));
            let odd = _mm256_castps_pd(_mm256_shuffle_ps::<0b11_01_11_01>(a, b));
            let order = |x| _mm256_castpd_ps(_mm256_permute4x64_pd::<0b11_01_10_00>(x));
            (order(even), order(odd))
        }
    }
    #[inline(always)]
    fn zip(self, even: __m256, odd: __m256) -> (__m256, __m256) {
        op! {
            let (low, high) = (_mm256_unpacklo_ps(even, odd), _mm256_unpackhi_ps(even, odd));
            (_mm256_permute2f128_ps::<0x20>(low, high), _mm256_permute2f128_ps::<0x31>(low, high))
        }
    }
    #[inline(always)]
    fn sum(self, a: __m256) -> f32 {
        op! {
            let four = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps::<1>(a));
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
        }
    }
    #[inline(always)]
    fn max_lane(self, a: __m256) -> f32 {
        op! {
            let four = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps::<1>(a));
            let two = _mm_max_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)))
        }
    }

    #[inline(always)]
    fn splat_i32(self, x: i32) -> __m256i {
        op!(_mm256_set1_epi32(x))
    }
    #[inline(always)]
    fn add_i32(self, a: __m256i, b: __m256i) -> __m256i {
        op!(_mm256_add_epi32(a, b))
    }
    #[inline(always)]
    fn round(self, a: __m256) -> __m256i {
        op! {
            let magic = _mm256_set1_ps(ROUND);
            _mm256_sub_epi32(_mm256_castps_si256(_mm256_add_ps(a, magic)), _mm256_castps_si256(magic))
        }
    }
    #[inline(always)]
    fn to_f32(self, a: __m256i) -> __m256 {
        op!(_mm256_cvtepi32_ps(a))
    }
    #[inline(always)]
    fn exp2(self, a: __m256i) -> __m256 {
        op!(_mm256_castsi256_ps(_mm256_slli_epi32::<23>(_mm256_add_epi32(a, _mm256_set1_epi32(127)))))
    }
    #[inline(always)]
    fn store_i8(self, a: __m256i, out: &mut [i8; LANES]) {
        // SAFETY: there is an `Avx2`; `out` is 8 writable bytes, and the store asks for no alignment.
        unsafe {
            let half = _mm_packs_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256::<1>(a));
            _mm_storel_epi64((&raw mut *out).cast(), _mm_packs_epi16(half, half));
        }
    }
    #[inline(always)]
    fn load_i8(self, x: &[i8; LANES]) -> __m256i {
        op!(_mm256_cvtepi8_epi32(load8(x)))
    }
}

impl Dot for Avx2 {
    type B = __m256i;
    type X7 = __m256i;
    type S7 = __m256i; // 16 × i16, two of each row
    type M7 = __m256i; // 16 × i16, each row's twice
    type X8 = __m256i;
    type S8 = __m256i;

    const FORM7: Form = Form::Bytes;
    const FORM8: Form = Form::Bytes;

    #[inline(always)]
    fn load_bytes(self, x: &[[u8; 4]; LANES]) -> __m256i {
        // SAFETY: there is an `Avx2`; `x` is 32 readable bytes, and the load asks for no alignment.
        unsafe { _mm256_loadu_si256((&raw const *x).cast()) }
    }
    #[inline(always)]
    fn mask(self, a: __m256i, mask: u8) -> __m256i {
        op!(_mm256_and_si256(a, _mm256_set1_epi8(mask as i8)))
    }
    #[inline(always)]
    fn or(self, a: __m256i, b: __m256i) -> __m256i {
        op!(_mm256_or_si256(a, b))
    }
    #[inline(always)]
    fn shr(self, a: __m256i, n: u32) -> __m256i {
        op!(_mm256_srl_epi16(a, _mm_cvtsi32_si128(n as i32)))
    }
    #[inline(always)]
    fn shl(self, a: __m256i, n: u32) -> __m256i {
        op!(_mm256_sll_epi16(a, _mm_cvtsi32_si128(n as i32)))
    }
    #[inline(always)]
    fn lookup(self, table: &[i8; 16], a: __m256i) -> __m256i {
        op!(_mm256_shuffle_epi8(_mm256_broadcastsi128_si256(load16(table)), a))
    }

    #[inline(always)]
    fn x7<const T: usize>(self, x: &[[u32; T]], group: usize, t: usize) -> __m256i {
        op!(_mm256_set1_epi32(x[group][t] as i32))
    }
    #[inline(always)]
    fn start7(self, sums: u32, offset: i16) -> __m256i {
        op!(_mm256_mullo_epi16(_mm256_set1_epi32(sums as i32), _mm256_set1_epi16(offset)))
    }
    #[inline(always)]
    fn add7(self, a: __m256i, b: __m256i) -> __m256i {
        op!(_mm256_add_epi16(a, b))
    }
    #[inline(always)]
    fn dot7(self, sum: __m256i, x: __m256i, w: __m256i) -> __m256i {
        op!(_mm256_add_epi16(sum, _mm256_maddubs_epi16(w, x)))
    }
    #[inline(always)]
    fn rows7(self, sum: __m256i) -> __m256i {
        op!(_mm256_madd_epi16(sum, _mm256_set1_epi16(1)))
    }
    #[inline(always)]
    fn multipliers7(self, x: &[i8; LANES]) -> __m256i {
        op! {
            let wide = _mm256_cvtepi8_epi32(load8(x));
            _mm256_blend_epi16::<0b1010_1010>(wide, _mm256_slli_epi32::<16>(wide))
        }
    }
    #[inline(always)]
    fn add_scaled7(self, acc: __m256i, sum: __m256i, m: __m256i) -> __m256i {
        op!(_mm256_add_epi32(acc, _mm256_madd_epi16(sum, m)))
    }

    #[inline(always)]
    fn x8<const T: usize>(self, x: &[[u32; T]], group: usize, t: usize) -> __m256i {
        self.x7(x, group, t)
    }
    #[inline(always)]
    fn start8(self) -> __m256i {
        op!(_mm256_setzero_si256())
    }
    // Two products of 128 × 127 fit an i16, so nothing saturates.
    #[inline(always)]
    fn dot8(self, sum: __m256i, x: __m256i, w: __m256i) -> __m256i {
        op! {
            let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w));
            _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)))
        }
    }
    #[inline(always)]
    fn rows8(self, sum: __m256i) -> __m256i {
        sum
    }
}
