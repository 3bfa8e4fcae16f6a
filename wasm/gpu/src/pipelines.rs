//! Pipelines, built once for a device, and bind groups, kept for as long as their buffers live.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindGroupLayout, BindGroupLayoutDescriptor, BindGroupLayoutEntry,
    BindingResource, BindingType, BufferBinding, BufferBindingType, BufferSize, ComputePipeline,
    ComputePipelineDescriptor, PipelineLayoutDescriptor, ShaderModuleDescriptor, ShaderSource, ShaderStages,
};

use crate::device::Device;
use crate::kernel::{Access, Kernel};
use crate::memory::Memory;

/// Bytes of a kernel's parameters at most.
pub const PARAMS_BYTES: u64 = 64;

/// A part of a buffer that a kernel sees.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'a> {
    /// The buffer.
    pub memory: &'a Memory,
    /// Where the part begins.
    pub offset: u64,
    /// Its bytes; `None`: all that follow.
    pub bytes: Option<u64>,
}

impl<'a> Binding<'a> {
    /// All of a buffer.
    pub fn whole(memory: &'a Memory) -> Self {
        Self { memory, offset: 0, bytes: None }
    }
}

type GroupKey = (&'static [Access], Vec<(u64, u64, u64)>);

/// What was built so far.
#[derive(Debug, Default)]
pub struct Pipelines {
    built: Arc<Mutex<Built>>,
    groups: HashMap<GroupKey, BindGroup>,
    groups_of: HashMap<u64, Vec<GroupKey>>,
}

/// What all backends on a device share.
#[derive(Debug, Default)]
struct Built {
    layouts: HashMap<&'static [Access], BindGroupLayout>,
    pipelines: HashMap<Kernel, ComputePipeline>,
}

impl Built {
    fn layout(&mut self, device: &Device, bindings: &'static [Access]) -> BindGroupLayout {
        self.layouts.entry(bindings).or_insert_with(|| layout(device, bindings)).clone()
    }
}

impl Pipelines {
    /// For another backend on the same device, with bind groups of its own.
    pub fn sibling(&self) -> Self {
        Self { built: Arc::clone(&self.built), ..Self::default() }
    }

    /// The pipeline of `kernel`, built if it is new.
    pub fn get(&self, device: &Device, kernel: Kernel) -> ComputePipeline {
        let mut built = self.built();
        if let Some(pipeline) = built.pipelines.get(&kernel) {
            return pipeline.clone();
        }
        let layout = built.layout(device, kernel.bindings());
        let pipeline = compile(device, kernel, &layout);
        built.pipelines.insert(kernel, pipeline.clone());
        pipeline
    }

    fn built(&self) -> MutexGuard<'_, Built> {
        self.built.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bind group of `bindings` and of the buffer of `params` for kernels that bind as `kernel` does.
    pub fn group(&mut self, device: &Device, kernel: Kernel, bindings: &[Binding<'_>], params: &Memory) -> BindGroup {
        let of = |b: &Binding<'_>| (b.memory.id(), b.offset, b.bytes.unwrap_or(0));
        let mut parts: Vec<_> = bindings.iter().map(of).collect();
        parts.push((params.id(), 0, 0));
        let key = (kernel.bindings(), parts);
        if let Some(group) = self.groups.get(&key) {
            return group.clone();
        }
        let layout = self.built().layout(device, kernel.bindings());
        let group = bind(device, &layout, kernel.bindings(), bindings, params);
        for (id, ..) in &key.1 {
            self.groups_of.entry(*id).or_default().push(key.clone());
        }
        self.groups.insert(key, group.clone());
        group
    }

    /// How many bind groups there are.
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Lets go of the bind groups of a buffer that was dropped, and so of its memory.
    pub fn forget(&mut self, buffer: u64) {
        for key in self.groups_of.remove(&buffer).unwrap_or_default() {
            self.groups.remove(&key);
        }
    }
}

fn layout(device: &Device, bindings: &[Access]) -> BindGroupLayout {
    let buffer = |binding: usize, ty: BufferBindingType, params: bool| BindGroupLayoutEntry {
        binding: binding as u32,
        visibility: ShaderStages::COMPUTE,
        ty: BindingType::Buffer {
            ty,
            has_dynamic_offset: params,
            min_binding_size: BufferSize::new(if params { PARAMS_BYTES } else { 16 }),
        },
        count: None,
    };
    let mut entries: Vec<_> = bindings
        .iter()
        .enumerate()
        .filter(|(_, access)| **access != Access::Unused)
        .map(|(i, access)| buffer(i, BufferBindingType::Storage { read_only: *access == Access::Read }, false))
        .collect();
    entries.push(buffer(bindings.len(), BufferBindingType::Uniform, true));
    device.handle.create_bind_group_layout(&BindGroupLayoutDescriptor { label: None, entries: &entries })
}

/// A kernel's pipeline. It is compiled natively when this returns.
#[cfg(not(target_arch = "wasm32"))]
fn compile(device: &Device, kernel: Kernel, layout: &BindGroupLayout) -> ComputePipeline {
    build(device, kernel, layout)
}

/// A kernel's pipeline. The browser compiles it beside, and says when it is through.
#[cfg(target_arch = "wasm32")]
fn compile(device: &Device, kernel: Kernel, layout: &BindGroupLayout) -> ComputePipeline {
    let validation = device.handle.push_error_scope(wgpu::ErrorFilter::Validation);
    let pipeline = build(device, kernel, layout);
    device.faults.expect(validation.pop(), crate::device::Thing::Kernel(kernel.name()));
    pipeline
}

fn build(device: &Device, kernel: Kernel, layout: &BindGroupLayout) -> ComputePipeline {
    let name = kernel.name();
    let source = ShaderSource::Wgsl(kernel.source(device.capabilities.target).into());
    let module = device.handle.create_shader_module(ShaderModuleDescriptor { label: Some(&name), source });
    let layout = device.handle.create_pipeline_layout(&PipelineLayoutDescriptor {
        label: Some(&name),
        bind_group_layouts: &[Some(layout)],
        ..Default::default()
    });
    device.handle.create_compute_pipeline(&ComputePipelineDescriptor {
        label: Some(&name),
        layout: Some(&layout),
        module: &module,
        entry_point: Some("main"),
        compilation_options: Default::default(),
        cache: None,
    })
}

fn bind(
    device: &Device,
    layout: &BindGroupLayout,
    access: &[Access],
    bindings: &[Binding<'_>],
    params: &Memory,
) -> BindGroup {
    let mut entries = Vec::with_capacity(bindings.len() + 1);
    let used = access.iter().enumerate().filter(|(_, access)| **access != Access::Unused).map(|(i, _)| i);
    for (binding, part) in used.zip(bindings) {
        entries.push(BindGroupEntry {
            binding: binding as u32,
            resource: BindingResource::Buffer(BufferBinding {
                buffer: &part.memory.buffer,
                offset: part.offset,
                size: part.bytes.and_then(BufferSize::new),
            }),
        });
    }
    entries.push(BindGroupEntry {
        binding: access.len() as u32,
        resource: BindingResource::Buffer(BufferBinding {
            buffer: &params.buffer,
            offset: 0,
            size: BufferSize::new(PARAMS_BYTES),
        }),
    });
    device.handle.create_bind_group(&BindGroupDescriptor { label: None, layout, entries: &entries })
}
