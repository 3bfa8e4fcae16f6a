//! The rotary embedding.

use wasm_chord_core::backend::{Result, RopeAngles, RopePairing};

use super::{area, bytes, check, word};
use crate::backend::{Buffer, GpuBackend};
use crate::kernel::Kernel;
use crate::pipelines::Binding;
use crate::recorder::{Call, grid};

impl GpuBackend {
    /// See [`Backend::rope`](wasm_chord_core::Backend::rope).
    pub(crate) fn rotate(
        &mut self,
        x: &Buffer,
        angles: &RopeAngles,
        n_heads: usize,
        head_dim: usize,
        n: usize,
    ) -> Result<()> {
        let (width, pairs) = (area(n_heads, head_dim), angles.n_rot() / 2);
        let fits = x.len() >= area(n, width) && angles.rows() >= n && angles.n_rot() <= head_dim && width > 0;
        check("rope", fits, || format!("{n} rows of {n_heads} × {head_dim}, {} of them turning", angles.n_rot()))?;
        // The same angles serve all layers, and are sent once: the recorder finds them again.
        let (mut cos, mut sin) = (Vec::with_capacity(n * pairs), Vec::with_capacity(n * pairs));
        for i in 0..n {
            let row = angles.row(i);
            cos.extend_from_slice(row.0);
            sin.extend_from_slice(row.1);
        }
        self.reserve(8 * cos.len())?;
        let cos_at = self.recorder.data(bytemuck::cast_slice(&cos));
        let sin_at = self.recorder.data(bytemuck::cast_slice(&sin));
        let data = self.recorder.data_memory();
        let halves = u32::from(angles.pairing() == RopePairing::Halves);
        self.dispatch(&Call {
            kernel: Kernel::Rope,
            params: &[word(n), word(n_heads), word(head_dim), word(pairs), halves, cos_at, sin_at],
            bindings: &[x.binding(), Binding::whole(&data)],
            grid: grid(area(n, area(n_heads, pairs))),
            bytes: 2 * bytes(area(n, area(n_heads, 2 * pairs))) + 2 * bytes(cos.len()),
        });
        Ok(())
    }
}
