//! Panels of the quantised types: numbers and what scales them. Sizes are those of the file, but where scales of 6 bits
//! take a byte.

use std::marker::PhantomData;

use half::f16;
use wasm_chord_core::block::{self, Block, Unpacked};
use wasm_chord_core::gguf::GgmlType;

use super::Panel;
use super::bits::{Bits, Bits2, Bits3, Bits4, Bits5, Bits6, Bits8, COLUMNS, Halves, Lookup4};
use super::products::Products;
use crate::dot::{Dot, Numbers, TAIL};
use crate::vector::LANES;

/// Columns of a block of the K-types.
const SUPER: usize = 256;

/// Eight rows of 32 columns that share a scale.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(16))]
pub struct Flat<B, Q> {
    d: [u16; LANES], // f16, [row]
    quants: Q,
    block: PhantomData<B>,
}

/// Eight rows of 32 columns that share a scale and a minimum.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(16))]
pub struct FlatMin<B, Q> {
    d: [u16; LANES],    // f16, [row]
    dmin: [u16; LANES], // f16, [row]; what is subtracted
    quants: Q,
    block: PhantomData<B>,
}

/// Eight rows of 256 columns; `256 / SUBS` of them share a scale.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(16))]
pub struct Super<B, Q, const SUBS: usize> {
    d: [u16; LANES],              // f16, [row]
    scales: [[i8; LANES]; SUBS],  // [sub][row]
    quants: [Q; SUPER / COLUMNS], // [32 columns]
    block: PhantomData<B>,
}

/// Eight rows of 256 columns; `256 / SUBS` of them share a scale and a minimum.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(16))]
pub struct SuperMin<B, Q, const SUBS: usize> {
    d: [u16; LANES],              // f16, [row]
    dmin: [u16; LANES],           // f16, [row]
    scales: [[i8; LANES]; SUBS],  // [sub][row]
    mins: [[i8; LANES]; SUBS],    // [sub][row]
    quants: [Q; SUPER / COLUMNS], // [32 columns]
    block: PhantomData<B>,
}

macro_rules! quantized_panels {
    ($($name:ident = $panel:ty, $spare:literal;)*) => {$(
        #[doc = concat!("Eight rows of ", stringify!($name), ".")]
        #[allow(non_camel_case_types)] // The field's own spelling.
        pub type $name = $panel;
        // `$spare` bytes more a row than in the file.
        const _: () = assert!(size_of::<$name>() == LANES * (GgmlType::$name.block_bytes() + $spare));
    )*};
}

quantized_panels! {
    Q8_0 = Flat<block::BlockQ8_0, Bits8>, 0;
    Q4_0 = Flat<block::BlockQ4_0, Bits4<8>>, 0;
    Q5_0 = Flat<block::BlockQ5_0, Bits5<16>>, 0;
    IQ4_NL = Flat<block::BlockIQ4_NL, Lookup4>, 0;
    Q4_1 = FlatMin<block::BlockQ4_1, Bits4<0>>, 0;
    Q5_1 = FlatMin<block::BlockQ5_1, Bits5<0>>, 0;
    Q3_K = Super<block::BlockQ3_K, Bits3<4>, 16>, 4;
    Q6_K = Super<block::BlockQ6_K, Bits6<32>, 16>, 0;
    IQ4_XS = Super<block::BlockIQ4_XS, Lookup4, 8>, 2;
    Q2_K = SuperMin<block::BlockQ2_K, Bits2<0>, 16>, 16;
    Q4_K = SuperMin<block::BlockQ4_K, Bits4<0>, 8>, 4;
    Q5_K = SuperMin<block::BlockQ5_K, Bits5<0>, 8>, 4;
}

/// `acc[t][p] += products[t][p] × d of w[p] × scale of x[t]`.
#[inline(always)]
fn add_scaled<V: Dot, const T: usize, const NP: usize>(
    v: V,
    products: [[V::F; NP]; T],
    x: &[[u32; T]],
    d: [&[u16; LANES]; NP],
    acc: &mut [[V::F; NP]; T],
) {
    let scale = x[x.len() - 2];
    for p in 0..NP {
        let d = v.load_f16(d[p]);
        for t in 0..T {
            let scale = v.mul(d, v.splat(f32::from_bits(scale[t])));
            acc[t][p] = v.mul_add(products[t][p], scale, acc[t][p]);
        }
    }
}

impl<B: Block<COLUMNS, 1> + Copy, Q: Products> Panel for Flat<B, Q> {
    const TYPE: GgmlType = B::TYPE;
    const ZERO: Self = Self { d: [0; LANES], quants: Q::ZERO, block: PhantomData };

    const NUMBERS: Numbers = Q::NUMBERS;

    #[inline(always)]
    fn put(&mut self, row: usize, block: &[u8]) {
        let block = B::from_bytes(block).unpack();
        self.d[row % LANES] = block.d.to_bits();
        self.quants.put(row, &block.quants);
    }

