//! GGUF files: the parser in pieces, the checks of a header, and loading what passes them.

use wasm_chord_core::Reference;
use wasm_chord_core::gguf::{Gguf, GgufError, GgufParser, Progress, Shards};
use wasm_chord_runtime::{Error, LoadOptions, ModelLoader, check};

/// Runs one input: a byte that seeds how the file is cut into pieces, then the file.
///
/// # Panics
/// Pieces give another header than the whole, or a header that passes the checks comes to an error that is none of the
/// file's.
pub fn run(data: &[u8]) {
    let Some((&seed, file)) = data.split_first() else { return };
    let whole = parse(file, file.len().max(1), 0);
    let pieces = parse(file, 1 + usize::from(seed % 64), seed);
    assert_eq!(whole.as_ref().err(), pieces.as_ref().err(), "in pieces");
    let (Ok(whole), Ok(pieces)) = (whole, pieces) else { return };
    assert_eq!(whole.tensors, pieces.tensors, "in pieces");
    assert_eq!(whole.data_start, pieces.data_start, "in pieces");
    let Ok(shards) = Shards::single(whole) else { return };
    if let Err(error) = check(shards.model()) {
        assert_ne!(error.code(), "internal", "{error}");
        return;
    }
    if let Err(error) = load(file, shards) {
        assert_ne!(error.code(), "internal", "{error}");
    }
}

/// Parses in pieces of `size` bytes, or of up to as many where a `seed` is given.
fn parse(file: &[u8], size: usize, seed: u8) -> Result<Gguf, GgufError> {
    let mut parser = GgufParser::new();
    let mut rest = file;
    let mut state = u32::from(seed);
    while !rest.is_empty() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let len = if seed == 0 { size } else { 1 + (state >> 8) as usize % size };
        let (piece, after) = rest.split_at(len.min(rest.len()));
        rest = after;
        if let Progress::Done { .. } = parser.push(piece)? {
            break;
        }
    }
    parser.finish()
}

fn load(file: &[u8], shards: Shards) -> Result<(), Error> {
    let mut loader = ModelLoader::of_shards(Reference, LoadOptions { context: Some(4) }, shards)?;
    loader.push(file)?;
    loader.finish()?.model_mut().forward(&[0, 0], 0)?;
    Ok(())
}
