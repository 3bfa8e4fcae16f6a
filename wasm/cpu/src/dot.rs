//! Products of whole numbers: weights of a byte at most with activations of a byte.
//!
//! Weights lie in groups of four columns: 32 bytes are four bytes of each of eight rows. What machines can do with those
//! differs, so the sums have types of their own:
//!
//! | | plain SIMD128 | relaxed SIMD | AVX2 |
//! |---|---|---|---|
//! | [`dot7`](Dot::dot7), weights 0 to 127 | bytes widened to two pairs of i16, `i32x4.dot_i16x8` | `i16x8.relaxed_dot_i8x16_i7x16`, summed in i16 | `vpmaddubsw`, summed in i16 |
//! | [`dot8`](Dot::dot8), weights -128 to 127 | the same, the bytes left in the upper half | the same as plain | `vpmaddubsw` of magnitudes, then `vpmaddwd` |
//!
//! Sums in i16 wrap, which does no harm as long as the true sum fits: [`start7`](Dot::start7) lets it begin below 0, so
//! that 32 columns of up to 5 bits, or 16 of 6, stay within 32512.

use crate::vector::{LANES, Vector};

/// What is multiplied with activations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// f32.
    Floats,
    /// Numbers of [`Dot::dot7`].
    Small,
    /// Numbers of [`Dot::dot8`].
    Wide,
}

impl Numbers {
    /// How an arch wants the activations for it.
    pub const fn form<V: Dot>(self) -> Form {
        match self {
            Self::Floats => Form::Floats,
            Self::Small => V::FORM7,
            Self::Wide => V::FORM8,
        }
    }
}

/// How activations lie in memory, in words of 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// f32.
    Floats,
    /// Blocks of 32: eight groups of four i8, one word each, and [`TAIL`] words.
    Bytes,
    /// Blocks of 32: eight groups of four i16 in the order 0, 2, 1, 3, two words each, and [`TAIL`] words.
    Pairs,
}

/// Words after the groups of a block: for columns 0–15 and for columns 16–31 a pair of i16, the sum of each group's first
/// two and the sum of its last two, added up; the scale, f32; the scale times the sum of all 32, f32.
pub const TAIL: usize = 4;

impl Form {
    /// Words of a group of four activations.
    pub const fn group(self) -> usize {
        match self {
            Form::Floats => 4,
            Form::Bytes => 1,
            Form::Pairs => 2,
        }
    }

    /// Words of 32 activations of one token.
    pub const fn block(self) -> usize {
        match self {
            Form::Floats => 32,
            Form::Bytes | Form::Pairs => 8 * self.group() + TAIL,
        }
    }
}

/// The whole-number products of an arch.
pub trait Dot: Vector {
    /// 32 bytes: four columns of eight rows.
    type B: Copy;
    /// Four activations of one token, for all rows, as [`dot7`](Self::dot7) takes them.
    type X7: Copy;
    /// Sums of [`dot7`](Self::dot7).
    type S7: Copy;
    /// A small number for each row to multiply such sums with.
    type M7: Copy;
    /// Four activations of one token, for all rows, as [`dot8`](Self::dot8) takes them.
    type X8: Copy;
    /// Sums of [`dot8`](Self::dot8).
    type S8: Copy;

    /// Tokens that are multiplied together, 1 or [`TOKENS`](crate::kernels::pack::TOKENS). With 1, panels are taken one at a
    /// time as well: for an arch that is there to be correct everywhere, and compiled quickly.
    const TOKENS: usize = crate::kernels::pack::TOKENS;
    /// What [`x7`](Self::x7) reads.
    const FORM7: Form;
    /// What [`x8`](Self::x8) reads.
    const FORM8: Form;

    /// 32 bytes from memory.
    fn load_bytes(self, x: &[[u8; 4]; LANES]) -> Self::B;
    /// Each byte `& mask`.
    fn mask(self, a: Self::B, mask: u8) -> Self::B;
    /// Each byte `a | b`.
    fn or(self, a: Self::B, b: Self::B) -> Self::B;
    /// Each byte `>> n`; what comes in from above is not specified.
    fn shr(self, a: Self::B, n: u32) -> Self::B;
    /// Each byte `<< n`; what comes in from below is not specified.
    fn shl(self, a: Self::B, n: u32) -> Self::B;
    /// `table[a]` for each byte, 0 to 15.
    fn lookup(self, table: &[i8; 16], a: Self::B) -> Self::B;

    /// Group `group` of token `t`'s activations.
    fn x7<const T: usize>(self, x: &[[u32; T]], group: usize, t: usize) -> Self::X7;
    /// `offset × sums`, for a pair of sums of [`TAIL`].
    fn start7(self, sums: u32, offset: i16) -> Self::S7;
    /// `a + b`.
    fn add7(self, a: Self::S7, b: Self::S7) -> Self::S7;
    /// `sum + w · x`, for weights of 0 to 127.
    fn dot7(self, sum: Self::S7, x: Self::X7, w: Self::B) -> Self::S7;
    /// The sums of the rows.
    fn rows7(self, sum: Self::S7) -> Self::I;
    /// Eight i8 from memory.
    fn multipliers7(self, x: &[i8; LANES]) -> Self::M7;
    /// `acc + sums of the rows × m`.
    fn add_scaled7(self, acc: Self::I, sum: Self::S7, m: Self::M7) -> Self::I;

    /// Group `group` of token `t`'s activations.
    fn x8<const T: usize>(self, x: &[[u32; T]], group: usize, t: usize) -> Self::X8;
    /// Zeros.
    fn start8(self) -> Self::S8;
    /// `sum + w · x`, for weights of -128 to 127; no more than 32 columns.
    fn dot8(self, sum: Self::S8, x: Self::X8, w: Self::B) -> Self::S8;
    /// The sums of the rows.
    fn rows8(self, sum: Self::S8) -> Self::I;
}
