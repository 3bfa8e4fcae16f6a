//! The operations of [`Dot`](crate::dot::Dot) against scalar ones.

use std::array::from_fn;

use crate::arch::Arch;
use crate::dot::{Form, TAIL};
use crate::vector::LANES;
use wasm_chord_core::testing::Random;

type Bytes = [[u8; 4]; LANES];

fn ints<A: Arch>(a: A, x: A::I) -> [i32; LANES] {
    let mut lanes = [0.0; LANES];
    a.store(a.to_f32(x), &mut lanes);
    lanes.map(|x| x as i32)
}

/// Eight groups of four activations in form `form`, as a tile of one token.
fn groups(form: Form, x: &[[i8; 4]; 8]) -> Vec<[u32; 1]> {
    let pair = |low: i8, high: i8| u32::from(i16::from(low) as u16) | u32::from(i16::from(high) as u16) << 16;
    x.iter()
        .flat_map(|x| match form {
            Form::Bytes => vec![[u32::from_le_bytes(x.map(|x| x as u8))]],
            Form::Pairs => vec![[pair(x[0], x[2])], [pair(x[1], x[3])]],
            Form::Floats => panic!("products of whole numbers take whole numbers"),
        })
        .collect()
}

/// The bytes of `x`, read through products with ones.
fn bytes<A: Arch>(a: A, x: A::B) -> [[i32; 4]; LANES] {
    let part = |c: usize| {
        let mut unit = [0; 4];
        unit[c] = 1;
        ints(a, a.rows8(a.dot8(a.start8(), a.x8(&groups(A::FORM8, &[unit; 8]), 0, 0), x)))
    };
    let parts: [_; 4] = from_fn(part);
    from_fn(|row| from_fn(|c| parts[c][row]))
}

pub fn dot_moves_bytes<A: Arch>(a: A) {
    let mut random = Random::new(20);
    let signed = |x: Bytes| x.map(|row| row.map(|x| i32::from(x as i8)));
    for _ in 0..50 {
        let [x, y]: [Bytes; 2] = from_fn(|_| from_fn(|_| from_fn(|_| random.bits() as u8)));
        let (vx, vy) = (a.load_bytes(&x), a.load_bytes(&y));
        assert_eq!(bytes(a, vx), signed(x));
        assert_eq!(bytes(a, a.mask(vx, 0x5a)), signed(x.map(|row| row.map(|x| x & 0x5a))));
        assert_eq!(bytes(a, a.or(vx, vy)), signed(from_fn(|i| from_fn(|j| x[i][j] | y[i][j]))));
        for n in 0..8 {
            let (high, low) = (a.mask(a.shr(vx, n), 0xff >> n), a.mask(a.shl(vx, n), 0xff << n));
            assert_eq!(bytes(a, high), signed(x.map(|row| row.map(|x| x >> n))));
            assert_eq!(bytes(a, low), signed(x.map(|row| row.map(|x| x << n))));
        }
        let table: [i8; 16] = from_fn(|_| random.bits() as i8);
        let nibbles = x.map(|row| row.map(|x| x & 15));
        let found = nibbles.map(|row| row.map(|x| i32::from(table[usize::from(x)])));
        assert_eq!(bytes(a, a.lookup(&table, a.load_bytes(&nibbles))), found);
    }
}

pub fn dot_products<A: Arch>(a: A) {
    let mut random = Random::new(21);
    // The extremes, then random ones. 16 products of up to 15 and 8 of up to 31 are as many as half a sum must hold, or
    // twice as many that begin below 0.
    for case in 0..50 {
        let x: [[i8; 4]; 8] = from_fn(|_| {
            from_fn(|_| match case {
                0 => 127,
                1 => -127,
                _ => random.range(0, 255) as u8 as i8,
            })
        });
        let x = x.map(|x| x.map(|x| x.max(-127)));
        let w: [Bytes; 8] = from_fn(|_| from_fn(|_| from_fn(|_| if case < 4 { 255 } else { random.bits() as u8 })));
        for (most, offset, count) in [(15u8, 0, 8), (31, 0, 4), (15, -8, 8), (31, -16, 8), (63, -32, 4)] {
            let total =
                |from: usize| x[..count].iter().map(|x| i16::from(x[from]) + i16::from(x[from + 1])).sum::<i16>();
            let sums = u32::from(total(0) as u16) | u32::from(total(2) as u16) << 16;
            let sum = (0..count).fold(a.start7(sums, offset), |sum, g| {
                let w = w[g].map(|row| row.map(|w| w & most));
                a.dot7(sum, a.x7(&groups(A::FORM7, &x), g, 0), a.load_bytes(&w))
            });
            let want: [i32; LANES] = from_fn(|row| {
                let product =
                    |g: usize, c: usize| i32::from(x[g][c]) * (i32::from(w[g][row][c] & most) + i32::from(offset));
                (0..count).map(|g| (0..4).map(|c| product(g, c)).sum::<i32>()).sum()
            });
            assert_eq!(ints(a, a.rows7(sum)), want);
            let (m, acc) = (from_fn(|row| [-128, 127, 0, 1, -1, 63, 7, -90][row]), a.splat_i32(-5));
            let scaled = a.add_scaled7(acc, sum, a.multipliers7(&m));
            assert_eq!(ints(a, scaled), from_fn(|row| want[row] * i32::from(m[row]) - 5));
        }
        let sum = (0..8).fold(a.start8(), |sum, g| {
            a.dot8(sum, a.x8(&groups(A::FORM8, &x), g, 0), a.load_bytes(&w[g].map(|row| row.map(|w| w ^ 0x7f))))
        });
        let want: [i32; LANES] = from_fn(|row| {
            let product = |g: usize, c: usize| i32::from(x[g][c]) * i32::from((w[g][row][c] ^ 0x7f) as i8);
            (0..8).map(|g| (0..4).map(|c| product(g, c)).sum::<i32>()).sum()
        });
        assert_eq!(ints(a, a.rows8(sum)), want);
    }
    let (first, second) = (a.start7(0xfffe_0003, -16), a.start7(0x0001_0002, 8));
    assert_eq!(ints(a, a.rows7(a.add7(first, second))), [-16 + 8 * 3; LANES]);
    assert_eq!(TAIL, A::FORM7.block() - 8 * A::FORM7.group());
}
