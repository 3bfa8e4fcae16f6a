//! Models that come in several files ("shards"), as llama.cpp's `gguf-split` writes them.
//!
//! Every shard is a GGUF file of its own: a header, then the data of the tensors it lists. `split.no` counts from 0, the
//! first shard's metadata is the model's, the others repeat only the three `split.` keys, and the model's tensors are the
//! shards' lists one after the other. An architecture may find the tensor it needs first in the last shard, so all headers
//! are put together here before anything is made of them.

mod error;
mod name;

use std::collections::{BTreeMap, HashMap};

pub use error::ShardError;
pub use name::ShardName;

use super::{Gguf, GgufError, Metadata, TensorInfo, limits};

/// What a shard says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// Which shard it is, from 0.
    pub no: u32,
    /// How many there are, at least 2.
    pub count: u32,
    /// Tensors of all shards together.
    pub tensors: u64,
}

impl Split {
    /// Reads the `split.` keys; `None` for a whole model. A merged file keeps the keys with a count of 0.
    ///
    /// # Errors
    /// A key is missing, of another type or out of range.
    pub fn of(metadata: &Metadata) -> Result<Option<Self>, GgufError> {
        let count = metadata.opt_u32("split.count")?.unwrap_or(0);
        if count < 2 {
            return Ok(None);
        }
        if u64::from(count) > limits::SHARDS {
            let what = "the list of files ('split.count')".to_owned();
            return Err(GgufError::TooLong { what, len: count.into(), cap: limits::SHARDS });
        }
        let no = metadata.u32("split.no")?;
        if no >= count {
            let value = no.to_string();
            return Err(GgufError::OutOfRange { key: "split.no".to_owned(), value, expected: "split.count" });
        }
        Ok(Some(Self { no, count, tensors: metadata.u64("split.tensors.count")? }))
    }
}

/// One file of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shard {
    /// What it is called, for messages; empty where that is not known.
    pub name: String,
    /// Which of the files it is, in the order they were added to the [`ShardSet`].
    pub file: usize,
    /// Bytes of its header: where its data section begins.
    pub data_start: u64,
    /// Bytes of its data section, up to the end of its last tensor.
    pub data_bytes: u64,
    /// How many of the model's tensors are its own.
    pub tensors: usize,
}

impl Shard {
    /// Bytes that a file of `len` bytes lacks.
    pub fn missing_bytes(&self, len: u64) -> u64 {
        // Without tensors, the padding before the data section need not be there.
        let needed = if self.tensors == 0 { 0 } else { self.data_start.saturating_add(self.data_bytes) };
        needed.saturating_sub(len)
    }
}

/// A model's headers, one a file, checked to belong together. A model in one file is the plain case.
#[derive(Clone, Debug)]
pub struct Shards {
    model: Gguf,
    shards: Vec<Shard>,
}

impl Shards {
    /// A model in one file.
    ///
    /// # Errors
    /// The file is one of several.
    pub fn single(gguf: Gguf) -> Result<Self, ShardError> {
        let mut set = ShardSet::new();
        set.add("", gguf)?;
        set.finish()
    }

    /// The whole model: the first shard's metadata and all tensors. Offsets are as if the data sections lay one after the
    /// other; those of a model in one file are the file's own.
    pub fn model(&self) -> &Gguf {
        &self.model
    }

    /// The files in the order their data is read.
    pub fn files(&self) -> &[Shard] {
        &self.shards
    }
}

/// Collects headers in any order until they make a model. It keeps one header's metadata, however many are added.
#[derive(Debug, Default)]
pub struct ShardSet {
    added: usize,
    tensors: u64,
    first: Option<Gguf>,
    /// What the first file that was added says: the others have to agree.
    agreed: Option<(String, Option<Split>)>,
    parts: BTreeMap<u32, Part>,
}

#[derive(Debug)]
struct Part {
    shard: Shard,
    tensors: Vec<TensorInfo>,
}

