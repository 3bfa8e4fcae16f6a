//! What a device can do: its tier, and the limits that shape buffers and dispatches.

use wgpu::{DeviceType, Features, Limits, WgslLanguageFeatures};

use super::Options;
use crate::error::GpuError;

/// What kernels may use beyond what every WebGPU device has. A device has any of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tier {
    /// Sums over subgroups.
    pub subgroups: bool,
    /// Arithmetic in f16.
    pub f16: bool,
    /// Products of four bytes at a time (WGSL's `packed_4x8_integer_dot_product`).
    pub dp4a: bool,
}

impl Tier {
    /// What every WebGPU device has.
    pub const BASE: Self = Self { subgroups: false, f16: false, dp4a: false };
    /// Sums over subgroups alone.
    pub const SUBGROUPS: Self = Self { subgroups: true, ..Self::BASE };
    /// Arithmetic in f16 alone.
    pub const F16: Self = Self { f16: true, ..Self::BASE };
    /// Sums over subgroups and arithmetic in f16: all that does not round activations to bytes.
    pub const SUBGROUPS_F16: Self = Self { subgroups: true, ..Self::F16 };
    /// Products of bytes alone.
    pub const DP4A: Self = Self { dp4a: true, ..Self::BASE };
    /// Everything.
    pub const BEST: Self = Self { dp4a: true, ..Self::SUBGROUPS_F16 };
    /// All of them, the least first.
    pub const ALL: [Self; 8] = [
        Self::BASE,
        Self::SUBGROUPS,
        Self::F16,
        Self::SUBGROUPS_F16,
        Self::DP4A,
        Self { subgroups: true, ..Self::DP4A },
        Self { f16: true, ..Self::DP4A },
        Self::BEST,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match (self.subgroups, self.f16, self.dp4a) {
            (false, false, false) => "base",
            (true, false, false) => "subgroups",
            (false, true, false) => "f16",
            (true, true, false) => "subgroups, f16",
            (false, false, true) => "dp4a",
            (true, false, true) => "subgroups, dp4a",
            (false, true, true) => "f16, dp4a",
            (true, true, true) => "subgroups, f16, dp4a",
        }
    }

    /// What it has in common with `other`.
    pub fn and(self, other: Self) -> Self {
        Self { subgroups: self.subgroups && other.subgroups, f16: self.f16 && other.f16, dp4a: self.dp4a && other.dp4a }
    }

    /// What a device has to be opened with. Products of bytes are of the language, not of a device.
    pub fn features(self) -> Features {
        let subgroups = if self.subgroups { Features::SUBGROUP } else { Features::empty() };
        let f16 = if self.f16 { Features::SHADER_F16 } else { Features::empty() };
        subgroups | f16
    }

    /// What a device with `features` has, whose kernels are written in a WGSL with those of `language`.
    fn of(features: Features, language: WgslLanguageFeatures) -> Self {
        Self {
            subgroups: features.contains(Features::SUBGROUP),
            f16: features.contains(Features::SHADER_F16),
            dp4a: language.contains(WgslLanguageFeatures::Packed4x8IntegerDotProduct),
        }
    }
}

/// Buffers that a kernel sees at once; the most any has, and as many as every WebGPU device lets it see.
const STORAGE_BUFFERS: u32 = 8;
/// Invocations of a workgroup; the most any kernel has.
const INVOCATIONS: u32 = 256;
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
    forced: bool,
    pub(super) limits: Limits,
}

impl Capabilities {
    /// Whether it computes on the CPU (SwiftShader, lavapipe, WARP).
    pub fn is_software(&self) -> bool {
        self.software
    }

    /// Whether it was said what kernels may use, and so nothing is measured.
    pub fn is_forced(&self) -> bool {
        self.forced
    }

    /// Bytes of a buffer that is not cut in parts.
    pub fn activation_bytes(&self) -> u64 {
        self.limits.max_storage_buffer_binding_size.min(self.buffer_bytes)
    }

    /// Decides.
    ///
    /// # Errors
    /// [`GpuError::TooSmall`] when not even the least kernels run.
    pub(super) fn of(
        adapter: &wgpu::Adapter,
        language: WgslLanguageFeatures,
        options: &Options,
    ) -> Result<Self, GpuError> {
        let (info, offered) = (adapter.get_info(), adapter.limits());
        let needs = [
            ("number of storage buffers", offered.max_storage_buffers_per_shader_stage, STORAGE_BUFFERS),
            ("number of invocations", offered.max_compute_invocations_per_workgroup, INVOCATIONS),
            ("workgroup memory", offered.max_compute_workgroup_storage_size, WORKGROUP_BYTES),
        ];
        if let Some((limit, has, needs)) = needs.into_iter().find(|(_, has, needs)| has < needs) {
            return Err(GpuError::TooSmall { name: info.name, limit, has: has.into(), needs: needs.into() });
        }
        let tier = Tier::of(adapter.features(), language).and(options.tier.unwrap_or(Tier::BEST));
        // Kernels count elements in 32 bits.
        let addressable = u64::from(u32::MAX);
        let binding = offered.max_storage_buffer_binding_size.min(offered.max_buffer_size).min(addressable);
        Ok(Self {
            api: format!("{:?}", info.backend),
            kind: format!("{:?}", info.device_type),
            target: Target { tier, subgroup_size: info.subgroup_min_size.max(1) },
            binding_bytes: binding,
            buffer_bytes: offered.max_buffer_size,
            uniform_stride: offered.min_uniform_buffer_offset_alignment.max(64),
            forced: options.tier.is_some(),
            software: info.device_type == DeviceType::Cpu,
            limits: offered,
            name: info.name,
        })
    }
}
