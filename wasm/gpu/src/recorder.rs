//! The queue of ops: an op costs the host one entry, and all of them go to the device in one submission when somebody
//! reads, or when there are so many that the device had better begin.

use std::sync::Arc;

use wasm_chord_core::BackendError;
use wgpu::{
    BindGroup, BufferUsages, CommandEncoder, CommandEncoderDescriptor, ComputePass, ComputePassDescriptor,
    ComputePipeline,
};

use crate::arena::Arena;
use crate::device::Device;
use crate::kernel::{GROUP, Kernel};
use crate::memory::{Allocator, Memory};
use crate::pipelines::{Binding, PARAMS_BYTES, Pipelines};
use crate::stats::Stats;
#[cfg(not(target_arch = "wasm32"))]
use crate::timer::{KernelTime, Timer};

/// Ops of a submission at most.
const MOST_OPS: u32 = 1024;
/// Bytes that a submission moves at most, about: what a middling GPU moves in some 50 ms, so that the screen it draws is
/// never kept waiting for longer. Arithmetic that takes longer than that is [charged](Recorder::charge) as bytes.
const MOST_BYTES: u64 = 4 << 30;
/// Bytes for tokens, angles and the like.
const DATA_BYTES: u64 = 1 << 20;
/// Workgroups in a dimension of a dispatch.
const MOST_GROUPS: u32 = 65_535;

/// Data of ops, in the order in which it was added last: for finding what is there already.
const REMEMBERED: usize = 8;

/// One op.
#[derive(Debug)]
enum Command {
    Dispatch(Dispatch),
    Copy { from: wgpu::Buffer, to: wgpu::Buffer, bytes: u64 },
}

/// One run of a kernel.
#[derive(Debug)]
struct Dispatch {
    pipeline: ComputePipeline,
    group: BindGroup,
    params: u32,
    grid: [u32; 3],
    #[cfg(not(target_arch = "wasm32"))]
    timed: (Kernel, u64), // with the bytes it moves
}

impl Dispatch {
    fn run(&self, pass: &mut ComputePass<'_>) {
        let [x, y, z] = self.grid;
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.group, &[self.params]);
        pass.dispatch_workgroups(x, y, z);
    }
}

/// What one op asks for.
#[derive(Debug)]
pub struct Call<'a> {
    /// The kernel.
    pub kernel: Kernel,
    /// Its parameters, as its `Params` has them.
    pub params: &'a [u32],
    /// What it binds.
    pub bindings: &'a [Binding<'a>],
    /// Workgroups.
    pub grid: [u32; 3],
    /// Bytes that it reads and writes, for the record.
    pub bytes: u64,
}

/// The queue.
#[derive(Debug)]
pub struct Recorder {
    commands: Vec<Command>,
    params: Arena,
    data: Arena,
    recent: Vec<u32>, // where in `data` the last things begin
    queued_bytes: u64,
    pipelines: Pipelines,
    #[cfg(not(target_arch = "wasm32"))]
    timer: Option<Timer>,
    /// What was done so far.
    pub stats: Stats,
}

impl Recorder {
    /// An empty queue, for kernels of which `pipelines` has some.
    ///
    /// # Errors
    /// There is no memory for it.
    pub fn new(device: &Device, allocator: &mut Allocator, pipelines: Pipelines) -> Result<Self, BackendError> {
        let bytes = u64::from(MOST_OPS) * u64::from(device.capabilities.uniform_stride);
        Ok(Self {
            commands: Vec::new(),
            params: Arena::new(device, allocator, "parameters", BufferUsages::UNIFORM, bytes)?,
            data: Arena::new(device, allocator, "data of ops", BufferUsages::STORAGE, DATA_BYTES)?,
            recent: Vec::new(),
            queued_bytes: 0,
            pipelines,
            #[cfg(not(target_arch = "wasm32"))]
            timer: None,
            stats: Stats::default(),
        })
    }

