//! The CPU backend: weights in panels of eight rows, kernels written once over a small [`Vector`](vector::Vector)
//! trait, and a thin file for each instruction set.
//!
//! | to change | open |
//! |---|---|
//! | how an op is computed | `kernels/OP.rs` |
//! | how weights of a type lie in memory, and their inner product | `panel/` |
//! | products of whole numbers | `dot.rs` |
//! | what one instruction set does differently | `arch/ARCH.rs` |
//! | how work is shared between threads | `pool/` |
//! | what an op accepts, scratch memory | `backend.rs` |
//!
//! # Names of kernels
//! `arch::op[_type][_TxR]`, as in `simd128::matmul_q4_0_1x32`:
//! - **arch**: the file under `arch/`, and [`Kernels::arch`](kernels::Kernels): `portable`, `simd128`, `avx2`;
//! - **op**: the [`Backend`](wasm_chord_core::Backend) method, or the step of one: `pack`, `matmul`, `rms_norm`, …;
//! - **type**: the weights' [`GgmlType`](wasm_chord_core::gguf::GgmlType) in lower case, where the op has weights. F32,
//!   F16 and BF16 are multiplied with f32 activations, all others with activations rounded to 8 bits
//!   ([`kernels::pack`]);
//! - **TxR**: tokens and rows of a tile, where there are several: `tile::<_, Q4_0, 1, 4>` is `1x32`, four panels of
//!   eight.
//!
//! Profiles and benchmarks use these names.

pub mod arch;
mod backend;
pub mod dot;
pub mod kernels;
mod kv_cache;
pub mod panel;
pub mod pool;
#[cfg(any(test, feature = "test-suite"))]
pub mod suite;
pub mod vector;
mod weight;

pub use backend::CpuBackend;
pub use kv_cache::{CacheType, KvCache};
pub use weight::{Staging, Weight};

/// The backend's name, for errors and `--backend`.
const NAME: &str = "cpu";

#[cfg(test)]
mod tests {
    mod portable {
        crate::stamp_suite!(test, crate::arch::Portable);
    }

    #[cfg(target_arch = "x86_64")]
    mod avx2 {
        crate::stamp_suite!(
            test,
            match crate::arch::Avx2::detect() {
                Some(avx2) => avx2,
                None => return eprintln!("skipped: this CPU has no AVX2"),
            }
        );
    }
}
