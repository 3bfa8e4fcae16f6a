//! The kernels, each written once over [`Vector`](crate::vector::Vector), and the table of them that an arch stamps.
//!
//! They trust their callers for lengths: the backend has checked them.

pub mod attention;
pub mod exp;
pub mod matmul;
pub mod norm;
pub mod quantize;
pub mod rope;
pub mod short_conv;

use wasm_chord_core::backend::RopePairing;

use crate::panel::{Activations, BF16, F16, F32, Matrix, Panel, Q4_0, Q8_0};
use crate::vector::LANES;
use attention::Attention;

/// A matrix product: `(x, w, out, n)`.
pub type Matmul<P> = fn(&[<P as Panel>::Input], &Matrix<P>, &mut [f32], usize);

/// A normalisation by mean and variance: `(x, weight, bias, eps, out)`.
pub type LayerNorm = fn(&[f32], &[f32], &[f32], f32, &mut [f32]);

/// Every kernel, compiled for one arch.
#[derive(Debug)]
pub struct Kernels {
    /// The arch's name.
    pub arch: &'static str,
    /// [`quantize::quantize`]
    pub quantize: fn(&[f32], &mut [Activations]),
    /// [`matmul::matmul`] of f32
    pub matmul_f32: Matmul<F32>,
    /// [`matmul::matmul`] of f16
    pub matmul_f16: Matmul<F16>,
    /// [`matmul::matmul`] of bf16
    pub matmul_bf16: Matmul<BF16>,
    /// [`matmul::matmul`] of Q8_0
    pub matmul_q8_0: Matmul<Q8_0>,
    /// [`matmul::matmul`] of Q4_0
    pub matmul_q4_0: Matmul<Q4_0>,
    /// [`norm::rms_norm`]
    pub rms_norm: fn(&[f32], &[f32], f32, &mut [f32]),
    /// [`norm::rms_norm_in_place`]
    pub rms_norm_in_place: fn(&mut [f32], &[f32], f32),
    /// [`norm::layer_norm`]
    pub layer_norm: LayerNorm,
    /// [`rope::rope`]
    pub rope: fn(&mut [f32], &[f32], &[f32], RopePairing),
    /// [`attention::attention`]
    pub attention: fn(&Attention<'_>, &mut [[f32; LANES]], &mut [f32]),
    /// [`exp::swiglu`]
    pub swiglu: fn(&mut [f32], &[f32]),
    /// [`exp::geglu`]
    pub geglu: fn(&mut [f32], &[f32]),
    /// [`exp::gelu`]
    pub gelu: fn(&mut [f32]),
    /// [`exp::softcap`]
    pub softcap: fn(&mut [f32], f32),
}

/// Stamps the table for an arch's vector, a constant expression.
///
/// `$features` is what the compiler must be told to use the arch's instructions: `#[target_feature(…)]`, on functions
/// that everything else is inlined into. Whoever stamps such a table answers for it that no one gets at it without
/// the CPU having been asked.
macro_rules! kernels {
    ($arch:literal, $v:expr $(, #[$features:meta])?) => {{
        use wasm_chord_core::backend::RopePairing;
        use $crate::kernels::attention::{self, Attention};
        use $crate::kernels::{Kernels, entry, exp, matmul, norm, quantize, rope};
        use $crate::panel::{Activations, BF16, F16, F32, Matrix, Q4_0, Q8_0};
        use $crate::vector::LANES;
        Kernels {
            arch: $arch,
            quantize: entry!($(#[$features])? quantize::quantize($v, x: &[f32], out: &mut [Activations])),
            matmul_f32: entry!(
                $(#[$features])? matmul::matmul($v, x: &[f32], w: &Matrix<F32>, out: &mut [f32], n: usize)
            ),
            matmul_f16: entry!(
                $(#[$features])? matmul::matmul($v, x: &[f32], w: &Matrix<F16>, out: &mut [f32], n: usize)
            ),
            matmul_bf16: entry!(
                $(#[$features])? matmul::matmul($v, x: &[f32], w: &Matrix<BF16>, out: &mut [f32], n: usize)
            ),
            matmul_q8_0: entry!(
                $(#[$features])? matmul::matmul($v, x: &[Activations], w: &Matrix<Q8_0>, out: &mut [f32], n: usize)
            ),
            matmul_q4_0: entry!(
                $(#[$features])? matmul::matmul($v, x: &[Activations], w: &Matrix<Q4_0>, out: &mut [f32], n: usize)
            ),
            rms_norm: entry!($(#[$features])? norm::rms_norm($v, x: &[f32], weight: &[f32], eps: f32, out: &mut [f32])),
            rms_norm_in_place: entry!(
                $(#[$features])? norm::rms_norm_in_place($v, x: &mut [f32], weight: &[f32], eps: f32)
            ),
            layer_norm: entry!(
                $(#[$features])?
                norm::layer_norm($v, x: &[f32], weight: &[f32], bias: &[f32], eps: f32, out: &mut [f32])
            ),
            rope: entry!(
                $(#[$features])? rope::rope($v, head: &mut [f32], cos: &[f32], sin: &[f32], pairing: RopePairing)
            ),
            attention: entry!(
                $(#[$features])?
                attention::attention($v, a: &Attention<'_>, scores: &mut [[f32; LANES]], out: &mut [f32])
            ),
            swiglu: entry!($(#[$features])? exp::swiglu($v, gate: &mut [f32], up: &[f32])),
            geglu: entry!($(#[$features])? exp::geglu($v, gate: &mut [f32], up: &[f32])),
            gelu: entry!($(#[$features])? exp::gelu($v, x: &mut [f32])),
            softcap: entry!($(#[$features])? exp::softcap($v, x: &mut [f32], cap: f32)),
        }
    }};
}
pub(crate) use kernels;

/// One entry of the table: a function, compiled with the features, that a kernel is inlined into.
macro_rules! entry {
    (#[$features:meta] $module:ident :: $kernel:ident($v:expr, $($arg:ident: $ty:ty),*)) => {{
        #[$features]
        fn kernel($($arg: $ty),*) {
            $module::$kernel($v, $($arg),*);
        }
        // SAFETY: the CPU has the features, as whoever stamped the table answers for.
        |$($arg),*| unsafe { kernel($($arg),*) }
    }};
    ($module:ident :: $kernel:ident($v:expr, $($arg:ident: $ty:ty),*)) => {{
        fn kernel($($arg: $ty),*) {
            $module::$kernel($v, $($arg),*);
        }
        kernel
    }};
}
pub(crate) use entry;
