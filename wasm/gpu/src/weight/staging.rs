//! How weights arrive: in pieces of any length, a chunk of them at a time on the host.

use wasm_chord_core::gguf::{GgmlType, TensorInfo};
use wasm_chord_core::{BackendError, block};
use wgpu::BufferUsages;

use super::pack::Planes;
use super::{Format, Matrix, Part, UNIT, Weight};
use crate::device::Device;
use crate::kernel::MOST_EXPERTS;
use crate::memory::Allocator;

/// Bytes that are kept on the host at most.
const CHUNK: usize = 1 << 20;
/// Bytes that the driver may keep of what was written before it is made to let go of them.
const UNSENT: u64 = 16 << 20;
/// More than any GPU has: such a tensor is refused before its first byte.
const LARGEST: u64 = 1 << 42;

/// A weight tensor that is still arriving.
#[derive(Debug)]
pub struct Staging {
    name: String,
    ty: GgmlType,
    expected: u64,
    got: u64,
    /// The beginning of a block that the last piece cut in two.
    cut: Vec<u8>,
    target: Target,
}

#[derive(Debug)]
enum Target {
    /// Its values so far.
    Vector(Vec<f32>),
    Matrix(Filling),
}

/// A matrix that is still arriving.
#[derive(Debug)]
struct Filling {
    matrix: Matrix,
    rows_of_a_part: usize,
    row_blocks: usize, // blocks of the file's type in a row
    block: usize,      // blocks of the current row that are there
    row: usize,        // whole rows that are there
    planes: Planes,    // what is not yet written
    quants_at: u64,    // where that goes in the current part
    scales_at: u64,
    unsent: u64,
}

/// Rows of a tensor that a kernel may see at once.
fn most_rows(device: &Device, info: &TensorInfo) -> usize {
    Part::most_rows(device, Format::of(info.ty), info.row_len())
}

/// Rows of an expert in a tensor of several.
fn expert_rows(info: &TensorInfo) -> Option<usize> {
    match info.dims.as_slice() {
        [_, rows, _] if *rows > 0 => Some(*rows),
        _ => None,
    }
}

/// Whether a tensor is of several experts, each of which a kernel may see at once.
pub fn stacks(device: &Device, info: &TensorInfo) -> bool {
    let experts = info.dims.last().copied().unwrap_or(0);
    let fits = |rows: usize| rows <= most_rows(device, info);
    (2..=MOST_EXPERTS).contains(&experts) && expert_rows(info).is_some_and(fits)
}

impl Staging {
    /// Begins a tensor. Memory for it is taken as it arrives.
    ///
    /// # Errors
    /// [`BackendError::OutOfMemory`]; [`BackendError::WrongLength`] when `info` contradicts itself.
    pub fn new(device: &Device, info: &TensorInfo) -> Result<Self, BackendError> {
        let (rows, row_len, ty) = (info.rows(), info.row_len(), info.ty);
        let row_blocks = row_len / ty.block_len();
        let row_bytes = (row_blocks as u64).saturating_mul(ty.block_bytes() as u64);
        let expected = row_bytes.saturating_mul(rows as u64);
        if expected != info.bytes || expected == 0 || !row_len.is_multiple_of(ty.block_len()) {
            return Err(BackendError::WrongLength { tensor: info.name.clone(), expected, got: info.bytes });
        }
        let expert_rows = expert_rows(info);
        let whole = expert_rows.unwrap_or(1);
        let rows_of_a_part = most_rows(device, info) / whole * whole;
        let matrix = Matrix { format: Format::of(ty), rows, row_len, expert_rows, parts: Vec::new() };
        if expected > LARGEST || rows_of_a_part == 0 {
            return Err(BackendError::OutOfMemory { what: info.name.clone(), bytes: expected });
        }
        let target = if info.dims.len() == 1 {
            Target::Vector(Vec::new())
        } else {
            Target::Matrix(Filling {
                matrix,
                rows_of_a_part,
                row_blocks,
                block: 0,
                row: 0,
                planes: Planes::default(),
                quants_at: 0,
                scales_at: 0,
                unsent: 0,
            })
        };
        Ok(Self { name: info.name.clone(), ty, expected, got: 0, cut: Vec::new(), target })
    }

    /// Takes the next bytes, in pieces of any length.
    ///
    /// # Errors
    /// [`BackendError::WrongLength`] when there are more than the tensor has; [`BackendError::OutOfMemory`];
    /// [`BackendError::DeviceLost`].
    pub fn write(&mut self, device: &Device, allocator: &mut Allocator, bytes: &[u8]) -> Result<(), BackendError> {
        device.faults.check()?;
        let got = self.got.saturating_add(bytes.len() as u64);
        if got > self.expected {
            return Err(BackendError::WrongLength { tensor: self.name.clone(), expected: self.expected, got });
        }
        self.got = got;
        let size = self.ty.block_bytes();
        let mut bytes = bytes;
        if !self.cut.is_empty() {
            let (rest, after) = bytes.split_at(bytes.len().min(size - self.cut.len()));
            self.cut.extend_from_slice(rest);
            bytes = after;
            if self.cut.len() < size {
                return Ok(());
            }
            let block = std::mem::take(&mut self.cut);
            self.put(device, allocator, &block)?;
        }
        let (whole, cut) = bytes.split_at(bytes.len() - bytes.len() % size);
        self.put(device, allocator, whole)?;
        self.cut.extend_from_slice(cut);
        Ok(())
    }

