//! Products of 32 columns of eight rows with 32 activations: the inner loops of every quantised type.

use super::bits::{Bits, Bits8, Group, Half, Halves, Lookup4, Small, Wide};
use crate::dot::{Dot, Numbers, TAIL};
use crate::vector::LANES;

/// Numbers that can be multiplied. `x` is [`Form::block`](crate::dot::Form::block) words of each of `T` tokens.
pub trait Products: Bits {
    /// What it multiplies activations with.
    const NUMBERS: Numbers;

    /// `w · x` in whole numbers, as f32.
    fn products<V: Dot, const T: usize, const NP: usize>(
        v: V,
        x: &[[u32; T]],
        w: [&Self; NP],
        halves: Halves,
    ) -> [[V::F; NP]; T];

    /// `Σ scale × w · x` in whole numbers, as f32: one scale for all columns, or one for each half.
    fn scaled<V: Dot, const T: usize, const NP: usize>(
        v: V,
        x: &[[u32; T]],
        w: [&Self; NP],
        scales: [&[[i8; LANES]]; NP],
        halves: Halves,
    ) -> [[V::F; NP]; T];
}

impl<Q: Small> Products for Q {
    const NUMBERS: Numbers = Numbers::Small;

    #[inline(always)]
    fn products<V: Dot, const T: usize, const NP: usize>(
        v: V,
        x: &[[u32; T]],
        w: [&Self; NP],
        halves: Halves,
    ) -> [[V::F; NP]; T] {
        let mut sums = [[v.splat_i32(0); NP]; T];
        if Q::NARROW {
            let narrow = whole(v, x, w, halves);
            for (sums, narrow) in sums.iter_mut().zip(narrow) {
                for (sum, narrow) in sums.iter_mut().zip(narrow) {
                    *sum = v.rows7(narrow);
                }
            }
        } else {
            for half in halves.each() {
                let narrow = one_half(v, x, w, half);
                for t in 0..T {
                    for p in 0..NP {
                        sums[t][p] = v.add_i32(sums[t][p], v.rows7(narrow[t][p]));
                    }
                }
            }
        }
        to_f32(v, sums)
    }

    #[inline(always)]
    fn scaled<V: Dot, const T: usize, const NP: usize>(
        v: V,
        x: &[[u32; T]],
        w: [&Self; NP],
        scales: [&[[i8; LANES]]; NP],
        halves: Halves,
    ) -> [[V::F; NP]; T] {
        let mut sums = [[v.splat_i32(0); NP]; T];
        let one_scale = scales[0].len() == 1;
        if Q::NARROW && one_scale {
            let narrow = whole(v, x, w, halves);
            for p in 0..NP {
                let scale = v.multipliers7(&scales[p][0]);
                for t in 0..T {
                    sums[t][p] = v.add_scaled7(sums[t][p], narrow[t][p], scale);
                }
            }
        } else {
            for half in halves.each() {
                let narrow = one_half(v, x, w, half);
                for p in 0..NP {
                    let scale = v.multipliers7(&scales[p][if one_scale { 0 } else { half.index() }]);
                    for t in 0..T {
                        sums[t][p] = v.add_scaled7(sums[t][p], narrow[t][p], scale);
                    }
                }
            }
        }
        to_f32(v, sums)
    }
}

/// Whole numbers as f32. A loop and not `array::map`: when that is not inlined, it is compiled without the instructions of
/// the arch.
#[inline(always)]
fn to_f32<V: Dot, const T: usize, const NP: usize>(v: V, sums: [[V::I; NP]; T]) -> [[V::F; NP]; T] {
    let mut out = [[v.splat(0.0); NP]; T];
    for t in 0..T {
        for p in 0..NP {
            out[t][p] = v.to_f32(sums[t][p]);
        }
    }
    out
}

/// All 32 columns in one sum.
#[inline(always)]
fn whole<V: Dot, Q: Small, const T: usize, const NP: usize>(
    v: V,
    x: &[[u32; T]],
    w: [&Q; NP],
    halves: Halves,
) -> [[V::S7; NP]; T] {
    let tail = x.len() - TAIL;
    let mut sums = [[v.start7(0, 0); NP]; T];
    if Q::OFFSET != 0 {
        let offset = -i16::from(Q::OFFSET);
        for (t, sums) in sums.iter_mut().enumerate() {
            *sums = [v.add7(v.start7(x[tail][t], offset), v.start7(x[tail + 1][t], offset)); NP];
        }
    }
    for half in halves.each() {
        add_half(v, x, w, half, &mut sums);
    }
    sums
}

