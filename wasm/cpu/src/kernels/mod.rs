//! The kernels, each written once over [`Vector`](crate::vector::Vector), and the table of them that an arch stamps.
//!
//! They trust their callers for lengths: the backend has checked them.

pub mod attention;
pub mod exp;
pub mod matmul;
pub mod norm;
pub mod quantize;
pub mod rope;

use wasm_chord_core::backend::RopePairing;

use crate::panel::{Activations, BF16, F16, F32, Matrix, Panel, Q4_0, Q8_0};
use crate::vector::LANES;
use attention::Attention;

/// A matrix product: `(x, w, out, n)`.
pub type Matmul<P> = fn(&[<P as Panel>::Input], &Matrix<P>, &mut [f32], usize);

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
    /// [`rope::rope`]
    pub rope: fn(&mut [f32], &[f32], &[f32], RopePairing),
    /// [`attention::attention`]
    pub attention: fn(&Attention<'_>, &mut [[f32; LANES]], &mut [f32]),
    /// [`exp::swiglu`]
    pub swiglu: fn(&mut [f32], &[f32]),
}

/// Stamps the table for an arch's vector, a constant expression.
macro_rules! kernels {
    ($arch:literal, $v:expr) => {{
        use $crate::kernels::{Kernels, attention, exp, matmul, norm, quantize, rope};
        Kernels {
            arch: $arch,
            quantize: |x, out| quantize::quantize($v, x, out),
            matmul_f32: |x, w, out, n| matmul::matmul($v, x, w, out, n),
            matmul_f16: |x, w, out, n| matmul::matmul($v, x, w, out, n),
            matmul_bf16: |x, w, out, n| matmul::matmul($v, x, w, out, n),
            matmul_q8_0: |x, w, out, n| matmul::matmul($v, x, w, out, n),
            matmul_q4_0: |x, w, out, n| matmul::matmul($v, x, w, out, n),
            rms_norm: |x, weight, eps, out| norm::rms_norm($v, x, weight, eps, out),
            rope: |head, cos, sin, pairing| rope::rope($v, head, cos, sin, pairing),
            attention: |a, scores, out| attention::attention($v, a, scores, out),
            swiglu: |gate, up| exp::swiglu($v, gate, up),
        }
    }};
}
pub(crate) use kernels;
