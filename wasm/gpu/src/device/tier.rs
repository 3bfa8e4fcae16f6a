//! What a device can do: three tiers, and the limits that shape buffers and dispatches.

use wgpu::{DeviceType, Features, Limits};

use super::Options;
use crate::error::GpuError;

/// What kernels may use. A device of one tier runs the kernels of those below it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// What every WebGPU device has.
    Base,
    /// Sums over subgroups.
    Subgroups,
    /// And arithmetic in f16.
    F16,
}

impl Tier {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::Base, Self::Subgroups, Self::F16];

    /// Its name in one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Subgroups => "subgroups",
            Self::F16 => "f16",
        }
    }

    /// What a device has to be opened with.
    pub fn features(self) -> Features {
        match self {
            Self::Base => Features::empty(),
            Self::Subgroups => Features::SUBGROUP,
            Self::F16 => Features::SUBGROUP | Features::SHADER_F16,
        }
    }
}

/// Buffers that a kernel sees at once; the most any has. Every WebGPU device lets it see 8.
const STORAGE_BUFFERS: u32 = 7;
/// Invocations of a workgroup; the most any kernel has.
const INVOCATIONS: u32 = 128;
/// Bytes of a workgroup's memory; the most any kernel has.
const WORKGROUP_BYTES: u32 = 16 << 10;

/// What shapes a kernel's source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// What kernels may use.
    pub tier: Tier,
    /// Invocations of a subgroup at least.
    pub subgroup_size: u32,
}

/// What the device can do.
#[derive(Clone, Debug)]
pub struct Capabilities {
    /// What the adapter calls itself.
    pub name: String,
    /// Vulkan, Metal, Dx12 or BrowserWebGpu.
    pub api: String,
    /// DiscreteGpu, IntegratedGpu, Cpu and so on.
    pub kind: String,
    /// Which kernels it runs.
    pub target: Target,
    /// Bytes of a buffer that a kernel may see at once.
    pub binding_bytes: u64,
    /// Bytes of a buffer.
    pub buffer_bytes: u64,
    /// Bytes from one dispatch's parameters to the next.
    pub uniform_stride: u32,
    software: bool,
    pub(super) limits: Limits,
}

impl Capabilities {
    /// Whether it computes on the CPU (SwiftShader, lavapipe, WARP).
    pub fn is_software(&self) -> bool {
        self.software
    }

    /// Bytes of a buffer that is not cut in parts.
    pub fn activation_bytes(&self) -> u64 {
        self.limits.max_storage_buffer_binding_size.min(self.buffer_bytes)
    }

    /// Decides.
    ///
    /// # Errors
    /// [`GpuError::TooSmall`] when not even the least kernels run.
    pub(super) fn of(adapter: &wgpu::Adapter, options: &Options) -> Result<Self, GpuError> {
        let (info, offered) = (adapter.get_info(), adapter.limits());
        let needs = [
            ("number of storage buffers", offered.max_storage_buffers_per_shader_stage, STORAGE_BUFFERS),
            ("number of invocations", offered.max_compute_invocations_per_workgroup, INVOCATIONS),
            ("workgroup memory", offered.max_compute_workgroup_storage_size, WORKGROUP_BYTES),
        ];
        if let Some((limit, has, needs)) = needs.into_iter().find(|(_, has, needs)| has < needs) {
            return Err(GpuError::TooSmall { name: info.name, limit, has: has.into(), needs: needs.into() });
        }
        let best = options.tier.unwrap_or(Tier::F16);
        let runs = |tier: Tier| tier <= best && adapter.features().contains(tier.features());
        let tier = Tier::ALL.into_iter().rev().find(|tier| runs(*tier)).unwrap_or(Tier::Base);
        // Kernels count elements in 32 bits.
        let addressable = u64::from(u32::MAX);
        let binding = offered.max_storage_buffer_binding_size.min(offered.max_buffer_size).min(addressable);
        Ok(Self {
            api: format!("{:?}", info.backend),
            kind: format!("{:?}", info.device_type),
            target: Target { tier, subgroup_size: info.subgroup_min_size.max(1) },
            binding_bytes: options.binding_limit.map_or(binding, |limit| limit.min(binding)),
            buffer_bytes: offered.max_buffer_size,
            uniform_stride: offered.min_uniform_buffer_offset_alignment.max(64),
            software: info.device_type == DeviceType::Cpu,
            limits: offered,
            name: info.name,
        })
    }
}
