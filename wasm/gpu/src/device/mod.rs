//! Opening a device: which adapter, and what it can do. Decided once; nothing else asks for features.

mod adapter;
#[cfg(target_arch = "wasm32")]
mod browser;
mod faults;
#[cfg(target_arch = "wasm32")]
mod later;
mod tier;

pub use adapter::Software;
pub use faults::Faults;
#[cfg(target_arch = "wasm32")]
pub use later::Thing;
pub use tier::{Capabilities, Target, Tier};

use crate::error::GpuError;
use crate::tiles::Tiles;

/// What a device is opened with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Whether an adapter that is software may be used.
    pub software: Software,
    /// What kernels may use, where the device has it; `None`: all that it has.
    pub tier: Option<Tier>,
}

/// An open device.
#[derive(Clone, Debug)]
pub struct Device {
    /// Makes buffers and pipelines.
    pub handle: wgpu::Device,
    /// Takes commands.
    pub queue: wgpu::Queue,
    /// What it can do.
    pub capabilities: Capabilities,
    /// What went wrong on it.
    pub faults: Faults,
    /// What its tiles are in, where that was measured.
    pub tiles: Tiles,
}

impl Device {
    /// Opens the best adapter that `options` allow.
    ///
    /// # Errors
    /// There is none, or it cannot be used.
    pub async fn open(options: &Options) -> Result<Self, GpuError> {
        let (adapter, language) = adapter::choose(options.software).await?;
        #[cfg_attr(not(target_arch = "wasm32"), expect(unused_mut, reason = "a browser says more"))]
        let mut capabilities = Capabilities::of(&adapter, language, options)?;
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("chord"),
            required_features: capabilities.target.tier.features() | timestamps(&adapter),
            required_limits: capabilities.limits.clone(),
            ..Default::default()
        };
        let opened = adapter.request_device(&descriptor).await;
        let (handle, queue) = opened
            .map_err(|error| GpuError::NoDevice { name: capabilities.name.clone(), reason: error.to_string() })?;
        #[cfg(target_arch = "wasm32")]
        browser::complete(&mut capabilities, &handle, options);
        let faults = Faults::watch(&handle);
        Ok(Self { handle, queue, capabilities, faults, tiles: Tiles::default() })
    }
}

/// What benchmarks need, where there is it; in a browser nothing asks for it.
fn timestamps(adapter: &wgpu::Adapter) -> wgpu::Features {
    if cfg!(target_arch = "wasm32") {
        return wgpu::Features::empty();
    }
    adapter.features() & wgpu::Features::TIMESTAMP_QUERY
}
