//! Choosing an adapter.

use wgpu::{Adapter, DeviceType, WgslLanguageFeatures};

use crate::error::GpuError;

/// Whether an adapter that computes on the CPU (SwiftShader, lavapipe, WARP) may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Software {
    /// Never: the CPU backend is faster than any of them.
    #[default]
    Refused,
    /// Where there is nothing better.
    Allowed,
    /// Nothing else: for tests that are to give the same on every machine.
    Only,
}

/// The best adapter, and what the WGSL is like that it takes: natively naga's, which puts other instructions where a device has
/// none for products of bytes.
#[cfg(not(target_arch = "wasm32"))]
pub async fn choose(software: Software) -> Result<(Adapter, WgslLanguageFeatures), GpuError> {
    let backends = wgpu::Backends::VULKAN | wgpu::Backends::METAL | wgpu::Backends::DX12;
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = backends;
    let instance = wgpu::Instance::new(descriptor);
    let mut adapters = instance.enumerate_adapters(backends).await;
    // The sort is stable: of equals, the system's first.
    adapters.sort_by_key(|adapter| rank(adapter.get_info().device_type));
    let is_software = |adapter: &Adapter| adapter.get_info().device_type == DeviceType::Cpu;
    let found = adapters.iter().find(|adapter| match software {
        Software::Refused => !is_software(adapter),
        Software::Allowed => true,
        Software::Only => is_software(adapter),
    });
    match (found, adapters.first()) {
        (Some(adapter), _) => Ok((adapter.clone(), instance.wgsl_language_features())),
        (None, Some(other)) if is_software(other) => Err(GpuError::OnlySoftware { name: other.get_info().name }),
        _ => Err(GpuError::NoAdapter),
    }
}

/// The browser's choice, and what the WGSL is like that it takes.
#[cfg(target_arch = "wasm32")]
pub async fn choose(software: Software) -> Result<(Adapter, WgslLanguageFeatures), GpuError> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::BROWSER_WEBGPU;
    let options = wgpu::RequestAdapterOptions {
        power_preference: wgpu::PowerPreference::HighPerformance,
        force_fallback_adapter: software == Software::Only,
        ..Default::default()
    };
    let instance = wgpu::Instance::new(descriptor);
    let adapter = instance.request_adapter(&options).await;
    let adapter = adapter.map_err(|_| GpuError::NoAdapter)?;
    let info = adapter.get_info();
    if software == Software::Refused && info.device_type == DeviceType::Cpu {
        return Err(GpuError::OnlySoftware { name: info.name });
    }
    Ok((adapter, instance.wgsl_language_features()))
}

/// Lower is better.
#[cfg(not(target_arch = "wasm32"))]
fn rank(ty: DeviceType) -> u8 {
    match ty {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    }
}
