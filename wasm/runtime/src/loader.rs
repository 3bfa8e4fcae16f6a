//! A model from a stream of bytes: the header first, then each tensor straight into the backend's memory, so that the
//! file is never held whole.
//!
//! A model in several files needs all their headers before the first tensor: what the architecture has to know (the rows
//! of the embedding, whether a bias is there) may stand in the last one. Headers are small, so whoever has the files reads
//! them twice: once into [`Shards`], and once as the beginning of each stream, where they are passed over.

use wasm_chord_core::Backend;
use wasm_chord_core::backend::BackendError;
use wasm_chord_core::block;
use wasm_chord_core::gguf::{Gguf, GgufParser, Progress, Shard, ShardError, Shards, TensorInfo};

use crate::arch::{Place, TensorSpec, Weights};
use crate::embedder::Embedder;
use crate::encoder::Encoder;
use crate::error::{Error, Result};
use crate::info::{self, Graph, Header};
use crate::model::Model;
use crate::session::Session;

/// A context that small machines can afford; longer ones are asked for.
const DEFAULT_CONTEXT: usize = 4096;

/// Longer than any open model's context (10 million); keeps positions and cache sizes far from overflow.
const MAX_CONTEXT: usize = 1 << 24;

/// How a model is loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoadOptions {
    /// Positions of the KV cache. `None`: what the model was trained for, but no more than 4096.
    pub context: Option<usize>,
}

/// Takes the bytes of a model's file, or of its files one after the other, in pieces of any size.
pub struct ModelLoader<B: Backend> {
    backend: B,
    options: LoadOptions,
    stage: Stage<B>,
}

enum Stage<B: Backend> {
    Header(Box<GgufParser>),
    Tensors(Box<Tensors<B>>),
    /// A push failed; there is nothing to go on with.
    Failed,
}

/// The data sections on their way in.
struct Tensors<B: Backend> {
    shards: Shards,
    file: usize,      // of `shards`, the one whose bytes arrive
    header_left: u64, // bytes of its header to pass over
    file_end: u64,    // bytes of all data sections up to its end
    header: Header,
    order: Vec<TensorInfo>, // by offset, the next one last
    at: u64,                // bytes of the data sections so far
    receiving: Option<Receiving<B::Staging>>,
    weights: Weights<B::Weight>,
}

/// The tensor that is arriving, and where it goes.
struct Receiving<S> {
    info: TensorInfo,
    left: u64,
    target: Target<S>,
}

enum Target<S> {
    Backend(S),
    Host(Vec<u8>),
}

