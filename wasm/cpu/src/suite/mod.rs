//! What every arch must pass, as plain functions: `cargo test` stamps them for the native ones, and the browser's tests
//! for those of wasm.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    missing_docs,
    reason = "these are tests, which panic when they fail; their names say what they check"
)]

mod attention;
mod backend;
mod dot;
mod elementwise;
mod matmul;
mod vectors;

pub use attention::*;
pub use backend::*;
pub use dot::*;
pub use elementwise::*;
pub use matmul::*;
pub use vectors::*;

/// Stamps the suite for one arch: a test function with attribute `$test` for each check.
#[macro_export]
macro_rules! stamp_suite {
    ($test:meta, $arch:expr) => {
        $crate::stamp_suite! { $test, $arch,
            vector_loads_and_stores_anywhere
            vector_widens_every_half
            vector_arithmetic
            vector_moves_lanes
            vector_integers
            exp_and_tanh_keep_their_bounds
            swiglu_at_any_length
            gelu_at_any_length
            softcap_at_any_length
            rms_norm_at_any_length
            layer_norm_at_any_length
            rope_at_any_length
            dot_moves_bytes
            dot_products
            pack_is_the_scalar_one
            integer_matmul_is_the_scalar_one
            parts_of_an_output_are_the_whole
            float_matmul_matches_reference
            quantized_matmul_stays_within_its_bound
            rows_wider_than_the_cache
            tokens_together_give_the_bits_of_tokens_alone
            jobs_share_their_input
            attention_matches_reference
            attention_over_halves_matches_reference
            attention_after_a_rewind
            kv_cache_grows_to_its_capacity_and_no_further
            weights_arrive_in_any_pieces
            weights_of_a_wrong_length_are_refused
            memory_that_is_not_there_is_an_error
            embed_gives_the_rows
            vectors_of_every_type_are_norms
            ops_over_buffers_match_reference
            short_conv_matches_reference
            rows_are_gathered_and_scattered
            encoders_attend_to_all
            misfits_are_errors
        }
    };
    ($test:meta, $arch:expr, $($check:ident)*) => {
        $(
            #[$test]
            fn $check() {
                $crate::suite::$check($arch);
            }
        )*
    };
}