    fn get(&self, row: usize, out: &mut [f32]) {
        let d = f16::from_bits(self.d[row % LANES]);
        Unpacked { d, dmin: f16::ZERO, scales: [1], mins: [0], quants: self.quants.get(row) }.write(out);
    }

    #[inline(always)]
    fn accumulate<V: Dot, const T: usize, const NP: usize>(
        v: V,
        x: &[[u32; T]],
        w: [&Self; NP],
        halves: Halves,
        acc: &mut [[V::F; NP]; T],
    ) {
        let products = Q::products(v, x, w.map(|w| &w.quants), halves);
        add_scaled(v, products, x, w.map(|w| &w.d), acc);
    }
}

impl<B: Block<COLUMNS, 1> + Copy, Q: Products> Panel for FlatMin<B, Q> {
    const TYPE: GgmlType = B::TYPE;
    const ZERO: Self = Self { d: [0; LANES], dmin: [0; LANES], quants: Q::ZERO, block: PhantomData };

    const NUMBERS: Numbers = Q::NUMBERS;

    #[inline(always)]
    fn put(&mut self, row: usize, block: &[u8]) {
        let block = B::from_bytes(block).unpack();
        self.d[row % LANES] = block.d.to_bits();
        self.dmin[row % LANES] = block.dmin.to_bits();
        self.quants.put(row, &block.quants);
    }

    fn get(&self, row: usize, out: &mut [f32]) {
        let [d, dmin] = [self.d, self.dmin].map(|scales| f16::from_bits(scales[row % LANES]));
        Unpacked { d, dmin, scales: [1], mins: [1], quants: self.quants.get(row) }.write(out);
    }

    #[inline(always)]
    fn accumulate<V: Dot, const T: usize, const NP: usize>(
        v: V,
        x: &[[u32; T]],
        w: [&Self; NP],
        halves: Halves,
        acc: &mut [[V::F; NP]; T],
    ) {
        let products = Q::products(v, x, w.map(|w| &w.quants), halves);
        add_scaled(v, products, x, w.map(|w| &w.d), acc);
        let sums = x[x.len() - 1];
        for p in 0..NP {
            let dmin = v.load_f16(&w[p].dmin);
            for t in 0..T {
                acc[t][p] = v.sub(acc[t][p], v.mul(dmin, v.splat(f32::from_bits(sums[t]))));
            }
        }
    }
}

impl<B: Block<SUPER, SUBS> + Copy, Q: Products, const SUBS: usize> Panel for Super<B, Q, SUBS> {
    const TYPE: GgmlType = B::TYPE;
    const ZERO: Self =
        Self { d: [0; LANES], scales: [[0; LANES]; SUBS], quants: [Q::ZERO; SUPER / COLUMNS], block: PhantomData };

    const NUMBERS: Numbers = Q::NUMBERS;

    fn put(&mut self, row: usize, block: &[u8]) {
        let block = B::from_bytes(block).unpack();
        self.d[row % LANES] = block.d.to_bits();
        put_rows(&mut self.scales, row, block.scales);
        put_quants(&mut self.quants, row, &block.quants);
    }

    fn get(&self, row: usize, out: &mut [f32]) {
        let d = f16::from_bits(self.d[row % LANES]);
        let (scales, quants) = (get_rows(&self.scales, row), get_quants(&self.quants, row));
        Unpacked { d, dmin: f16::ZERO, scales, mins: [0; SUBS], quants }.write(out);
    }

    #[inline(always)]
    fn accumulate<V: Dot, const T: usize, const NP: usize>(
        v: V,
        x: &[[u32; T]],
        w: [&Self; NP],
        halves: Halves,
        acc: &mut [[V::F; NP]; T],
    ) {
        let sums = scaled_sums(v, x, w.map(|w| &w.quants), w.map(|w| &w.scales), halves);
        for p in 0..NP {
            let d = v.load_f16(&w[p].d);
            for t in 0..T {
                acc[t][p] = v.mul_add(sums[t][p], d, acc[t][p]);
            }
        }
    }
}

impl<B: Block<SUPER, SUBS> + Copy, Q: Products, const SUBS: usize> Panel for SuperMin<B, Q, SUBS> {
    const TYPE: GgmlType = B::TYPE;
    const ZERO: Self = Self {
        d: [0; LANES],
        dmin: [0; LANES],
        scales: [[0; LANES]; SUBS],
        mins: [[0; LANES]; SUBS],
        quants: [Q::ZERO; SUPER / COLUMNS],
        block: PhantomData,
    };

    const NUMBERS: Numbers = Q::NUMBERS;

    fn put(&mut self, row: usize, block: &[u8]) {
        let block = B::from_bytes(block).unpack();
        self.d[row % LANES] = block.d.to_bits();
        self.dmin[row % LANES] = block.dmin.to_bits();
        put_rows(&mut self.scales, row, block.scales);
        put_rows(&mut self.mins, row, block.mins);
        put_quants(&mut self.quants, row, &block.quants);
    }

