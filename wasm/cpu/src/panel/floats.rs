//! Panels of plain floats: a block is one column, widened to f32 as it is read.

use wasm_chord_core::gguf::GgmlType;

use super::{Halves, Panel};
use crate::dot::{Dot, Numbers};
use crate::vector::LANES;

macro_rules! float_panel {
    ($(#[$doc:meta])* $name:ident, $element:ty, $load:ident, $to_f32:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        #[repr(transparent)]
        pub struct $name(pub [$element; LANES]);

        impl Panel for $name {
            const TYPE: GgmlType = GgmlType::$name;
            const ZERO: Self = Self([0 as $element; LANES]);

            const NUMBERS: Numbers = Numbers::Floats;

            #[inline(always)]
            fn put(&mut self, row: usize, block: &[u8]) {
                if let Some(bytes) = block.first_chunk() {
                    self.0[row % LANES] = <$element>::from_le_bytes(*bytes);
                }
            }

            #[inline(always)]
            fn get(&self, row: usize, out: &mut [f32]) {
                out.fill($to_f32(self.0[row % LANES]));
            }

            #[inline(always)]
            fn accumulate<V: Dot, const T: usize, const NP: usize>(
                v: V,
                x: &[[u32; T]],
                w: [&Self; NP],
                _halves: Halves,
                acc: &mut [[V::F; NP]; T],
            ) {
                for p in 0..NP {
                    let w = v.$load(&w[p].0);
                    for t in 0..T {
                        acc[t][p] = v.mul_add(w, v.splat(f32::from_bits(x[0][t])), acc[t][p]);
                    }
                }
            }
        }
    };
}

float_panel!(
    /// One column of eight f32 rows.
    F32, f32, load, |x: f32| x
);
float_panel!(
    /// One column of eight f16 rows.
    F16, u16, load_f16, |x: u16| half::f16::from_bits(x).to_f32()
);
float_panel!(
    /// One column of eight bf16 rows.
    BF16, u16, load_bf16, |x: u16| half::bf16::from_bits(x).to_f32()
);
