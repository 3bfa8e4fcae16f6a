//! Which tensors a model needs, and the ones that have arrived.

use std::collections::HashMap;

use crate::error::{Error, Result};

/// A tensor that an architecture may find in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TensorSpec {
    pub name: String,
    /// Extents, fastest first: `[row_len, rows]`.
    pub dims: Vec<usize>,
    pub required: bool,
    /// Wanted as numbers on the host, not as a backend's weight.
    pub on_host: bool,
}

impl TensorSpec {
    pub fn required(name: impl Into<String>, dims: impl Into<Vec<usize>>) -> Self {
        Self { name: name.into(), dims: dims.into(), required: true, on_host: false }
    }

    /// A small f32 tensor that is read while the model is put together.
    pub fn optional_on_host(name: impl Into<String>, dims: impl Into<Vec<usize>>) -> Self {
        Self { on_host: true, ..Self::optional(name, dims) }
    }

    pub fn optional(name: impl Into<String>, dims: impl Into<Vec<usize>>) -> Self {
        Self { name: name.into(), dims: dims.into(), required: false, on_host: false }
    }
}

/// Loaded tensors by name, taken out as layers are built.
pub(crate) struct Weights<W> {
    by_name: HashMap<String, W>,
    architecture: &'static str,
}

impl<W> Weights<W> {
    pub fn new(architecture: &'static str) -> Self {
        Self { by_name: HashMap::new(), architecture }
    }

    pub fn insert(&mut self, name: String, weight: W) {
        self.by_name.insert(name, weight);
    }

    pub fn take(&mut self, name: &str) -> Result<W> {
        self.take_optional(name)
            .ok_or_else(|| Error::MissingTensor { name: name.to_owned(), architecture: self.architecture.to_owned() })
    }

    pub fn take_optional(&mut self, name: &str) -> Option<W> {
        self.by_name.remove(name)
    }
}
