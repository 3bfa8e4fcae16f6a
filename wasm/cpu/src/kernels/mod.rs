//! The kernels, each written once over [`Vector`](crate::vector::Vector), and the table of them that an arch stamps.
//!
//! They trust their callers for lengths: the backend has checked them.

pub mod attention;
pub mod exp;
pub mod matmul;
pub mod norm;
pub mod output;
pub mod pack;
pub mod rope;
pub mod short_conv;

use wasm_chord_core::backend::RopePairing;

use crate::dot::Form;
use crate::panel::{self, Matrix, for_each_panel};
use attention::{Attention, Share};
use output::Output;

/// A matrix product with weights in panels `P`.
#[derive(Debug)]
pub struct Matmul<P> {
    /// How it wants activations packed.
    pub form: Form,
    /// [`matmul::matmul`]
    pub run: fn(&[u32], &Matrix<P>, &mut Output<'_>),
}

/// Defines [`Matmuls`]: a field for every panel type.
macro_rules! matmuls {
    ($($panel:ident)*) => {
        /// The matrix products, each named as the type of its weights.
        #[derive(Debug)]
        #[allow(non_snake_case, missing_docs, reason = "the names are those of `GgmlType`")]
        pub struct Matmuls {
            $(pub $panel: Matmul<panel::$panel>,)*
        }
    };
}
for_each_panel!(matmuls!());

/// A normalisation by mean and variance: `(x, weight, bias, eps, out)`.
pub type LayerNorm = fn(&[f32], &[f32], &[f32], f32, &mut [f32]);

/// Every kernel, compiled for one arch.
#[derive(Debug)]
pub struct Kernels {
    /// The arch's name.
    pub arch: &'static str,
    /// [`Dot::TOKENS`](crate::dot::Dot::TOKENS)
    pub tokens: usize,
    /// [`pack::pack`]
    pub pack: fn(Form, &[f32], usize, usize, &mut [u32]),
    /// Matrix products.
    pub matmul: Matmuls,
    /// [`norm::rms_norm`]
    pub rms_norm: fn(&[f32], &[f32], f32, &mut [f32]),
    /// [`norm::rms_norm_in_place`]
    pub rms_norm_in_place: fn(&mut [f32], &[f32], f32),
    /// [`norm::layer_norm`]
    pub layer_norm: LayerNorm,
    /// [`rope::rope`]
    pub rope: fn(&mut [f32], &[f32], &[f32], RopePairing),
    /// [`attention::attention`]
    pub attention: fn(&Attention<'_>, Option<Share<'_>>, &mut Output<'_>),
    /// [`exp::swiglu`]
    pub swiglu: fn(&mut [f32], &[f32]),
    /// [`exp::geglu`]
    pub geglu: fn(&mut [f32], &[f32]),
    /// [`exp::gelu`]
    pub gelu: fn(&mut [f32]),
    /// [`exp::softcap`]
    pub softcap: fn(&mut [f32], f32),
}

/// Stamps the table for an arch's vector type and its value, a constant expression.
///
/// `$features` is what the compiler must be told to use the arch's instructions: `#[target_feature(…)]`, on functions
/// that everything else is inlined into. Whoever stamps such a table answers for it that no one gets at it without
/// the CPU having been asked.
macro_rules! kernels {
    ($arch:literal, $ty:ty, $v:expr $(, #[$features:meta])?) => {{
        use wasm_chord_core::backend::RopePairing;
        use $crate::dot::Form;
        use $crate::kernels::attention::{self, Attention, Share};
        use $crate::kernels::output::Output;
        use $crate::kernels::{Kernels, entry, exp, matmul_table, norm, pack, rope};
        use $crate::panel::for_each_panel;
        Kernels {
            arch: $arch,
            tokens: <$ty as $crate::dot::Dot>::TOKENS,
            pack: entry!(
                $(#[$features])? pack::pack($v, form: Form, x: &[f32], width: usize, tokens: usize, out: &mut [u32])
            ),
            matmul: for_each_panel!(matmul_table!($ty, $v, ($(#[$features])?);)),
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
                attention::attention($v, a: &Attention<'_>, share: Option<Share<'_>>, out: &mut Output<'_>)
            ),
            swiglu: entry!($(#[$features])? exp::swiglu($v, gate: &mut [f32], up: &[f32])),
            geglu: entry!($(#[$features])? exp::geglu($v, gate: &mut [f32], up: &[f32])),
            gelu: entry!($(#[$features])? exp::gelu($v, x: &mut [f32])),
            softcap: entry!($(#[$features])? exp::softcap($v, x: &mut [f32], cap: f32)),
        }
    }};
}
pub(crate) use kernels;

/// The table's matrix products, for the panel types after the semicolon.
macro_rules! matmul_table {
    ($ty:ty, $v:expr, $features:tt; $($panel:ident)*) => {
        $crate::kernels::Matmuls { $($panel: $crate::kernels::matmul_entry!($ty, $v, $features, $panel),)* }
    };
}
pub(crate) use matmul_table;

/// The matrix product of one panel type.
macro_rules! matmul_entry {
    ($ty:ty, $v:expr, ($(#[$features:meta])?), $panel:ident) => {{
        use $crate::kernels::output::Output;
        use $crate::kernels::{Matmul, entry, matmul};
        use $crate::panel::{self, Matrix, Panel};
        Matmul {
            form: <panel::$panel as Panel>::NUMBERS.form::<$ty>(),
            run: entry!(
                $(#[$features])? matmul::matmul($v, x: &[u32], w: &Matrix<panel::$panel>, out: &mut Output<'_>)
            ),
        }
    }};
}
pub(crate) use matmul_entry;

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
