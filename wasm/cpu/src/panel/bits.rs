//! 32 columns of eight rows of small numbers, in planes of whole bits.
//!
//! Columns lie in groups of four, a byte each: `[group][row][4]`. Types of fewer bits put several groups in one byte:
//!
//! | plane | bytes | byte `[i][row][c]` holds |
//! |---|---|---|
//! | 1 bit | 32 | bit `g` of it: column `4g + c` |
//! | 2 bits | 64 | bits `2k` and above: column `16i + 4k + c` |
//! | 4 bits | 128 | low: column `8i + c`, high: column `8i + 4 + c` |
//! | 8 bits | 256 | column `4i + c` |
//!
//! A number of 3, 5 or 6 bits is spread over two planes. They are unpacked a half, which is 16 columns, at a time; the group
//! inside it is a constant so that LLVM cannot choose to leave a loop over groups, with shifts that vary.

use wasm_chord_core::block::IQ4_VALUES;

use crate::dot::Dot;
use crate::vector::LANES;

/// Columns.
pub const COLUMNS: usize = 32;

/// `N` times four columns of eight rows.
type Plane<const N: usize> = [[[u8; 4]; LANES]; N];

/// Which half of the columns, 0 or 1.
#[derive(Clone, Copy, Debug)]
pub struct Half(usize);

/// Which group of four columns, 0 to 7.
#[derive(Clone, Copy, Debug)]
pub struct Group(usize);

/// Both halves, or all groups, in a loop that the compiler cannot unroll.
#[derive(Clone, Copy, Debug)]
pub struct Halves(usize);

impl Half {
    /// Its number.
    #[inline(always)]
    pub fn index(self) -> usize {
        // SAFETY: only `Halves::each` makes one, of numbers below the 2 that `Halves::hidden` hides.
        unsafe { std::hint::assert_unchecked(self.0 < 2) };
        self.0
    }

    /// Its groups.
    #[inline(always)]
    pub fn groups(self) -> [Group; 4] {
        [0, 1, 2, 3].map(|i| Group(4 * self.index() + i))
    }
}

impl Group {
    /// Its number.
    #[inline(always)]
    pub fn index(self) -> usize {
        // SAFETY: `Half::groups` and `Halves::groups` make all of them, of numbers below 4 × 2.
        unsafe { std::hint::assert_unchecked(self.0 < 8) };
        self.0
    }
}

impl Halves {
    /// Both, how many they are being hidden from the compiler.
    #[inline(always)]
    pub fn hidden() -> Self {
        Self(std::hint::black_box(2))
    }

    /// One after the other.
    #[inline(always)]
    pub fn each(self) -> impl Iterator<Item = Half> {
        (0..self.0).map(Half)
    }

    /// The groups of both, one after the other.
    #[inline(always)]
    pub fn groups(self) -> impl Iterator<Item = Group> {
        (0..4 * self.0).map(Group)
    }
}

/// Numbers of 32 columns, as they are stored.
pub trait Bits: Copy {
    /// Eight rows of nothing.
    const ZERO: Self;
    /// Stores the numbers of row `row % 8`.
    fn put(&mut self, row: usize, quants: &[i8; COLUMNS]);
    /// Reads them back.
    fn get(&self, row: usize) -> [i8; COLUMNS];
}

/// Numbers of 6 bits at most, stored with an offset that makes them positive.
pub trait Small: Bits {
    /// The offset: a stored 0 means `-OFFSET`.
    const OFFSET: i8;
    /// Whether the sum of 16 products of a number and an activation fits an i16, so that one sum will do for all 32
    /// columns; that of 8 fits for all.
    const NARROW: bool;
    /// The stored numbers of columns `16 × half + 4 × GROUP` and the next three.
    fn group<V: Dot, const GROUP: usize>(&self, v: V, half: Half) -> V::B;
}

/// Numbers of 8 bits.
pub trait Wide: Bits {
    /// Columns `4 × group` and the next three.
    fn group<V: Dot>(&self, v: V, group: Group) -> V::B;
}

/// Numbers of 32 columns, those of four in a word.
type Words = [u32; COLUMNS / 4];

/// Columns in words, `OFFSET` added to each. Planes are put together of words: four bytes in one step.
#[inline(always)]
fn words<const OFFSET: i8>(quants: &[i8; COLUMNS]) -> Words {
    let bytes = quants.map(|q| (q + OFFSET) as u8);
    let mut words = [0; COLUMNS / 4];
    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
        *word = u32::from_le_bytes(*bytes);
    }
    words
}