    /// Times each kernel from now on; whether the device can.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn start_timer(&mut self, device: &Device) -> bool {
        self.submit(device, None);
        self.timer = Timer::new(device, MOST_OPS);
        self.timer.is_some()
    }

    /// What each kernel has taken since then.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn stop_timer(&mut self, device: &Device) -> Vec<KernelTime> {
        self.submit(device, None);
        self.timer.take().map(Timer::times).unwrap_or_default()
    }

    /// Builds a pipeline before it is needed.
    pub fn prepare(&mut self, device: &Device, kernel: Kernel) {
        self.pipelines.get(device, kernel);
    }

    /// The pipelines so far, for another backend on the same device.
    pub fn pipelines(&self) -> Pipelines {
        self.pipelines.sibling()
    }

    /// Bind groups that are kept.
    pub fn bind_groups(&self) -> usize {
        self.pipelines.groups()
    }

    /// The buffer that [`data`](Self::data) is in.
    pub fn data_memory(&self) -> Arc<Memory> {
        Arc::clone(self.data.memory())
    }

    /// Makes room for one op and `bytes` of data: call it before [`data`](Self::data), so that an op and its data are in
    /// one submission.
    ///
    /// # Errors
    /// The device is lost, or there is no memory.
    pub fn reserve(&mut self, device: &Device, allocator: &mut Allocator, bytes: usize) -> Result<(), BackendError> {
        device.faults.check()?;
        let full = self.params.is_full_for(PARAMS_BYTES as usize) || self.queued_bytes > MOST_BYTES;
        // Each piece of data may be padded.
        let bytes = bytes.saturating_add(64);
        if full || self.data.is_full_for(bytes) {
            self.submit(device, None);
            self.data.grow(device, allocator, bytes)?;
        }
        self.give_back(allocator);
        Ok(())
    }

    /// Gives back the memory of what was dropped, unless something is queued, which may use it: then that of what was dropped
    /// waits for the submission.
    pub fn give_back(&mut self, allocator: &mut Allocator) {
        allocator.take_dropped(|buffer| self.pipelines.forget(buffer));
        if self.commands.is_empty() {
            allocator.give_back();
        }
    }

    /// Adds data for the next op, unless it is there from one of the last; its first word.
    pub fn data(&mut self, bytes: &[u8]) -> u32 {
        let found = self.recent.iter().copied().find(|at| self.data.holds(*at, bytes));
        let at = found.unwrap_or_else(|| {
            let at = self.data.push(bytes, 4);
            if self.recent.len() == REMEMBERED {
                self.recent.remove(0);
            }
            self.recent.push(at);
            at
        });
        at / 4
    }

    /// Queues an op, for which there is room.
    pub fn dispatch(&mut self, device: &Device, call: &Call<'_>) {
        if call.grid.contains(&0) {
            return;
        }
        let stride = device.capabilities.uniform_stride as usize;
        let params = self.params.push(bytemuck::cast_slice(call.params), stride);
        let group = self.pipelines.group(device, call.kernel, call.bindings, self.params.memory());
        let pipeline = self.pipelines.get(device, call.kernel);
        self.commands.push(Command::Dispatch(Dispatch {
            pipeline,
            group,
            params,
            grid: call.grid,
            #[cfg(not(target_arch = "wasm32"))]
            timed: (call.kernel, call.bytes),
        }));
        self.queued_bytes += call.bytes;
        self.stats.dispatches += 1;
        self.stats.bytes += call.bytes;
    }

    /// Counts work of an op beyond the bytes it moves, as if it moved `bytes` more.
    pub fn charge(&mut self, bytes: u64) {
        self.queued_bytes += bytes;
    }

    /// Queues a copy of the first `bytes` of a buffer.
    pub fn copy(&mut self, from: &Memory, to: &Memory, bytes: u64) {
        if bytes > 0 {
            self.commands.push(Command::Copy { from: from.buffer.clone(), to: to.buffer.clone(), bytes });
            self.queued_bytes += 2 * bytes;
            self.stats.bytes += 2 * bytes;
        }
    }

    /// Sends everything to the device, if there is anything; `read`: with a copy of the first `bytes` of a buffer to one that
    /// can be mapped.
    pub fn submit(
        &mut self,
        device: &Device,
        read: Option<(&Memory, &wgpu::Buffer, u64)>,
    ) -> Option<wgpu::SubmissionIndex> {
        if self.commands.is_empty() && read.is_none() {
            return None;
        }
        self.params.upload(&device.queue);
        self.data.upload(&device.queue);
        self.recent.clear();
        self.queued_bytes = 0;
        let mut encoder = device.handle.create_command_encoder(&CommandEncoderDescriptor { label: Some("ops") });
        self.encode(&mut encoder);
        if let Some((from, to, bytes)) = read {
            encoder.copy_buffer_to_buffer(&from.buffer, 0, to, 0, bytes);
        }
        self.stats.submissions += 1;
        let submission = device.queue.submit([encoder.finish()]);
        #[cfg(not(target_arch = "wasm32"))]
        if let Some(timer) = &mut self.timer {
            timer.collect(device);
        }
        Some(submission)
    }

    /// Writes down what is queued.
    fn encode(&mut self, encoder: &mut CommandEncoder) {
        #[cfg(not(target_arch = "wasm32"))]
        if let Some(timer) = &mut self.timer {
            for command in self.commands.drain(..) {
                match command {
                    Command::Copy { from, to, bytes } => encoder.copy_buffer_to_buffer(&from, 0, &to, 0, bytes),
                    Command::Dispatch(dispatch) => {
                        let (kernel, bytes) = dispatch.timed;
                        let timestamp_writes = Some(timer.writes(kernel, bytes));
                        let descriptor = ComputePassDescriptor { label: None, timestamp_writes };
                        dispatch.run(&mut encoder.begin_compute_pass(&descriptor));
                    }
                }
            }
            return timer.resolve(encoder);
        }
        let mut commands = self.commands.drain(..).peekable();
        while let Some(command) = commands.next() {
            match command {
                Command::Copy { from, to, bytes } => encoder.copy_buffer_to_buffer(&from, 0, &to, 0, bytes),
                // One pass for as long as there are dispatches.
                Command::Dispatch(first) => {
                    let mut pass = encoder.begin_compute_pass(&ComputePassDescriptor::default());
                    first.run(&mut pass);
                    while let Some(Command::Dispatch(next)) =
                        commands.next_if(|command| matches!(command, Command::Dispatch(_)))
                    {
                        next.run(&mut pass);
                    }
                }
            }
        }
    }
}

/// Workgroups for `items` invocations, laid in rows where they are many.
pub fn grid(items: usize) -> [u32; 3] {
    rows_of_groups(items.div_ceil(GROUP as usize))
}

/// `groups` workgroups, laid in rows where they are many; a kernel finds its number with `group_index`.
pub fn rows_of_groups(groups: usize) -> [u32; 3] {
    let groups = u32::try_from(groups).unwrap_or(u32::MAX);
    let rows = groups.div_ceil(MOST_GROUPS).max(1);
    [groups.div_ceil(rows), if groups == 0 { 0 } else { rows }, 1]
}
