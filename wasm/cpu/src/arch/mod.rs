//! One file for each instruction set: how it does the [`Vector`](crate::vector::Vector) operations, and its table of kernels.

#[cfg(not(target_arch = "wasm32"))]
mod portable;
#[cfg(target_arch = "wasm32")]
mod wasm;
#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
mod wasm_relaxed;
#[cfg(target_arch = "wasm32")]
mod wasm_simd128;
#[cfg(target_arch = "x86_64")]
mod x86_avx2;

#[cfg(not(target_arch = "wasm32"))]
pub use portable::Portable;
#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
pub use wasm_relaxed::{PAIRS, RelaxedSimd, SIGNED, UNSIGNED};
#[cfg(target_arch = "wasm32")]
pub use wasm_simd128::Simd128;
#[cfg(target_arch = "x86_64")]
pub use x86_avx2::Avx2;

use crate::dot::Dot;
use crate::kernels::Kernels;

/// An instruction set: its operations, and the kernels compiled for it.
pub trait Arch: Dot {
    /// The table of its kernels.
    fn kernels(self) -> &'static Kernels;
}

/// The kernels of the best arch that this machine runs.
pub fn best() -> &'static Kernels {
    #[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
    return match (RelaxedSimd::<SIGNED>::detect(), RelaxedSimd::<UNSIGNED>::detect()) {
        (Some(signed), _) => signed.kernels(),
        (None, Some(unsigned)) => unsigned.kernels(),
        (None, None) => RelaxedSimd::pairs().kernels(),
    };
    #[cfg(all(target_arch = "wasm32", not(target_feature = "relaxed-simd")))]
    return Simd128.kernels();
    #[cfg(target_arch = "x86_64")]
    if let Some(avx2) = Avx2::detect() {
        return avx2.kernels();
    }
    #[cfg(not(target_arch = "wasm32"))]
    Portable.kernels()
}
