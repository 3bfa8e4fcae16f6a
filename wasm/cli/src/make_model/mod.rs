//! The project's own generator of models: small llamas whose weights are constructed or random, for tests and for a
//! demonstration, and random weights in the shapes of real models, for measuring. The same arguments give the same bytes on
//! every machine, and no model is in memory whole.

mod blocks;
mod demo;
mod metadata;
mod mixture;
mod real;
mod rng;
mod shape;
mod tiny;
mod vocab;
mod word_vocab;

use std::io::{self, Write};

use wasm_chord_core::block::{self, BlockError};
use wasm_chord_core::gguf::GgmlType;
use wasm_chord_core::gguf::write::{GgufStream, GgufWriter};

use crate::args::{ShapeName, WeightType};
use rng::SplitMix64;
use shape::{Role, Shape, Tensor};

/// Weights made at a time.
const PIECE: usize = 1 << 20;

/// A model that is yet to be written.
pub struct Model {
    shape: Shape,
    tensors: Vec<(Tensor, GgmlType)>,
    header: GgufWriter,
    weights: Weights,
}

/// Where a model's weights come from.
enum Weights {
    /// Floats, rounded to what they are stored as.
    Floats(Box<dyn Fill>),
    /// Random bits.
    Blocks(SplitMix64),
}

/// Weights as floats.
trait Fill {
    /// The weights of `tensor`, `[rows, row_len]`. Called once for each tensor, in file order.
    fn fill(&mut self, tensor: &Tensor) -> Vec<f32>;
}

/// Why a model could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file does not take it.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A shape whose rows are not whole blocks of a type; [`mixture`] sees to it that there is none.
    #[error(transparent)]
    Block(#[from] BlockError),
}

impl Model {
    /// The model `name`, its matrices stored as `ty`.
    pub fn new(name: ShapeName, ty: WeightType, seed: u64) -> Self {
        let (shape, weights) = match (name, real::shape(name)) {
            (_, Some(shape)) => (shape, Weights::Blocks(SplitMix64::new(seed))),
            (ShapeName::Demo, None) => (demo::SHAPE, Weights::Floats(Box::new(demo::Demo::new(seed)))),
            (_, None) => (tiny::SHAPE, Weights::Floats(Box::new(tiny::Random::new(seed)))),
        };
        let vocab = match (name, &weights) {
            (_, Weights::Blocks(_)) => word_vocab::vocabulary(real::family(&shape)),
            (ShapeName::Demo, _) => vocab::vocabulary(&demo::words()),
            _ => vocab::vocabulary(&[]),
        };
        let tensors: Vec<_> = shape
            .tensors(vocab.tokens.len())
            .into_iter()
            .map(|tensor| (mixture::stored_as(&tensor, &shape, ty), tensor))
            .map(|(ty, tensor)| (tensor, ty))
            .collect();
        let mut header = GgufWriter::new();
        for (key, value) in metadata::metadata(&shape, vocab, ty) {
            header = header.set(&key, value);
        }
        for (tensor, ty) in &tensors {
            header = header.announce(&tensor.name, *ty, &tensor.dims());
        }
        Self { shape, tensors, header, weights }
    }

    /// Writes it in `count` parts, or in one file; `open` gives the file of each part in turn, by its number from 0.
    ///
    /// # Errors
    /// Those of the files, and rows that their type cannot hold.
    pub fn write<W: Write>(
        mut self,
        count: Option<u16>,
        mut open: impl FnMut(u16) -> io::Result<W>,
    ) -> Result<(), WriteError> {
        let headers = count.map_or_else(|| vec![self.header.clone()], |count| self.header.split(count));
        let mut tensors = std::mem::take(&mut self.tensors).into_iter();
        for (no, header) in (0..).zip(headers) {
            let mut file = header.begin(open(no)?)?;
            while !file.is_whole() {
                let Some((tensor, ty)) = tensors.next() else { break };
                self.write_tensor(&tensor, ty, &mut file)?;
            }
            file.finish()?;
        }
        Ok(())
    }

    fn write_tensor<W: Write>(
        &mut self,
        tensor: &Tensor,
        ty: GgmlType,
        file: &mut GgufStream<W>,
    ) -> Result<(), WriteError> {
        let rng = match &mut self.weights {
            Weights::Floats(floats) => {
                for row in floats.fill(tensor).chunks(tensor.row_len) {
                    file.write(&block::quantize_row(ty, row)?)?;
                }
                return Ok(());
            }
            Weights::Blocks(rng) => rng,
        };
        if tensor.role == Role::RopeFactors {
            file.write(&block::quantize_row(ty, &real::rope_factors(&self.shape))?)?;
            return Ok(());
        }
        let (mean, std) = real::mean_and_deviation(tensor);
        let mut piece = Vec::new();
        let at_once = (PIECE / tensor.row_len).max(1);
        for row in (0..tensor.rows).step_by(at_once) {
            let rows = at_once.min(tensor.rows - row);
            piece.clear();
            blocks::append(rng, ty, rows * tensor.row_len, mean, std, &mut piece)?;
            file.write(&piece)?;
        }
        Ok(())
    }
}
