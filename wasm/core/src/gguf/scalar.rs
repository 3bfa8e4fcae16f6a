//! Turning little-endian bytes into typed values and arrays.

use super::{Array, Value};

/// An array of numbers or bools that is still arriving.
#[derive(Debug)]
pub(super) struct ArrayBuilder(Array);

/// Appends `$bytes` to `$vec` as elements of the type that `$from` makes.
macro_rules! append {
    ($vec:ident, $bytes:ident, $from:expr) => {{
        let (chunks, _) = $bytes.as_chunks();
        $vec.extend(chunks.iter().copied().map($from));
    }};
}

impl ArrayBuilder {
    /// An empty array of value type `id`; `None` for strings, arrays and numbers that GGUF does not define.
    pub(super) fn new(id: u32) -> Option<Self> {
        Some(Self(match id {
            0 => Array::U8(Vec::new()),
            1 => Array::I8(Vec::new()),
            2 => Array::U16(Vec::new()),
            3 => Array::I16(Vec::new()),
            4 => Array::U32(Vec::new()),
            5 => Array::I32(Vec::new()),
            6 => Array::F32(Vec::new()),
            7 => Array::Bool(Vec::new()),
            10 => Array::U64(Vec::new()),
            11 => Array::I64(Vec::new()),
            12 => Array::F64(Vec::new()),
            _ => return None,
        }))
    }

    /// Bytes of one element in the file.
    pub(super) const fn element_bytes(&self) -> usize {
        match self.0 {
            Array::U8(_) | Array::I8(_) | Array::Bool(_) | Array::String(_) => 1,
            Array::U16(_) | Array::I16(_) => 2,
            Array::U32(_) | Array::I32(_) | Array::F32(_) => 4,
            Array::U64(_) | Array::I64(_) | Array::F64(_) => 8,
        }
    }

    /// Appends whole elements. `Err` holds a byte that is not a bool.
    pub(super) fn extend(&mut self, bytes: &[u8]) -> Result<(), u8> {
        match &mut self.0 {
            Array::U8(v) => v.extend_from_slice(bytes),
            Array::I8(v) => append!(v, bytes, i8::from_le_bytes),
            Array::U16(v) => append!(v, bytes, u16::from_le_bytes),
            Array::I16(v) => append!(v, bytes, i16::from_le_bytes),
            Array::U32(v) => append!(v, bytes, u32::from_le_bytes),
            Array::I32(v) => append!(v, bytes, i32::from_le_bytes),
            Array::F32(v) => append!(v, bytes, f32::from_le_bytes),
            Array::U64(v) => append!(v, bytes, u64::from_le_bytes),
            Array::I64(v) => append!(v, bytes, i64::from_le_bytes),
            Array::F64(v) => append!(v, bytes, f64::from_le_bytes),
            Array::Bool(v) => match bytes.iter().find(|&&b| b > 1) {
                Some(&byte) => return Err(byte),
                None => v.extend(bytes.iter().map(|&b| b == 1)),
            },
            Array::String(_) => {}
        }
        Ok(())
    }

    /// The finished array.
    pub(super) fn into_array(self) -> Array {
        self.0
    }

    /// The first element as a value of its own.
    pub(super) fn into_scalar(self) -> Option<Value> {
        Some(match self.0 {
            Array::U8(v) => Value::U8(*v.first()?),
            Array::I8(v) => Value::I8(*v.first()?),
            Array::U16(v) => Value::U16(*v.first()?),
            Array::I16(v) => Value::I16(*v.first()?),
            Array::U32(v) => Value::U32(*v.first()?),
            Array::I32(v) => Value::I32(*v.first()?),
            Array::F32(v) => Value::F32(*v.first()?),
            Array::Bool(v) => Value::Bool(*v.first()?),
            Array::U64(v) => Value::U64(*v.first()?),
            Array::I64(v) => Value::I64(*v.first()?),
            Array::F64(v) => Value::F64(*v.first()?),
            Array::String(_) => return None,
        })
    }
}
