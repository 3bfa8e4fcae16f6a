//! `chord embed`: texts into vectors.

use serde::Serialize;
use wasm_chord_core::{Backend, Reference};
use wasm_chord_cpu::CpuBackend;

#[cfg(feature = "gpu")]
use crate::args::CacheName;
use crate::args::{BackendName, Embed};
use crate::error::Result;
use crate::{model_file, output};

/// What `--json` prints.
#[derive(Serialize)]
struct Embeddings {
    embeddings: Vec<Vec<f32>>,
}

pub fn run(args: &Embed) -> Result<()> {
    match args.backend {
        BackendName::Reference => run_on(Reference, args),
        BackendName::Cpu => run_on(CpuBackend::new(), args),
        #[cfg(feature = "gpu")]
        // A text's keys and values are forgotten when it is done with: no reason to round them.
        BackendName::Gpu | BackendName::SoftwareGpu => run_on(args.backend.gpu(Some(CacheName::F32))?, args),
    }
}

fn run_on<B: Backend + 'static>(backend: B, args: &Embed) -> Result<()> {
    let mut embedder = model_file::load_embedder(&args.model, backend)?;
    let normalise = !args.no_normalize;
    let mut embeddings = Vec::new();
    if !args.tokens.is_empty() {
        embeddings.push(embedder.embed_tokens(&args.tokens, normalise)?);
    }
    for (i, text) in args.text.iter().enumerate() {
        let embedding = embedder.embed(text, normalise)?;
        if embedding.truncated {
            let (no, window) = (i + 1, embedder.context());
            output::log(&format!(
                "chord: text {no} is longer than the model's window; its first {window} tokens count"
            ));
        }
        embeddings.push(embedding.vector);
    }
    if args.json {
        return output::json(&Embeddings { embeddings });
    }
    for vector in embeddings {
        let numbers: Vec<String> = vector.iter().map(f32::to_string).collect();
        output::text(&format!("{}\n", numbers.join(" ")))?;
    }
    Ok(())
}
