//! The operations that kernels are written over, once for all instruction sets.
//!
//! A [`Vector`] is eight lanes wide whatever the machine: two registers of SIMD128 or NEON, one of AVX2. Eight is also
//! the number of rows in a [panel](crate::panel), so that a lane is a row of the result and no product needs a sum
//! across lanes.
//!
//! The value itself has no size. Holding one proves that its instructions are there: an arch that has to ask the CPU
//! hands it out only after asking, and so no method needs to be unsafe.

/// Lanes of every [`Vector`].
pub const LANES: usize = 8;

/// Eight lanes of f32 or i32. Rounding is IEEE's, but [`mul_add`](Self::mul_add) may round once or
/// twice.
pub trait Vector: Copy {
    /// Eight f32.
    type F: Copy;
    /// Eight i32.
    type I: Copy;

    /// `x` in every lane.
    fn splat(self, x: f32) -> Self::F;
    /// Eight f32 from memory.
    fn load(self, x: &[f32; LANES]) -> Self::F;
    /// Eight f32 to memory.
    fn store(self, x: Self::F, out: &mut [f32; LANES]);
    /// Eight f16 from memory, exactly; infinities and NaN, which no weight is, read as 65536 and above.
    fn load_f16(self, x: &[u16; LANES]) -> Self::F;
    /// What [`load_f16_in_units`](Self::load_f16_in_units) divides by, a power of two.
    const F16_UNIT: f32 = 1.0;
    /// Eight f16 from memory, divided by [`F16_UNIT`](Self::F16_UNIT): for whoever multiplies them anyway. Subnormal f16 may
    /// become subnormal f32.
    #[inline(always)]
    fn load_f16_in_units(self, x: &[u16; LANES]) -> Self::F {
        self.load_f16(x)
    }
    /// Eight bf16 from memory, exactly.
    fn load_bf16(self, x: &[u16; LANES]) -> Self::F;

    /// `a + b`.
    fn add(self, a: Self::F, b: Self::F) -> Self::F;
    /// `a - b`.
    fn sub(self, a: Self::F, b: Self::F) -> Self::F;
    /// `a × b`.
    fn mul(self, a: Self::F, b: Self::F) -> Self::F;
    /// `a / b`.
    fn div(self, a: Self::F, b: Self::F) -> Self::F;
    /// `a × b + c`.
    fn mul_add(self, a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// The larger of each lane; `a` where `b` is NaN.
    fn max(self, a: Self::F, b: Self::F) -> Self::F;
    /// The smaller of each lane; `a` where `b` is NaN.
    fn min(self, a: Self::F, b: Self::F) -> Self::F;
    /// `|a|`.
    fn abs(self, a: Self::F) -> Self::F;
    /// `x` where `a >= limit`, 0 elsewhere.
    fn zero_below(self, a: Self::F, limit: Self::F, x: Self::F) -> Self::F;

    /// The even and the odd elements of the sixteen in `a` and `b`.
    fn unzip(self, a: Self::F, b: Self::F) -> (Self::F, Self::F);
    /// The inverse of [`unzip`](Self::unzip).
    fn zip(self, even: Self::F, odd: Self::F) -> (Self::F, Self::F);
    /// The sum of the lanes, in no stated order.
    fn sum(self, a: Self::F) -> f32;
    /// The largest lane.
    fn max_lane(self, a: Self::F) -> f32;

    /// `x` in every lane.
    fn splat_i32(self, x: i32) -> Self::I;
    /// `a + b`, wrapping.
    fn add_i32(self, a: Self::I, b: Self::I) -> Self::I;
    /// The nearest integer, ties to even. Any value when `|a|` is 2²² or more.
    fn round(self, a: Self::F) -> Self::I;
    /// The nearest f32.
    fn to_f32(self, a: Self::I) -> Self::F;
    /// `2^a`, for `a` from -126 to 127.
    fn exp2(self, a: Self::I) -> Self::F;
    /// Eight i32 to memory, each of which must fit an i8.
    fn store_i8(self, a: Self::I, out: &mut [i8; LANES]);
    /// Eight i8 from memory.
    fn load_i8(self, x: &[i8; LANES]) -> Self::I;

    /// Fewer than eight f32 from memory, `fill` in the lanes that are left.
    #[inline(always)]
    fn load_part(self, x: &[f32], fill: f32) -> Self::F {
        let mut all = [fill; LANES];
        for (to, from) in all.iter_mut().zip(x) {
            *to = *from;
        }
        self.load(&all)
    }

    /// As many of the eight f32 to memory as `out` has room for.
    #[inline(always)]
    fn store_part(self, x: Self::F, out: &mut [f32]) {
        let mut all = [0.0; LANES];
        self.store(x, &mut all);
        for (to, from) in out.iter_mut().zip(all) {
            *to = from;
        }
    }
}
