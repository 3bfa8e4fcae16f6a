//! What a browser says of a device, and wgpu does not pass on.

use super::{Capabilities, Options, Tier};

/// Adds to `capabilities` what the browser gave `device` without being asked through wgpu, and what it calls it.
pub fn complete(capabilities: &mut Capabilities, device: &wgpu::Device, options: &Options) {
    let Some(gpu) = device.as_webgpu() else { return };
    // wgpu 30 has no subgroups in its list of a browser's features. Whoever embeds this may have asked for them.
    let best = options.tier.unwrap_or(Tier::BEST);
    capabilities.target.tier.subgroups = best.subgroups && gpu.features().has("subgroups");
    let info = gpu.adapter_info();
    // Chromium 130 has no info of a device.
    if capabilities.name.is_empty() && !info.is_undefined() {
        capabilities.name = format!("{} {}", info.vendor(), info.architecture()).trim().to_owned();
    }
}