/// Bits `from` and above of each byte, those of `mask`.
#[inline(always)]
fn field(word: u32, from: u32, mask: u8) -> u32 {
    word >> from & u32::from_le_bytes([mask; 4])
}

#[inline(always)]
fn put_bit(plane: &mut Plane<1>, row: usize, words: &Words, from: u32) {
    plane[0][row] = (0..8).fold(0, |to, g| to | field(words[g], from, 1) << g).to_le_bytes();
}

fn get_bit(plane: &Plane<1>, row: usize, column: usize) -> u8 {
    plane[0][row][column % 4] >> (column / 4) & 1
}

#[inline(always)]
fn put_two(plane: &mut Plane<2>, row: usize, words: &Words, from: u32) {
    for (rows, words) in plane.iter_mut().zip(words.as_chunks::<4>().0) {
        rows[row] = (0..4).fold(0, |to, k| to | field(words[k], from, 3) << (2 * k)).to_le_bytes();
    }
}

fn get_two(plane: &Plane<2>, row: usize, column: usize) -> u8 {
    plane[column / 16][row][column % 4] >> (column / 4 % 4 * 2) & 3
}

#[inline(always)]
fn put_four(plane: &mut Plane<4>, row: usize, words: &Words) {
    for (rows, [low, high]) in plane.iter_mut().zip(words.as_chunks().0) {
        rows[row] = (field(*low, 0, 15) | field(*high, 0, 15) << 4).to_le_bytes();
    }
}

fn get_four(plane: &Plane<4>, row: usize, column: usize) -> u8 {
    plane[column / 8][row][column % 4] >> (column / 4 % 2 * 4) & 15
}

/// Bit `half × 4 + GROUP` of each byte, moved to bit `to`; nothing beside it.
#[inline(always)]
fn bit<V: Dot, const GROUP: usize>(v: V, plane: &Plane<1>, half: Half, to: u32) -> V::B {
    let half = v.shr(v.load_bytes(&plane[0]), 4 * half.index() as u32);
    v.mask(shift(v, half, GROUP as u32, to), 1 << to)
}

/// Bits `2 × GROUP` and above of each byte of half `half`, moved to bit `to`; nothing beside them.
#[inline(always)]
fn two<V: Dot, const GROUP: usize>(v: V, plane: &Plane<2>, half: Half, to: u32) -> V::B {
    v.mask(shift(v, v.load_bytes(&plane[half.index()]), 2 * GROUP as u32, to), 3 << to)
}

/// The nibbles of group `GROUP` of half `half`.
#[inline(always)]
fn four<V: Dot, const GROUP: usize>(v: V, plane: &Plane<4>, half: Half) -> V::B {
    let both = v.load_bytes(&plane[2 * half.index() + GROUP / 2]);
    v.mask(if GROUP.is_multiple_of(2) { both } else { v.shr(both, 4) }, 15)
}

/// Moves bit `from` of each byte to bit `to`.
#[inline(always)]
fn shift<V: Dot>(v: V, a: V::B, from: u32, to: u32) -> V::B {
    match from.cmp(&to) {
        std::cmp::Ordering::Less => v.shl(a, to - from),
        std::cmp::Ordering::Equal => a,
        std::cmp::Ordering::Greater => v.shr(a, from - to),
    }
}

