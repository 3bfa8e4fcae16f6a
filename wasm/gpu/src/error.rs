//! Why there is no GPU to run on.

/// No device could be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GpuError {
    /// The system offers no adapter.
    #[error("no GPU is found: install its driver (Vulkan, Metal or Direct3D 12), or use the CPU")]
    NoAdapter,
    /// The only adapters compute on the CPU, which the CPU backend does faster.
    #[error("the only GPU, '{name}', is emulated by software, which is slower than the CPU itself; use the CPU")]
    OnlySoftware {
        /// What the adapter calls itself.
        name: String,
    },
    /// The adapter computes less than every kernel needs.
    #[error("the GPU '{name}' cannot be used: its {limit} is {has}, and {needs} are needed; use the CPU")]
    TooSmall {
        /// What the adapter calls itself.
        name: String,
        /// Which of its limits.
        limit: &'static str,
        /// What it has.
        has: u64,
        /// What is needed.
        needs: u64,
    },
    /// The adapter gives no device.
    #[error("the GPU '{name}' cannot be opened: {reason}; use the CPU")]
    NoDevice {
        /// What the adapter calls itself.
        name: String,
        /// What the driver said.
        reason: String,
    },
}