impl<B: Backend + 'static> ModelLoader<B> {
    /// A loader of a model in one file, that has seen nothing of it yet.
    pub fn new(backend: B, options: LoadOptions) -> Self {
        Self { backend, options, stage: Stage::Header(Box::new(GgufParser::new())) }
    }

    /// A loader of a model whose headers are known already. Its files are pushed whole, header included, in the order of
    /// [`Shards::files`], with [`next_file`](Self::next_file) between two of them.
    ///
    /// # Errors
    /// What the headers tell of the model: that it is damaged, or cannot be run.
    pub fn of_shards(backend: B, options: LoadOptions, shards: Shards) -> Result<Self> {
        let header_left = shards.files().first().map_or(0, |shard| shard.data_start);
        let tensors = Tensors::new(&backend, shards, header_left)?;
        Ok(Self { stage: Stage::Tensors(Box::new(tensors)), backend, options })
    }

    /// The model's header, once it has arrived whole.
    pub fn header(&self) -> Option<&Gguf> {
        match &self.stage {
            Stage::Tensors(tensors) => Some(tensors.shards.model()),
            Stage::Header(_) | Stage::Failed => None,
        }
    }

    /// Says that what is pushed from here on belongs to the model's next file.
    ///
    /// # Errors
    /// [`ShardError::CutShort`] when bytes of the file before it are missing, [`Error::BadRequest`] when it was the last.
    pub fn next_file(&mut self) -> Result<()> {
        match std::mem::replace(&mut self.stage, Stage::Failed) {
            Stage::Tensors(mut tensors) => {
                tensors.next_file()?;
                self.stage = Stage::Tensors(tensors);
                Ok(())
            }
            Stage::Header(_) => Err(no_next_file()),
            Stage::Failed => Err(failed()),
        }
    }

    /// Takes the file's next bytes. Bytes after its last tensor are passed over.
    ///
    /// # Errors
    /// The first thing that is wrong with the file, as early as it can be known. The loader is of no more use then.
    pub fn push(&mut self, bytes: &[u8]) -> Result<()> {
        match std::mem::replace(&mut self.stage, Stage::Failed) {
            Stage::Header(mut parser) => {
                let Progress::Done { consumed } = parser.push(bytes)? else {
                    self.stage = Stage::Header(parser);
                    return Ok(());
                };
                let shards = Shards::single(parser.finish()?)?;
                let mut tensors = Box::new(Tensors::new(&self.backend, shards, 0)?);
                tensors.push(&mut self.backend, bytes.get(consumed..).unwrap_or_default())?;
                self.stage = Stage::Tensors(tensors);
                Ok(())
            }
            Stage::Tensors(mut tensors) => {
                tensors.push(&mut self.backend, bytes)?;
                self.stage = Stage::Tensors(tensors);
                Ok(())
            }
            Stage::Failed => Err(failed()),
        }
    }

    /// The loaded model, once the whole file has been pushed.
    ///
    /// # Errors
    /// [`Error::Truncated`] or [`Error::Shards`] when bytes are missing, [`Error::CannotWrite`] for an embedding model,
    /// [`Error::BadRequest`] for a context that cannot be; else what the backend fails with.
    pub fn finish(self) -> Result<Session<B>> {
        let options = self.options;
        let (backend, Header { info, graph, tokenizer, chat_template, .. }, weights) = self.whole()?;
        let Graph::Decoder(arch) = graph else { return Err(Error::CannotWrite) };
        let context = options.context.unwrap_or(info.context_length.min(DEFAULT_CONTEXT));
        if !(1..=MAX_CONTEXT).contains(&context) {
            return Err(Error::BadRequest {
                what: format!("a context of {context} is not possible; use 1 to {MAX_CONTEXT}"),
            });
        }
        let model = Model::from_weights(backend, *arch, weights, context)?;
        Ok(Session::new(model, info, tokenizer, chat_template))
    }

    /// The loaded embedding model, once the whole file has been pushed. Its window is what it was trained for.
    ///
    /// # Errors
    /// [`Error::CannotEmbed`] for a model that writes; else as [`finish`](Self::finish).
    pub fn finish_embedder(self) -> Result<Embedder<B>> {
        let (backend, Header { info, graph, tokenizer, .. }, weights) = self.whole()?;
        let Graph::Encoder(bert) = graph else { return Err(Error::CannotEmbed) };
        Ok(Embedder::new(Encoder::from_weights(backend, bert, weights)?, info, tokenizer))
    }

    /// Everything that has arrived, if it is all there.
    fn whole(self) -> Result<(B, Header, Weights<B::Weight>)> {
        let tensors = match self.stage {
            Stage::Tensors(tensors) => *tensors,
            Stage::Header(parser) => {
                parser.finish()?; // A header that is not whole says so; one that is whole has left this stage.
                return Err(Error::Truncated { missing: 1 });
            }
            Stage::Failed => return Err(failed()),
        };
        tensors.check_whole()?;
        Ok((self.backend, tensors.header, tensors.weights))
    }
}

fn no_next_file() -> Error {
    Error::BadRequest { what: "this model has no further file".to_owned() }
}

fn failed() -> Error {
    Error::BadRequest { what: "this load has failed already; begin a new one".to_owned() }
}

impl<B: Backend> Tensors<B> {
    fn new(backend: &B, shards: Shards, header_left: u64) -> Result<Self> {
        let gguf = shards.model();
        let header = info::read(gguf)?;
        if let Some(tensor) = gguf.tensors.iter().find(|tensor| !backend.supports(tensor.ty)) {
            return Err(Error::Backend(BackendError::UnsupportedType {
                tensor: tensor.name.clone(),
                ty: tensor.ty,
                backend: backend.name(),
            }));
        }
        let stacked = stacks_experts(backend, gguf, &header);
        let mut order: Vec<TensorInfo> =
            gguf.tensors.iter().flat_map(|tensor| pieces(tensor, header.wanted.get(&tensor.name), stacked)).collect();
        order.sort_by_key(|tensor| std::cmp::Reverse(tensor.offset));
        let weights = Weights::new(header.graph.name());
        let file_end = shards.files().first().map_or(0, |shard| shard.data_bytes);
        Ok(Self { shards, file: 0, header_left, file_end, header, order, at: 0, receiving: None, weights })
    }

    fn next_file(&mut self) -> Result<()> {
        self.check_file()?;
        self.file += 1;
        let Shard { data_start, data_bytes, .. } = self.shards.files().get(self.file).ok_or_else(no_next_file)?;
        self.header_left = *data_start;
        self.file_end += data_bytes;
        Ok(())
    }

    /// Fails if the file that arrives is not whole.
    fn check_file(&self) -> Result<()> {
        let missing = self.file_end - self.at;
        match self.shards.files() {
            _ if missing == 0 => Ok(()),
            [_] => Err(Error::Truncated { missing }),
            files => {
                let name = files.get(self.file).map_or_else(String::new, |shard| shard.name.clone());
                let (no, count) = (self.file as u32, files.len() as u32); // At most limits::SHARDS.
                Err(ShardError::CutShort { no, count, name, missing }.into())
            }
        }
    }

    /// Fails if anything has not arrived.
    fn check_whole(&self) -> Result<()> {
        self.check_file()?;
        let files = self.shards.files();
        match files.get(self.file + 1) {
            None => Ok(()),
            Some(next) => {
                let (no, count, name) = (self.file as u32 + 1, files.len() as u32, Some(next.name.clone()));
                Err(ShardError::Missing { no, count, name }.into())
            }
        }
    }

