//! How long each kernel takes on the device: a pass of its own for each dispatch, and timestamps at both ends of it. For
//! benchmarks: it waits for every submission. Natively alone, since in a browser nothing may wait.

use std::collections::HashMap;

use wgpu::{
    Buffer, BufferDescriptor, BufferUsages, CommandEncoder, ComputePassTimestampWrites, Features, QuerySet,
    QuerySetDescriptor, QueryType,
};

use crate::device::Device;
use crate::kernel::Kernel;

/// What one kernel took.
#[derive(Clone, Debug, PartialEq)]
pub struct KernelTime {
    /// Its name.
    pub kernel: String,
    /// How often it ran.
    pub calls: u64,
    /// Milliseconds of all of that.
    pub ms: f64,
    /// Bytes that it read and wrote.
    pub bytes: u64,
}

/// Timestamps of the dispatches that are queued, and what those before took.
#[derive(Debug)]
pub struct Timer {
    queries: QuerySet,
    resolved: Buffer, // the queries' values, [dispatches, 2]
    landing: Buffer,  // the same, for the host
    tick_ms: f64,
    queued: Vec<(Kernel, u64)>, // with the bytes it moves
    times: HashMap<Kernel, KernelTime>,
}

impl Timer {
    /// For submissions of `dispatches` at most; `None` where the device has no timestamps.
    pub fn new(device: &Device, dispatches: u32) -> Option<Self> {
        if !device.handle.features().contains(Features::TIMESTAMP_QUERY) {
            return None;
        }
        let size = 16 * u64::from(dispatches);
        let buffer = |label, usage| {
            let descriptor = BufferDescriptor { label: Some(label), size, usage, mapped_at_creation: false };
            device.handle.create_buffer(&descriptor)
        };
        let queries = QuerySetDescriptor { label: Some("kernels"), ty: QueryType::Timestamp, count: 2 * dispatches };
        Some(Self {
            queries: device.handle.create_query_set(&queries),
            resolved: buffer("timestamps", BufferUsages::QUERY_RESOLVE | BufferUsages::COPY_SRC),
            landing: buffer("timestamps to read", BufferUsages::MAP_READ | BufferUsages::COPY_DST),
            tick_ms: f64::from(device.queue.get_timestamp_period()) / 1e6,
            queued: Vec::new(),
            times: HashMap::new(),
        })
    }

    /// Where the next dispatch's timestamps go; it is one of `kernel` that moves `bytes`.
    pub fn writes(&mut self, kernel: Kernel, bytes: u64) -> ComputePassTimestampWrites<'_> {
        let first = 2 * self.queued.len() as u32;
        self.queued.push((kernel, bytes));
        ComputePassTimestampWrites {
            query_set: &self.queries,
            beginning_of_pass_write_index: Some(first),
            end_of_pass_write_index: Some(first + 1),
        }
    }

    /// Adds to `encoder` what brings the timestamps to where the host reads them.
    pub fn resolve(&self, encoder: &mut CommandEncoder) {
        let count = 2 * self.queued.len() as u32;
        if count > 0 {
            encoder.resolve_query_set(&self.queries, 0..count, &self.resolved, 0);
            encoder.copy_buffer_to_buffer(&self.resolved, 0, &self.landing, 0, 8 * u64::from(count));
        }
    }

    /// Waits for what was submitted, and adds up what it took. Of a device that is lost nothing is added; the next op says
    /// that it is.
    pub fn collect(&mut self, device: &Device) {
        let queued = std::mem::take(&mut self.queued);
        if queued.is_empty() {
            return;
        }
        let range = ..16 * queued.len() as u64;
        self.landing.map_async(wgpu::MapMode::Read, range, |_| ());
        if device.handle.poll(wgpu::PollType::wait_indefinitely()).is_err() {
            return;
        }
        let Ok(mapped) = self.landing.get_mapped_range(range) else { return };
        let ticks = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
        for ((kernel, bytes), [begin, end]) in queued.into_iter().zip(mapped.as_chunks::<8>().0.as_chunks().0) {
            let time = self.times.entry(kernel).or_insert_with(|| KernelTime {
                kernel: kernel.name(),
                calls: 0,
                ms: 0.0,
                bytes: 0,
            });
            time.calls += 1;
            time.ms += ticks(end).saturating_sub(ticks(begin)) as f64 * self.tick_ms;
            time.bytes += bytes;
        }
        drop(mapped);
        self.landing.unmap();
    }

    /// What each kernel took, the longest first.
    pub fn times(self) -> Vec<KernelTime> {
        let mut times: Vec<KernelTime> = self.times.into_values().collect();
        times.sort_by(|a, b| b.ms.total_cmp(&a.ms).then_with(|| a.kernel.cmp(&b.kernel)));
        times
    }
}