impl ShardSet {
    /// An empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the header of the file called `name`; the name is for messages, and to notice files of two models.
    ///
    /// # Errors
    /// The file's `split.` keys are not sound, or it cannot belong to the model of those added before.
    pub fn add(&mut self, name: &str, mut gguf: Gguf) -> Result<(), ShardError> {
        let split = Split::of(&gguf.metadata)
            .map_err(|source| ShardError::Header { name: name.to_owned(), source: Box::new(source) })?;
        match &self.agreed {
            None => self.agreed = Some((name.to_owned(), split)),
            Some((other, agreed)) => agree(other, *agreed, name, split)?,
        }
        let no = split.map_or(0, |split| split.no);
        if let (Some(part), Some(split)) = (self.parts.get(&no), split) {
            let (first, second) = (part.shard.name.clone(), name.to_owned());
            return Err(ShardError::Duplicate { no, count: split.count, first, second });
        }
        self.tensors += gguf.tensors.len() as u64;
        if self.tensors > limits::TENSORS {
            return Err(ShardError::TooManyTensors { cap: limits::TENSORS });
        }
        let (data_start, data_bytes) = (gguf.data_start, gguf.data_bytes());
        let tensors = std::mem::take(&mut gguf.tensors);
        let (file, name) = (self.added, name.to_owned());
        let shard = Shard { name, file, data_start, data_bytes, tensors: tensors.len() };
        self.parts.insert(no, Part { shard, tensors });
        self.added += 1;
        if no == 0 {
            self.first = Some(gguf);
        }
        Ok(())
    }

    /// The model, once every shard has been added.
    ///
    /// # Errors
    /// One is missing, or their tensors do not add up to one model.
    pub fn finish(self) -> Result<Shards, ShardError> {
        let Some((name, split)) = self.agreed else { return Err(ShardError::Empty) };
        let count = split.map_or(1, |split| split.count);
        if let Some(no) = (0..count).find(|no| !self.parts.contains_key(no)) {
            let name = ShardName::parse(&name).map(|name| name.with_no(no).to_string());
            return Err(ShardError::Missing { no, count, name });
        }
        if let Some(split) = split.filter(|split| split.tensors != self.tensors) {
            return Err(ShardError::TensorCount { expected: split.tensors, got: self.tensors });
        }
        let Some(mut model) = self.first else { return Err(ShardError::Empty) }; // Part 0 is there: not so.

        let mut owners: HashMap<String, u32> = HashMap::new();
        let (mut shards, mut begin) = (Vec::new(), 0u64);
        for (no, part) in self.parts {
            for mut tensor in part.tensors {
                if let Some(other) = owners.insert(tensor.name.clone(), no) {
                    return Err(ShardError::DuplicateTensor { tensor: tensor.name, first: other, second: no, count });
                }
                tensor.offset = begin.saturating_add(tensor.offset);
                model.tensors.push(tensor);
            }
            begin = begin.saturating_add(part.shard.data_bytes);
            if begin > limits::DATA_BYTES {
                return Err(ShardError::TooLarge { bytes: begin, cap: limits::DATA_BYTES });
            }
            shards.push(part.shard);
        }
        Ok(Shards { model, shards })
    }
}

/// Whether two files can be shards of one model.
fn agree(first: &str, a: Option<Split>, second: &str, b: Option<Split>) -> Result<(), ShardError> {
    let (first, second) = (first.to_owned(), second.to_owned());
    match (a, b) {
        (Some(a), Some(b)) if a.count != b.count => {
            Err(ShardError::OtherCount { first, first_count: a.count, second, second_count: b.count })
        }
        (Some(a), Some(b)) if a.tensors == b.tensors && ShardName::may_be_siblings(&first, &second) => Ok(()),
        (Some(_), Some(_)) => Err(ShardError::OtherModel { first, second }),
        (None, _) => Err(ShardError::Whole { name: first }),
        (_, None) => Err(ShardError::Whole { name: second }),
    }
}
