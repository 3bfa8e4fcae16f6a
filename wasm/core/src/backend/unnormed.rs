//! Rows that are normed on their way into a product.

use super::{Backend, Result};

/// `n` rows of which a product takes the RMSNorm: see [`norm_matmul`](Backend::norm_matmul). Whether they are ever there is
/// the backend's affair.
#[derive(Debug)]
pub struct Unnormed<'a, B: Backend + ?Sized> {
    /// `[n, width]`.
    pub x: &'a B::Buffer,
    /// The norm's, `[width]`.
    pub weight: &'a B::Weight,
    /// Added to the mean of the squares.
    pub eps: f32,
    /// Room for the normed rows, `[n, width]`; its content is lost.
    pub spare: &'a mut B::Buffer,
}

impl<'a, B: Backend + ?Sized> Unnormed<'a, B> {
    /// The normed rows.
    ///
    /// # Errors
    /// As [`rms_norm`](Backend::rms_norm).
    pub fn norm(self, backend: &mut B, n: usize) -> Result<&'a B::Buffer> {
        backend.rms_norm(self.x, self.weight, self.eps, self.spare, n)?;
        Ok(self.spare)
    }
}