/// Half `half` in a sum of its own.
#[inline(always)]
fn one_half<V: Dot, Q: Small, const T: usize, const NP: usize>(
    v: V,
    x: &[[u32; T]],
    w: [&Q; NP],
    half: Half,
) -> [[V::S7; NP]; T] {
    let tail = x.len() - TAIL;
    let mut sums = [[v.start7(0, 0); NP]; T];
    if Q::OFFSET != 0 {
        for (t, sums) in sums.iter_mut().enumerate() {
            *sums = [v.start7(x[tail + half.index()][t], -i16::from(Q::OFFSET)); NP];
        }
    }
    add_half(v, x, w, half, &mut sums);
    sums
}

#[inline(always)]
fn add_half<V: Dot, Q: Small, const T: usize, const NP: usize>(
    v: V,
    x: &[[u32; T]],
    w: [&Q; NP],
    half: Half,
    sums: &mut [[V::S7; NP]; T],
) {
    let words = 4 * V::FORM7.group();
    let x = &x[half.index() * words..][..words];
    add_group::<V, Q, T, NP, 0>(v, x, w, half, sums);
    add_group::<V, Q, T, NP, 1>(v, x, w, half, sums);
    add_group::<V, Q, T, NP, 2>(v, x, w, half, sums);
    add_group::<V, Q, T, NP, 3>(v, x, w, half, sums);
}

#[inline(always)]
fn add_group<V: Dot, Q: Small, const T: usize, const NP: usize, const GROUP: usize>(
    v: V,
    x: &[[u32; T]],
    w: [&Q; NP],
    half: Half,
    sums: &mut [[V::S7; NP]; T],
) {
    let mut unpacked = [w[0].group::<V, GROUP>(v, half); NP];
    for p in 1..NP {
        unpacked[p] = w[p].group::<V, GROUP>(v, half);
    }
    for (t, sums) in sums.iter_mut().enumerate() {
        let x = v.x7(x, GROUP, t);
        for (sum, w) in sums.iter_mut().zip(unpacked) {
            *sum = v.dot7(*sum, x, w);
        }
    }
}

macro_rules! wide_products {
    ($($name:ty)*) => {$(
        impl Products for $name {
            const NUMBERS: Numbers = Numbers::Wide;

            #[inline(always)]
            fn products<V: Dot, const T: usize, const NP: usize>(
                v: V,
                x: &[[u32; T]],
                w: [&Self; NP],
                halves: Halves,
            ) -> [[V::F; NP]; T] {
                wide(v, x, w, halves)
            }

            #[inline(always)]
            fn scaled<V: Dot, const T: usize, const NP: usize>(
                v: V,
                x: &[[u32; T]],
                w: [&Self; NP],
                scales: [&[[i8; LANES]]; NP],
                halves: Halves,
            ) -> [[V::F; NP]; T] {
                let mut products = wide(v, x, w, halves);
                for p in 0..NP {
                    let scale = v.to_f32(v.load_i8(&scales[p][0]));
                    for t in 0..T {
                        products[t][p] = v.mul(products[t][p], scale);
                    }
                }
                products
            }
        }
    )*};
}
wide_products!(Bits8 Lookup4);

/// The products of numbers of 8 bits. Of several tokens they need so many registers that each group has a turn of the loop.
#[inline(always)]
fn wide<V: Dot, Q: Wide, const T: usize, const NP: usize>(
    v: V,
    x: &[[u32; T]],
    w: [&Q; NP],
    halves: Halves,
) -> [[V::F; NP]; T] {
    let mut sums = [[v.start8(); NP]; T];
    if T == 1 {
        for half in halves.each() {
            for group in half.groups() {
                add_wide(v, x, w, group, &mut sums);
            }
        }
    } else {
        for group in halves.groups() {
            add_wide(v, x, w, group, &mut sums);
        }
    }
    let mut rows = [[v.splat_i32(0); NP]; T];
    for t in 0..T {
        for p in 0..NP {
            rows[t][p] = v.rows8(sums[t][p]);
        }
    }
    to_f32(v, rows)
}

#[inline(always)]
fn add_wide<V: Dot, Q: Wide, const T: usize, const NP: usize>(
    v: V,
    x: &[[u32; T]],
    w: [&Q; NP],
    group: Group,
    sums: &mut [[V::S8; NP]; T],
) {
    let words = V::FORM8.group();
    let x = &x[group.index() * words..][..words];
    let mut unpacked = [w[0].group(v, group); NP];
    for p in 1..NP {
        unpacked[p] = w[p].group(v, group);
    }
    for (t, sums) in sums.iter_mut().enumerate() {
        let x = v.x8(x, 0, t);
        for (sum, w) in sums.iter_mut().zip(unpacked) {
            *sum = v.dot8(*sum, x, w);
        }
    }
}
