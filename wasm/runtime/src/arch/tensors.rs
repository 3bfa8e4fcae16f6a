//! Which tensors a model needs, and the ones that have arrived.
//!
//! An architecture names each of its tensors once, where it puts its blocks together. That code runs twice: over a list
//! that only notes what it is asked for ([`Vec<TensorSpec>`]), to check a file's header, and over the loaded [`Weights`].

use std::collections::HashMap;

use crate::error::{Error, Result};

/// A tensor that an architecture may find in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TensorSpec {
    pub name: String,
    /// Extents, fastest first: `[row_len, rows, …]`.
    pub dims: Vec<usize>,
    pub required: bool,
    pub place: Place,
}

/// Where a tensor's data goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// One weight of the backend.
    Backend,
    /// One weight of the backend, its rows strung together as a vector.
    Vector,
    /// Several weights, with so many rows each: what is stored in one piece and used in parts.
    Parts(Vec<usize>),
    /// The matrices of so many experts, stored in one piece: one weight of a backend that stacks them, else one each.
    Experts(usize),
    /// Numbers on the host, read while the model is put together.
    Host,
    /// One weight of the backend that no file holds: ones.
    Ones,
}

impl TensorSpec {
    pub fn required(name: impl Into<String>, dims: impl Into<Vec<usize>>) -> Self {
        Self { name: name.into(), dims: dims.into(), required: true, place: Place::Backend }
    }

    pub fn optional(name: impl Into<String>, dims: impl Into<Vec<usize>>) -> Self {
        Self { required: false, ..Self::required(name, dims) }
    }

    pub fn placed(self, place: Place) -> Self {
        Self { place, ..self }
    }

    /// How many weights it makes; of experts, if they are not stacked.
    fn parts(&self) -> usize {
        match &self.place {
            Place::Parts(rows) => rows.len(),
            Place::Experts(experts) => *experts,
            Place::Backend | Place::Vector | Place::Host | Place::Ones => 1,
        }
    }
}

/// Where an architecture gets its tensors.
pub(crate) trait Tensors {
    type Weight;

    /// The architecture's name, for errors.
    fn architecture(&self) -> &str;

    /// The parts of a tensor (usually one); `None` for an optional one that is not there.
    fn get(&mut self, spec: TensorSpec) -> Result<Option<Vec<Self::Weight>>>;

    /// A tensor's numbers; `None` where it is not there.
    fn get_host(&mut self, spec: TensorSpec) -> Result<Option<Vec<f32>>>;
}

/// Notes what is asked for.
impl Tensors for Vec<TensorSpec> {
    type Weight = ();

    fn architecture(&self) -> &str {
        "such"
    }

    fn get(&mut self, spec: TensorSpec) -> Result<Option<Vec<()>>> {
        let parts = vec![(); spec.parts()];
        self.push(spec);
        Ok(Some(parts))
    }

    fn get_host(&mut self, spec: TensorSpec) -> Result<Option<Vec<f32>>> {
        self.push(spec.placed(Place::Host));
        Ok(None)
    }
}

/// Loaded tensors by name, taken out as blocks are built.
pub(crate) struct Weights<W> {
    by_name: HashMap<String, Vec<W>>,
    host: HashMap<String, Vec<f32>>,
    architecture: &'static str,
}

impl<W> Weights<W> {
    pub fn new(architecture: &'static str) -> Self {
        Self { by_name: HashMap::new(), host: HashMap::new(), architecture }
    }

    /// Adds a weight: the next part of its tensor.
    pub fn insert(&mut self, name: String, weight: W) {
        self.by_name.entry(name).or_default().push(weight);
    }

    pub fn insert_host(&mut self, name: String, values: Vec<f32>) {
        self.host.insert(name, values);
    }
}

impl<W> Tensors for Weights<W> {
    type Weight = W;

    fn architecture(&self) -> &str {
        self.architecture
    }

    fn get(&mut self, spec: TensorSpec) -> Result<Option<Vec<W>>> {
        match self.by_name.remove(&spec.name) {
            Some(parts) if parts.len() == spec.parts() => Ok(Some(parts)),
            Some(parts) if parts.len() == 1 && matches!(spec.place, Place::Experts(_)) => Ok(Some(parts)),
            None if !spec.required => Ok(None),
            _ => Err(Error::MissingTensor { name: spec.name, architecture: self.architecture.to_owned() }),
        }
    }

    fn get_host(&mut self, spec: TensorSpec) -> Result<Option<Vec<f32>>> {
        Ok(self.host.remove(&spec.name))
    }
}

/// A weight matrix and what is added to its product.
#[derive(Debug)]
pub(crate) struct Linear<W> {
    pub weight: W,       // [out, in]
    pub bias: Option<W>, // [out]
}

