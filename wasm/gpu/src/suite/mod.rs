//! Every op in every tier against the scalar reference, on a software adapter: the same numbers on every machine. Reading from
//! a GPU in a browser has to be awaited, so each check is an async function: `cargo test` stamps them as tests that block, and
//! the browser's tests as ones that wait.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    missing_docs,
    reason = "these are tests, which panic when they fail; their names say what they check"
)]

mod attention;
mod candidates;
pub mod devices;
mod elements;
mod experts;
mod faults;
mod fused;
mod matmul;
mod memory;
mod misfits;
mod normed;
mod packed;
mod record;
mod rows;
mod tiles;
#[cfg(not(target_arch = "wasm32"))]
mod timer;
mod weights;

pub use attention::*;
pub use candidates::*;
pub use elements::*;
pub use experts::*;
pub use faults::*;
pub use fused::*;
pub use matmul::*;
pub use memory::*;
pub use misfits::*;
pub use normed::*;
pub use packed::*;
pub use record::*;
pub use rows::*;
pub use tiles::*;
#[cfg(not(target_arch = "wasm32"))]
pub use timer::*;
pub use weights::*;

use wasm_chord_core::Backend;
use wasm_chord_core::gguf::{GgmlType, TensorInfo};

use crate::{Buffer, GpuBackend, GpuError, Options, Software, Tier};

/// Hands the name of every check to the macro `$stamp`, which makes tests of them.
#[macro_export]
macro_rules! each_check {
    ($stamp:ident) => {
        $stamp! {
            attention_matches_the_reference
            attention_of_random_shapes
            a_long_past_is_cut_in_parts
            attention_that_is_too_much_for_one_dispatch
            values_are_rounded_as_their_type_says
            encoders_attend_to_all
            attention_after_a_rewind
            the_cache_grows_to_its_capacity_and_no_further
            each_key_is_read_once_for_the_heads_that_share_it
            candidates_are_the_greatest_logits
            candidates_of_a_rows_beginning
            candidates_that_cannot_be_are_errors
            vectors_of_every_type_are_norms
            norms_of_any_width
            activations_of_any_length
            rope_matches_the_reference
            mixtures_of_every_format
            mixtures_of_random_shapes
            mixtures_in_parts
            experts_are_chosen_as_on_the_host
            no_logit_leads_astray
            four_dispatches_for_a_mixture
            mixtures_that_do_not_fit_are_errors
            a_lost_device_is_an_error_everywhere
            products_are_added
            gates_and_their_partners
            jobs_of_one_format_go_together
            queries_turn_and_keys_are_kept
            products_of_normed_rows
            products_of_normed_rows_of_any_width
            products_of_normed_rows_of_any_size
            every_type_matches_the_reference
            rows_of_any_width_match_the_reference
            rows_for_every_number_of_lanes
            split_matrices_match_the_reference
            more_rows_than_a_dimension_has_workgroups
            jobs_share_their_input
            memory_goes_with_what_had_it
            memory_goes_with_its_backend
            misfits_are_errors
            activations_in_bytes
            products_of_bytes_are_exact
            bytes_are_shared_and_products_added
            what_is_not_finite_stays_with_its_token
            ops_wait_for_a_read
            more_ops_than_a_submission_takes
            more_data_than_a_submission_takes
            every_vector_is_read
            what_is_dropped_is_given_back
            tiers_can_be_forced_off
            what_was_measured_is_used
            a_chosen_tier_is_not_measured
            software_is_refused_unless_asked_for
            embed_gives_the_rows
            rows_are_gathered_and_scattered
            elements_are_copied
            short_conv_matches_the_reference
            every_type_decodes_in_any_pieces
            floats_in_rows_of_any_width
            scales_below_the_normal_halves_are_kept
            tensors_beyond_the_binding_limit_are_split
            weights_of_a_wrong_length_are_refused
            memory_that_is_not_there_is_an_error
        }
    };
}

/// As many of `all` cases as are tried here. A browser compiles an attention of each width, type and number of rows anew, for half
/// a second: it tries a `share` of those that are tried natively, in which every kernel is.
const fn here(all: usize, share: usize) -> usize {
    if cfg!(target_arch = "wasm32") { share } else { all }
}

/// A backend for each tier that the software adapter has, and none where there is no such adapter. Products of bytes, which are
/// in kernels of their own and round more than any other, have checks of their own.
async fn every_tier() -> Vec<GpuBackend> {
    let mut backends = Vec::new();
    for tier in Tier::ALL.into_iter().filter(|tier| !tier.dp4a) {
        let gpu = open(&Options { software: Software::Only, tier: Some(tier) }).await;
        backends.extend(gpu.filter(|gpu| gpu.capabilities().target.tier == tier));
    }
    backends
}

/// The types to try `gpu` with few tokens in: all in the least tier, and where sums alone are other ones, two of them.
fn types_of_few(gpu: &GpuBackend) -> Vec<GgmlType> {
    match gpu.capabilities().target.tier {
        Tier::BASE => GgmlType::ALL.to_vec(),
        _ => vec![GgmlType::Q4_0, GgmlType::Q6_K],
    }
}

/// A backend of the least tier, where there is a software adapter.
async fn base() -> Vec<GpuBackend> {
    Vec::from_iter(open(&Options { software: Software::Only, tier: Some(Tier::BASE) }).await)
}

/// A backend of the least tier, where there is a software adapter, whose kernels may see 4 KiB of a buffer at once and no more.
async fn narrow() -> Vec<GpuBackend> {
    let mut backends = base().await;
    backends.iter_mut().for_each(|gpu| gpu.device.capabilities.binding_bytes = 4096);
    backends
}

/// The software adapter with `options`, or nothing and a line that says so. A browser brings its own.
async fn open(options: &Options) -> Option<GpuBackend> {
    match devices::shared(options).await {
        Ok(gpu) => Some(gpu),
        Err(GpuError::NoAdapter)
            if cfg!(not(target_arch = "wasm32")) && std::env::var_os("CHORD_NEEDS_GPU").is_none() =>
        {
            println!("skipped: no software GPU is found (on Debian: apt-get install mesa-vulkan-drivers)");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// A buffer that holds `values`. Backends take numbers in as weights and tokens alone: a table, of rows that are short
/// enough for any limit.
fn put<B: Backend>(backend: &mut B, values: &[f32]) -> B::Buffer {
    let mut buffer = backend.buffer(values.len()).unwrap();
    let Some(width) = (1..=512).rev().find(|width| values.len().is_multiple_of(*width)) else { return buffer };
    if values.is_empty() {
        return buffer;
    }
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let dims = vec![width, values.len() / width];
    let rows: Vec<u32> = (0..dims[1] as u32).collect();
    let info = TensorInfo { name: "x".to_owned(), ty: GgmlType::F32, dims, offset: 0, bytes: bytes.len() as u64 };
    let table = wasm_chord_core::testing::load(backend, &(info, bytes));
    backend.embed(&table, &rows, &mut buffer).unwrap();
    buffer
}

/// What a buffer holds.
async fn get(gpu: &mut GpuBackend, buffer: &Buffer) -> Vec<f32> {
    let mut out = vec![f32::NAN; buffer.len()];
    gpu.read_async(buffer, &mut out).await.unwrap();
    out
}
