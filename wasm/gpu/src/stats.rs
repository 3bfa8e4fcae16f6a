//! What was asked of the device.

use std::ops::Sub;

/// Counts since the backend was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Kernels run.
    pub dispatches: u64,
    /// Times that work was sent to the device.
    pub submissions: u64,
    /// Times that something was read back.
    pub reads: u64,
    /// Bytes read back.
    pub read_bytes: u64,
    /// Bytes that the kernels read and write in the device's memory, each as often as a kernel asks for it, whatever a cache
    /// makes of that.
    pub bytes: u64,
    /// Bytes of that which are weights of matrix products.
    pub weight_bytes: u64,
    /// Multiplications of those weights, each with its addition.
    pub multiply_adds: u64,
}

impl Stats {
    /// Counts a product with `weight_bytes` of weights.
    pub(crate) fn multiplied(&mut self, weight_bytes: u64, multiply_adds: usize) {
        self.weight_bytes += weight_bytes;
        self.multiply_adds += multiply_adds as u64;
    }
}

impl Sub for Stats {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            dispatches: self.dispatches - earlier.dispatches,
            submissions: self.submissions - earlier.submissions,
            reads: self.reads - earlier.reads,
            read_bytes: self.read_bytes - earlier.read_bytes,
            bytes: self.bytes - earlier.bytes,
            weight_bytes: self.weight_bytes - earlier.weight_bytes,
            multiply_adds: self.multiply_adds - earlier.multiply_adds,
        }
    }
}
