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
        let (cos_at, sin_at) = self.angles(angles, n)?;
        let data = self.recorder.data_memory();
        let halves = u32::from(angles.pairing() == RopePairing::Halves);
        self.dispatch(&Call {
            kernel: Kernel::Rope,
            params: &[word(n), word(n_heads), word(head_dim), word(pairs), halves, cos_at, sin_at],
            bindings: &[x.binding(), Binding::whole(&data)],
            grid: grid(area(n, area(n_heads, pairs))),
            bytes: 2 * bytes(area(n, area(n_heads, 2 * pairs))) + 2 * bytes(n * pairs),
        });
        Ok(())
    }

    /// Makes room for an op, and where in its data the cosines and sines of `n` rows lie. The same angles serve all layers,
    /// and are sent once: the recorder finds them again.
    pub(super) fn angles(&mut self, angles: &RopeAngles, n: usize) -> Result<(u32, u32)> {
        let (mut cos, mut sin) = (Vec::new(), Vec::new());
        for i in 0..n {
            let row = angles.row(i);
            cos.extend_from_slice(row.0);
            sin.extend_from_slice(row.1);
        }
        self.reserve(8 * cos.len())?;
        let cos_at = self.recorder.data(bytemuck::cast_slice(&cos));
        Ok((cos_at, self.recorder.data(bytemuck::cast_slice(&sin))))
    }
}
