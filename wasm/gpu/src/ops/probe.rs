//! Whether sums over subgroups are what the kernels take them for. WGSL does not promise that a subgroup's invocations follow
//! one another by `local_invocation_index`, which every driver known does; so it is tried once, when a device is opened.

use wasm_chord_core::Backend;
use wasm_chord_core::backend::Result;

use super::bytes;
use crate::backend::GpuBackend;
use crate::kernel::{GROUP, Kernel, LANES};
use crate::recorder::Call;

impl GpuBackend {
    /// Whether sums over a row's lanes are right for each number of lanes.
    ///
    /// # Errors
    /// As [`read_later`](GpuBackend::read_later).
    pub(crate) async fn lanes_follow_one_another(&mut self) -> Result<bool> {
        let len = LANES.len() * GROUP as usize;
        let out = self.buffer(len)?;
        for (at, lanes) in (0..).step_by(GROUP as usize).zip(LANES) {
            self.reserve(0)?;
            self.dispatch(&Call {
                kernel: Kernel::LaneSums { lanes },
                params: &[at],
                bindings: &[out.binding()],
                grid: [1, 1, 1],
                bytes: bytes(GROUP as usize),
            });
        }
        let mut got = vec![f32::NAN; len];
        self.read_async(&out, &mut got).await?;
        Ok(got == expected())
    }
}

/// The sums, whole numbers that f32 holds exactly.
fn expected() -> Vec<f32> {
    let sum = |index: u32, lanes: u32| -> u32 {
        let first = index - index % lanes;
        (first..first + lanes).map(|i| i * i).sum()
    };
    LANES.into_iter().flat_map(|lanes| (0..GROUP).map(move |index| sum(index, lanes) as f32)).collect()
}