    /// Takes whole blocks.
    fn put(&mut self, device: &Device, allocator: &mut Allocator, bytes: &[u8]) -> Result<(), BackendError> {
        match &mut self.target {
            Target::Vector(values) => {
                let at = values.len();
                let more = bytes.len() / self.ty.block_bytes() * self.ty.block_len();
                values.resize(at + more, 0.0);
                block::dequantize_row(self.ty, bytes, values.get_mut(at..).unwrap_or_default())
                    .map_err(|error| BackendError::Shape { op: "write_weight", what: error.to_string() })
            }
            Target::Matrix(filling) => {
                for block in bytes.chunks_exact(self.ty.block_bytes()) {
                    filling.put(device, allocator, &self.name, self.ty, block)?;
                }
                Ok(())
            }
        }
    }

    /// The tensor, when all of it has arrived.
    ///
    /// # Errors
    /// [`BackendError::WrongLength`] when it has not; [`BackendError::OutOfMemory`]; [`BackendError::DeviceLost`].
    pub fn finish(self, device: &Device, allocator: &mut Allocator) -> Result<Weight, BackendError> {
        if self.got != self.expected {
            return Err(BackendError::WrongLength { tensor: self.name, expected: self.expected, got: self.got });
        }
        device.faults.check()?;
        match self.target {
            Target::Vector(values) => {
                let usage = BufferUsages::STORAGE | BufferUsages::COPY_DST;
                let memory = allocator.buffer(device, &self.name, 4 * values.len() as u64, usage)?;
                device.queue.write_buffer(&memory.buffer, 0, bytemuck::cast_slice(&values));
                Ok(Weight::Vector { memory, len: values.len() })
            }
            Target::Matrix(filling) => Ok(Weight::Matrix(filling.matrix)),
        }
    }
}

impl Filling {
    /// Takes the next block.
    fn put(
        &mut self,
        device: &Device,
        allocator: &mut Allocator,
        name: &str,
        ty: GgmlType,
        block: &[u8],
    ) -> Result<(), BackendError> {
        if self.block == 0 && self.row.is_multiple_of(self.rows_of_a_part) {
            let part = self.part(device, allocator, name)?;
            (self.quants_at, self.scales_at) = (0, part.scales_at);
            self.matrix.parts.push(part);
        }
        self.planes.push(ty, block);
        self.block += 1;
        if self.block == self.row_blocks {
            // Numbers that stand by themselves need not fill the row's last unit.
            let missing = self.matrix.units() * UNIT - self.matrix.row_len;
            let quants = self.planes.quants.len() + missing * ty.block_bytes();
            self.planes.quants.resize(quants, 0);
            self.block = 0;
            self.row += 1;
        }
        let ends = self.block == 0 && (self.row.is_multiple_of(self.rows_of_a_part) || self.row == self.matrix.rows);
        if ends || self.planes.quants.len() + self.planes.scales.len() >= CHUNK {
            self.write(device, ends);
        }
        Ok(())
    }

    /// Memory for the part that begins with the current row.
    fn part(&self, device: &Device, allocator: &mut Allocator, name: &str) -> Result<Part, BackendError> {
        let rows = self.rows_of_a_part.min(self.matrix.rows - self.row);
        Part::new(device, allocator, name, &self.matrix, self.row, rows)
    }

    /// Writes what is there; the device takes whole words, so that all of it is only written at a part's end.
    fn write(&mut self, device: &Device, ends: bool) {
        let Some(part) = self.matrix.parts.last() else { return };
        for (plane, at) in
            [(&mut self.planes.quants, &mut self.quants_at), (&mut self.planes.scales, &mut self.scales_at)]
        {
            if ends {
                plane.resize(plane.len().next_multiple_of(4), 0);
            }
            let whole = plane.len() - plane.len() % 4;
            if let Some(bytes) = plane.get(..whole).filter(|bytes| !bytes.is_empty()) {
                device.queue.write_buffer(&part.memory.buffer, *at, bytes);
                *at += whole as u64;
                self.unsent += whole as u64;
            }
            plane.drain(..whole);
        }
        if self.unsent >= UNSENT {
            // What was written lies on the host until something is submitted and the device has taken it.
            device.queue.submit([]);
            let _ = device.handle.poll(wgpu::PollType::Poll);
            self.unsent = 0;
        }
    }
}
