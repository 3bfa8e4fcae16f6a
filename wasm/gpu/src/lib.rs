//! The GPU backend: WGSL kernels behind the [`Backend`](wasm_chord_core::Backend) trait, through `wgpu`: Vulkan, Metal and
//! Direct3D 12 natively, WebGPU in a browser.
//!
//! | to change | open |
//! |---|---|
//! | what a kernel computes | `shaders/`; how they are put together: `kernel.rs` |
//! | how weights of a type lie in memory | `weight/format.rs`, `weight/pack.rs`, `shaders/formats/` |
//! | how keys and values are kept | `kv_cache.rs`, `shaders/cache/` |
//! | what an op accepts, and which kernel it runs | `ops/` |
//! | what prompts are multiplied in, and how that is chosen | `tiles.rs`, `ops/tiles.rs` |
//! | what is queued, when it is submitted | `recorder.rs`, `arena.rs` |
//! | which adapter, what it can do | `device/` |
//!
//! # In a browser
//! Nothing may block there, so two things differ. Opening is [`GpuBackend::open`], a future, everywhere. Reading back is
//! [`Backend::read_async`](wasm_chord_core::Backend::read_async), which a graph awaits: natively it blocks and is there at
//! once (`read.rs`; `portion.rs` for waiting without reading). Errors of the device come when they come:
//! [`Faults`](device::Faults) keeps the gravest, and each op and each read asks for it. Only the native build can say at once
//! that there was no memory for a buffer (`memory.rs`); a browser says it later (`device/later.rs`).

#![cfg_attr(
    target_arch = "wasm32",
    allow(clippy::arc_with_non_send_sync, reason = "natively, buffers may be sent and shared")
)]

mod arena;
mod backend;
pub mod device;
mod error;
pub mod kernel;
mod kv_cache;
mod memory;
mod ops;
mod pipelines;
mod portion;
mod read;
mod recorder;
mod scratch;
mod stats;
#[cfg(any(test, feature = "test-suite"))]
pub mod suite;
pub mod tile;
mod tiles;
#[cfg(not(target_arch = "wasm32"))]
mod timer;
mod weight;

pub use backend::{Buffer, GpuBackend};
pub use device::{Options, Software, Tier};
pub use error::GpuError;
pub use kv_cache::{CacheType, KvCache};
pub use read::PendingRead;
pub use stats::Stats;
pub use tiles::Arithmetic;
#[cfg(not(target_arch = "wasm32"))]
pub use timer::KernelTime;
pub use weight::{Format, Staging, Weight};

/// The backend's name, for errors and `--backend`.
const NAME: &str = "gpu";

/// The suite on this machine's software adapter (Mesa's lavapipe), where there is one. A read blocks there, and no future waits.
#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use crate::suite::devices::{self, Devices};

    /// Devices that no thread uses.
    static IDLE: Mutex<Vec<Devices>> = Mutex::new(Vec::new());

    /// Devices that this thread has.
    struct Lent;

    impl Lent {
        fn new() -> Self {
            devices::give(IDLE.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default());
            Self
        }
    }

    impl Drop for Lent {
        fn drop(&mut self) {
            let devices = devices::take();
            if !std::thread::panicking() {
                IDLE.lock().unwrap_or_else(PoisonError::into_inner).push(devices);
            }
        }
    }

    macro_rules! stamp {
        ($($check:ident)*) => {
            $(
                #[test]
                fn $check() {
                    let _lent = Lent::new();
                    pollster::block_on(crate::suite::$check());
                }
            )*
        };
    }

    crate::each_check!(stamp);

    /// There is no timer in a browser.
    #[test]
    fn a_timer_tells_kernels_apart() {
        let _lent = Lent::new();
        pollster::block_on(crate::suite::a_timer_tells_kernels_apart());
    }
}
