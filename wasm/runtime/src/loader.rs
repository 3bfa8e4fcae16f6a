//! A model from a stream of bytes: the header first, then each tensor straight into the backend's memory, so that the
//! file is never held whole.

use wasm_chord_core::Backend;
use wasm_chord_core::backend::BackendError;
use wasm_chord_core::block;
use wasm_chord_core::gguf::{GgmlType, Gguf, GgufParser, Progress, TensorInfo};

use crate::arch::Weights;
use crate::error::{Error, Result};
use crate::info::{self, Header};
use crate::model::Model;
use crate::rope;
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

/// Takes a GGUF file in pieces of any size, in order.
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

/// The data section on its way in.
struct Tensors<B: Backend> {
    gguf: Gguf,
    header: Header,
    order: Vec<TensorInfo>, // by offset, the next one last
    at: u64,                // bytes of the data section so far
    receiving: Option<Receiving<B::Staging>>,
    weights: Weights<B::Weight>,
    rope_factors: Option<Vec<f32>>,
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
    /// A loader that has seen nothing yet.
    pub fn new(backend: B, options: LoadOptions) -> Self {
        Self { backend, options, stage: Stage::Header(Box::new(GgufParser::new())) }
    }

    /// The file's header, once it has arrived whole.
    pub fn header(&self) -> Option<&Gguf> {
        match &self.stage {
            Stage::Tensors(tensors) => Some(&tensors.gguf),
            Stage::Header(_) | Stage::Failed => None,
        }
    }

    /// Takes the file's next bytes. Bytes after the last tensor are passed over.
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
                let mut tensors = Box::new(Tensors::new(&self.backend, parser.finish()?)?);
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
    /// [`Error::Truncated`] when bytes are missing, [`Error::BadRequest`] for a context that cannot be; else what the
    /// backend fails with.
    pub fn finish(self) -> Result<Session<B>> {
        let tensors = match self.stage {
            Stage::Tensors(tensors) => *tensors,
            Stage::Header(parser) => {
                parser.finish()?; // A header that is not whole says so; one that is whole has left this stage.
                return Err(Error::Truncated { missing: 1 });
            }
            Stage::Failed => return Err(failed()),
        };
        let missing = tensors.gguf.data_bytes().saturating_sub(tensors.at);
        if missing > 0 {
            return Err(Error::Truncated { missing });
        }
        let Header { info, mut arch, tokenizer, chat_template, .. } = tensors.header;
        if let Some(factors) = tensors.rope_factors {
            rope::apply_factors(&mut arch.rope, &factors)?;
        }
        let context = self.options.context.unwrap_or(info.context_length.min(DEFAULT_CONTEXT));
        if !(1..=MAX_CONTEXT).contains(&context) {
            return Err(Error::BadRequest {
                what: format!("a context of {context} is not possible; use 1 to {MAX_CONTEXT}"),
            });
        }
        let model = Model::from_weights(self.backend, arch, tensors.weights, context)?;
        Ok(Session::new(model, info, tokenizer, chat_template))
    }
}

fn failed() -> Error {
    Error::BadRequest { what: "this load has failed already; begin a new one".to_owned() }
}

impl<B: Backend> Tensors<B> {
    fn new(backend: &B, gguf: Gguf) -> Result<Self> {
        let header = info::read(&gguf)?;
        if let Some(tensor) = gguf.tensors.iter().find(|tensor| !backend.supports(tensor.ty)) {
            return Err(Error::Backend(BackendError::UnsupportedType {
                tensor: tensor.name.clone(),
                ty: tensor.ty,
                backend: backend.name(),
            }));
        }
        let mut order = gguf.tensors.clone();
        order.sort_by_key(|tensor| std::cmp::Reverse(tensor.offset));
        let weights = Weights::new(header.arch.name());
        Ok(Self { gguf, header, order, at: 0, receiving: None, weights, rope_factors: None })
    }

    fn push(&mut self, backend: &mut B, mut bytes: &[u8]) -> Result<()> {
        loop {
            if self.receiving.is_none() {
                let Some(info) = self.order.last() else {
                    self.at += bytes.len() as u64;
                    return Ok(());
                };
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
                    Target::Host(data) => self.rope_factors = Some(to_f32(&info, &data)?),
                }
            }
        }
    }

    fn begin(&self, backend: &mut B, info: TensorInfo) -> Result<Receiving<B::Staging>> {
        let on_host = self.header.wanted.get(&info.name).is_some_and(|spec| spec.on_host);
        let target = if on_host { Target::Host(Vec::new()) } else { Target::Backend(backend.begin_weight(&info)?) };
        Ok(Receiving { left: info.bytes, info, target })
    }
}

fn to_f32(info: &TensorInfo, bytes: &[u8]) -> Result<Vec<f32>> {
    if info.ty != GgmlType::F32 {
        return Err(Error::UnsupportedFeature { what: format!("'{}' stored as {}", info.name, info.ty) });
    }
    let mut values = vec![0.0; info.row_len()];
    block::dequantize_row(info.ty, bytes, &mut values)
        .map_err(|error| Error::UnsupportedFeature { what: format!("'{}' of an odd shape: {error}", info.name) })?;
    Ok(values)
}