/// Defines a type of small numbers: its planes, how a number is spread over them and put together again.
macro_rules! small {
    (
        $(#[$doc:meta])* $name:ident { $($plane:ident: $count:literal),* }, narrow: $narrow:expr,
        put: |$put:ident, $row:ident, $words:ident| $store:expr,
        get: |$get:ident, $get_row:ident, $column:ident| $load:expr,
        group: |$v:ident, $self:ident, $half:ident| $unpack:expr
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        #[repr(C)]
        pub struct $name<const OFFSET: i8> {
            $($plane: Plane<$count>,)*
        }

        impl<const OFFSET: i8> Bits for $name<OFFSET> {
            const ZERO: Self = Self { $($plane: [[[0; 4]; LANES]; $count],)* };

            #[inline(always)]
            fn put(&mut self, row: usize, quants: &[i8; COLUMNS]) {
                let ($put, $row) = (self, row % LANES);
                let $words = &words::<OFFSET>(quants);
                $store
            }

            #[inline(always)]
            fn get(&self, row: usize) -> [i8; COLUMNS] {
                let ($get, $get_row) = (self, row % LANES);
                std::array::from_fn(|$column| ($load) as i8 - OFFSET)
            }
        }

        impl<const OFFSET: i8> Small for $name<OFFSET> {
            const OFFSET: i8 = OFFSET;
            const NARROW: bool = $narrow;

            #[inline(always)]
            fn group<V: Dot, const GROUP: usize>(&self, $v: V, $half: Half) -> V::B {
                let $self = self;
                $unpack
            }
        }
    };
}

small!(
    /// Numbers of 2 bits.
    Bits2 { two: 2 }, narrow: true,
    put: |to, row, words| put_two(&mut to.two, row, words, 0),
    get: |from, row, i| get_two(&from.two, row, i),
    group: |v, from, half| two::<_, GROUP>(v, &from.two, half, 0)
);
small!(
    /// Numbers of 3 bits.
    Bits3 { two: 2, one: 1 }, narrow: true,
    put: |to, row, words| {
        put_two(&mut to.two, row, words, 0);
        put_bit(&mut to.one, row, words, 2);
    },
    get: |from, row, i| get_two(&from.two, row, i) | get_bit(&from.one, row, i) << 2,
    group: |v, from, half| v.or(two::<_, GROUP>(v, &from.two, half, 0), bit::<_, GROUP>(v, &from.one, half, 2))
);
small!(
    /// Numbers of 4 bits.
    Bits4 { four: 4 }, narrow: true,
    put: |to, row, words| put_four(&mut to.four, row, words),
    get: |from, row, i| get_four(&from.four, row, i),
    group: |v, from, half| four::<_, GROUP>(v, &from.four, half)
);
small!(
    /// Numbers of 5 bits. Around 0 their products are small enough for one sum.
    Bits5 { four: 4, one: 1 }, narrow: OFFSET == 16,
    put: |to, row, words| {
        put_four(&mut to.four, row, words);
        put_bit(&mut to.one, row, words, 4);
    },
    get: |from, row, i| get_four(&from.four, row, i) | get_bit(&from.one, row, i) << 4,
    group: |v, from, half| v.or(four::<_, GROUP>(v, &from.four, half), bit::<_, GROUP>(v, &from.one, half, 4))
);
small!(
    /// Numbers of 6 bits.
    Bits6 { four: 4, two: 2 }, narrow: false,
    put: |to, row, words| {
        put_four(&mut to.four, row, words);
        put_two(&mut to.two, row, words, 4);
    },
    get: |from, row, i| get_four(&from.four, row, i) | get_two(&from.two, row, i) << 4,
    group: |v, from, half| v.or(four::<_, GROUP>(v, &from.four, half), two::<_, GROUP>(v, &from.two, half, 4))
);

/// Numbers of 8 bits, as they are.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Bits8(Plane<8>);

impl Bits for Bits8 {
    const ZERO: Self = Self([[[0; 4]; LANES]; 8]);

    #[inline(always)]
    fn put(&mut self, row: usize, quants: &[i8; COLUMNS]) {
        for (rows, quants) in self.0.iter_mut().zip(quants.as_chunks().0) {
            rows[row % LANES] = quants.map(|q: i8| q as u8);
        }
    }

    #[inline(always)]
    fn get(&self, row: usize) -> [i8; COLUMNS] {
        std::array::from_fn(|i| self.0[i / 4][row % LANES][i % 4] as i8)
    }
}

impl Wide for Bits8 {
    #[inline(always)]
    fn group<V: Dot>(&self, v: V, group: Group) -> V::B {
        v.load_bytes(&self.0[group.index()])
    }
}

/// Which of [`IQ4_VALUES`] a number is, by its bits.
const IQ4_INDICES: [i8; 256] = {
    let (mut indices, mut i) = ([0; 256], 0);
    while i < IQ4_VALUES.len() {
        indices[IQ4_VALUES[i] as u8 as usize] = i as i8;
        i += 1;
    }
    indices
};

/// Nibbles that stand for [`IQ4_VALUES`].
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Lookup4(Plane<4>);

impl Bits for Lookup4 {
    const ZERO: Self = Self([[[0; 4]; LANES]; 4]);

    #[inline(always)]
    fn put(&mut self, row: usize, quants: &[i8; COLUMNS]) {
        let indices = quants.map(|q| IQ4_INDICES[usize::from(q as u8)]);
        put_four(&mut self.0, row % LANES, &words::<0>(&indices));
    }

    #[inline(always)]
    fn get(&self, row: usize) -> [i8; COLUMNS] {
        std::array::from_fn(|i| IQ4_VALUES[usize::from(get_four(&self.0, row % LANES, i))])
    }
}

impl Wide for Lookup4 {
    #[inline(always)]
    fn group<V: Dot>(&self, v: V, group: Group) -> V::B {
        let both = v.load_bytes(&self.0[group.index() / 2]);
        v.lookup(&IQ4_VALUES, v.mask(v.shr(both, 4 * (group.index() % 2) as u32), 15))
    }
}