    fn get(&self, row: usize, out: &mut [f32]) {
        let [d, dmin] = [self.d, self.dmin].map(|scales| f16::from_bits(scales[row % LANES]));
        let (scales, mins) = (get_rows(&self.scales, row), get_rows(&self.mins, row));
        Unpacked { d, dmin, scales, mins, quants: get_quants(&self.quants, row) }.write(out);
    }

    #[inline(always)]
    fn accumulate<V: Dot, const T: usize, const NP: usize>(
        v: V,
        x: &[[u32; T]],
        w: [&Self; NP],
        halves: Halves,
        acc: &mut [[V::F; NP]; T],
    ) {
        let sums = scaled_sums(v, x, w.map(|w| &w.quants), w.map(|w| &w.scales), halves);
        let mins = min_sums(v, x, w.map(|w| &w.mins));
        for p in 0..NP {
            let (d, dmin) = (v.load_f16(&w[p].d), v.load_f16(&w[p].dmin));
            for t in 0..T {
                let sum = v.mul_add(sums[t][p], d, acc[t][p]);
                acc[t][p] = v.sub(sum, v.mul(mins[t][p], dmin));
            }
        }
    }
}

/// `Σ scale of x × scale of w × w · x` over a block of 256.
#[inline(always)]
fn scaled_sums<V: Dot, Q: Products, const T: usize, const NP: usize, const SUBS: usize>(
    v: V,
    x: &[[u32; T]],
    w: [&[Q; SUPER / COLUMNS]; NP],
    scales: [&[[i8; LANES]; SUBS]; NP],
    halves: Halves,
) -> [[V::F; NP]; T] {
    let mut sums = [[v.splat(0.0); NP]; T];
    let words = Q::NUMBERS.form::<V>().block();
    let subs = SUBS * COLUMNS / SUPER;
    for (i, x) in x.chunks_exact(words).enumerate() {
        let scales = scales.map(|scales| &scales[i * subs..][..subs]);
        let products = Q::scaled(v, x, w.map(|w| &w[i % (SUPER / COLUMNS)]), scales, halves);
        for t in 0..T {
            let scale = v.splat(f32::from_bits(x[words - 2][t]));
            for p in 0..NP {
                sums[t][p] = v.mul_add(products[t][p], scale, sums[t][p]);
            }
        }
    }
    sums
}

/// `Σ scale of x × min of w × Σ x` over a block of 256.
#[inline(always)]
fn min_sums<V: Dot, const T: usize, const NP: usize, const SUBS: usize>(
    v: V,
    x: &[[u32; T]],
    mins: [&[[i8; LANES]; SUBS]; NP],
) -> [[V::F; NP]; T] {
    let mut sums = [[v.splat(0.0); NP]; T];
    let words = V::FORM7.block();
    for (i, x) in x.chunks_exact(words).enumerate() {
        let tail = &x[words - TAIL..];
        for p in 0..NP {
            if SUBS * COLUMNS == SUPER {
                let min = v.to_f32(v.load_i8(&mins[p][i % SUBS]));
                for t in 0..T {
                    sums[t][p] = v.mul_add(min, v.splat(f32::from_bits(tail[3][t])), sums[t][p]);
                }
            } else {
                let first = v.multipliers7(&mins[p][2 * i % SUBS]);
                let second = v.multipliers7(&mins[p][(2 * i + 1) % SUBS]);
                for t in 0..T {
                    let sum = v.add_scaled7(v.splat_i32(0), v.start7(tail[0][t], 1), first);
                    let sum = v.add_scaled7(sum, v.start7(tail[1][t], 1), second);
                    sums[t][p] = v.mul_add(v.to_f32(sum), v.splat(f32::from_bits(tail[2][t])), sums[t][p]);
                }
            }
        }
    }
    sums
}

fn put_rows<const N: usize>(rows: &mut [[i8; LANES]; N], row: usize, values: [i8; N]) {
    for (rows, value) in rows.iter_mut().zip(values) {
        rows[row % LANES] = value;
    }
}

fn get_rows<const N: usize>(rows: &[[i8; LANES]; N], row: usize) -> [i8; N] {
    rows.map(|rows| rows[row % LANES])
}

fn put_quants<Q: Bits>(panel: &mut [Q; SUPER / COLUMNS], row: usize, quants: &[i8; SUPER]) {
    for (panel, quants) in panel.iter_mut().zip(quants.as_chunks().0) {
        panel.put(row, quants);
    }
}

fn get_quants<Q: Bits>(panel: &[Q; SUPER / COLUMNS], row: usize) -> [i8; SUPER] {
    let mut quants = [0; SUPER];
    for (quants, panel) in quants.as_chunks_mut().0.iter_mut().zip(panel) {
        *quants = panel.get(row);
    }
    quants
}