    fn push(&mut self, backend: &mut B, mut bytes: &[u8]) -> Result<()> {
        let header = usize::try_from(self.header_left).unwrap_or(usize::MAX).min(bytes.len());
        self.header_left -= header as u64;
        bytes = &bytes[header..];
        let data = usize::try_from(self.file_end - self.at).unwrap_or(usize::MAX).min(bytes.len());
        bytes = &bytes[..data];
        loop {
            if self.receiving.is_none() {
                let Some(info) = self.order.last() else { return Ok(()) };
                // Padding before the tensor. Offsets ascend and do not overlap: the parser has seen to it.
                let gap = info.offset.saturating_sub(self.at);
                let skip = usize::try_from(gap).unwrap_or(usize::MAX).min(bytes.len());
                bytes = &bytes[skip..];
                self.at += skip as u64;
                if gap > skip as u64 {
                    return Ok(());
                }
                let Some(info) = self.order.pop() else { return Ok(()) };
                self.receiving = Some(self.begin(backend, info)?);
            }
            let Some(receiving) = &mut self.receiving else { return Ok(()) };
            let take = usize::try_from(receiving.left).unwrap_or(usize::MAX).min(bytes.len());
            let (piece, rest) = bytes.split_at(take);
            match &mut receiving.target {
                Target::Backend(staging) => backend.write_weight(staging, piece)?,
                Target::Host(data) => data.extend_from_slice(piece),
            }
            receiving.left -= take as u64;
            self.at += take as u64;
            bytes = rest;
            if receiving.left > 0 {
                return Ok(());
            }
            if let Some(Receiving { info, target, .. }) = self.receiving.take() {
                match target {
                    Target::Backend(staging) => self.weights.insert(info.name, backend.finish_weight(staging)?),
                    Target::Host(data) => {
                        let values = to_f32(&info, &data)?;
                        self.weights.insert_host(info.name, values);
                    }
                }
            }
        }
    }

    fn begin(&self, backend: &mut B, info: TensorInfo) -> Result<Receiving<B::Staging>> {
        let on_host = self.header.wanted.get(&info.name).is_some_and(|spec| spec.place == Place::Host);
        let target = if on_host { Target::Host(Vec::new()) } else { Target::Backend(backend.begin_weight(&info)?) };
        Ok(Receiving { left: info.bytes, info, target })
    }
}

/// Whether the backend wants the experts of a model stacked: all, or none where one of their tensors does not suit it.
fn stacks_experts<B: Backend>(backend: &B, gguf: &Gguf, header: &Header) -> bool {
    let specs = gguf.tensors.iter().filter_map(|tensor| Some((tensor, header.wanted.get(&tensor.name)?)));
    let mut experts = specs.filter(|(_, spec)| matches!(spec.place, Place::Experts(_)));
    experts.all(|(tensor, spec)| backend.stacks_experts(&reshaped(tensor, spec)))
}

/// The tensor in the shape it is wanted in: without the extents of 1 that a file may add.
fn reshaped(info: &TensorInfo, spec: &TensorSpec) -> TensorInfo {
    TensorInfo { dims: spec.dims.clone(), ..info.clone() }
}

/// What a backend is given for one tensor of the file: the tensor, or its parts one after the other under its name.
/// `stacked`: experts are not taken apart.
fn pieces(info: &TensorInfo, spec: Option<&TensorSpec>, stacked: bool) -> Vec<TensorInfo> {
    let row_len = info.row_len();
    let Some(spec) = spec else { return vec![info.clone()] };
    match &spec.place {
        Place::Experts(_) if stacked => vec![reshaped(info, spec)],
        Place::Experts(experts) => parts(info, &vec![info.rows() / experts; *experts]),
        Place::Backend | Place::Host | Place::Ones => vec![reshaped(info, spec)],
        Place::Vector => vec![TensorInfo { dims: vec![row_len * info.rows()], ..info.clone() }],
        Place::Parts(rows) => parts(info, rows),
    }
}

/// So many rows each of a tensor.
fn parts(info: &TensorInfo, rows: &[usize]) -> Vec<TensorInfo> {
    let row_len = info.row_len();
    let row_bytes = info.ty.row_bytes(row_len) as u64;
    let mut offset = info.offset;
    let part = |rows: &usize| {
        let bytes = *rows as u64 * row_bytes;
        let part = TensorInfo { dims: vec![row_len, *rows], offset, bytes, ..info.clone() };
        offset += bytes;
        part
    };
    rows.iter().map(part).collect()
}

fn to_f32(info: &TensorInfo, bytes: &[u8]) -> Result<Vec<f32>> {
    let mut values = vec![0.0; info.row_len()];
    block::dequantize_row(info.ty, bytes, &mut values)
        .map_err(|error| Error::UnsupportedFeature { what: format!("'{}' of an odd shape: {error}", info.name) })?;
    Ok(values)
}