/// The matrices of a layer's experts.
#[derive(Debug)]
pub(crate) enum Stack<W> {
    /// Each by itself.
    Each(Vec<W>),
    /// All of them, one below the other.
    Whole(W),
}

impl<W> Stack<W> {
    /// All of them, where they are one weight.
    pub fn whole(&self) -> Option<&W> {
        match self {
            Self::Whole(weight) => Some(weight),
            Self::Each(_) => None,
        }
    }

    /// Those that are weights of their own.
    pub fn each(&self) -> &[W] {
        match self {
            Self::Whole(_) => &[],
            Self::Each(weights) => weights,
        }
    }
}

/// Tensors whose names begin alike: `blk.3.` and the like.
pub(crate) struct Scope<'a, T> {
    tensors: &'a mut T,
    prefix: String,
}

impl<'a, T: Tensors> Scope<'a, T> {
    pub fn new(tensors: &'a mut T, prefix: impl Into<String>) -> Self {
        Self { tensors, prefix: prefix.into() }
    }

    /// The tensors of block `i`.
    pub fn block(tensors: &'a mut T, i: usize) -> Self {
        Self::new(tensors, format!("blk.{i}."))
    }

    fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// A vector or matrix that has to be there; `name` is whole, with `.weight` or `.bias`.
    pub fn tensor(&mut self, name: &str, dims: &[usize]) -> Result<T::Weight> {
        let spec = TensorSpec::required(self.name(name), dims);
        self.one(spec)
    }

    /// A matrix of which the rows are wanted strung together.
    pub fn flat(&mut self, name: &str, dims: &[usize]) -> Result<T::Weight> {
        let spec = TensorSpec::required(self.name(name), dims).placed(Place::Vector);
        self.one(spec)
    }

    /// A vector of ones: the weight of a norm that has none. `name` is what such a weight would be called.
    pub fn ones(&mut self, name: &str, len: usize) -> Result<T::Weight> {
        let spec = TensorSpec::required(self.name(name), [len]).placed(Place::Ones);
        self.one(spec)
    }

    pub fn optional(&mut self, name: &str, dims: &[usize]) -> Result<Option<T::Weight>> {
        Ok(self.tensors.get(TensorSpec::optional(self.name(name), dims))?.and_then(|mut parts| parts.pop()))
    }

    /// `{name}.weight`, `[row_len, rows]`.
    pub fn matrix(&mut self, name: &str, row_len: usize, rows: usize) -> Result<T::Weight> {
        self.tensor(&format!("{name}.weight"), &[row_len, rows])
    }

    /// `{name}.weight`, and `{name}.bias` where the file has it.
    pub fn linear(&mut self, name: &str, row_len: usize, rows: usize) -> Result<Linear<T::Weight>> {
        Ok(Linear { weight: self.matrix(name, row_len, rows)?, bias: self.optional(&format!("{name}.bias"), &[rows])? })
    }

    /// The row ranges of `{name}.weight`, `N` matrices stored in one.
    pub fn split<const N: usize>(&mut self, name: &str, row_len: usize, rows: [usize; N]) -> Result<[T::Weight; N]> {
        let spec = TensorSpec::required(self.name(&format!("{name}.weight")), [row_len, rows.iter().sum()]);
        let whole = spec.name.clone();
        let parts = self.tensors.get(spec.placed(Place::Parts(rows.to_vec())))?.unwrap_or_default();
        parts.try_into().map_err(|_| self.missing(whole))
    }

    /// Matrices `[row_len, rows]` of `experts`, stored in one tensor.
    pub fn experts(&mut self, name: &str, row_len: usize, rows: usize, experts: usize) -> Result<Stack<T::Weight>> {
        let spec = TensorSpec::required(self.name(&format!("{name}.weight")), [row_len, rows, experts]);
        let mut parts = self.tensors.get(spec.placed(Place::Experts(experts)))?.unwrap_or_default();
        Ok(match parts.pop() {
            Some(whole) if parts.is_empty() && experts > 1 => Stack::Whole(whole),
            last => Stack::Each(parts.into_iter().chain(last).collect()),
        })
    }

    /// A small tensor's numbers, where the file has it.
    pub fn host(&mut self, name: &str, len: usize) -> Result<Option<Vec<f32>>> {
        self.tensors.get_host(TensorSpec::optional(self.name(name), [len]).placed(Place::Host))
    }

    fn one(&mut self, spec: TensorSpec) -> Result<T::Weight> {
        let name = spec.name.clone();
        self.tensors.get(spec)?.and_then(|mut parts| parts.pop()).ok_or_else(|| self.missing(name))
    }

    fn missing(&self, name: String) -> Error {
        Error::MissingTensor { name, architecture: self.tensors.architecture().to_owned() }
    }
}
