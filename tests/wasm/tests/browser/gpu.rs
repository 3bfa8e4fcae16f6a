//! The browser's GPU, which is SwiftShader on every machine: the GPU crate's own suite, and models against another engine's
//! logits.

use std::collections::HashSet;

use wasm_bindgen_test::wasm_bindgen_test;
use wasm_chord_goldens::{Activations, Golden};
use wasm_chord_gpu::suite::devices;
use wasm_chord_gpu::{CacheType, GpuBackend, Options, Software, Tier};

use crate::{fixtures, goldens};

macro_rules! stamp {
    ($($check:ident)*) => {
        $(
            #[wasm_bindgen_test]
            async fn $check() {
                wasm_chord_gpu::suite::$check().await;
            }
        )*
    };
}

wasm_chord_gpu::each_check!(stamp);

/// With caches that round nothing, on the suite's own device, which has pipelines already.
async fn open() -> GpuBackend {
    let gpu = devices::shared(&Options { software: Software::Only, tier: Some(Tier::SUBGROUPS) }).await.unwrap();
    gpu.with_cache(CacheType::F32)
}

/// The smallest models that have among them every architecture and every type of tensors.
fn one_of_each() -> HashSet<&'static str> {
    let mut models = fixtures::GOLDENS.to_vec();
    models.sort_by_key(|(.., gguf)| gguf.len());
    let mut seen = HashSet::new();
    let mut new = |golden: &str| {
        let golden: Golden = serde_json::from_str(golden).unwrap();
        let names = golden.tensor_types.into_keys().chain([golden.arch]);
        names.fold(false, |new, name| seen.insert(name) || new)
    };
    models.into_iter().filter(|(_, golden, _)| new(golden)).map(|(name, ..)| name).collect()
}

#[wasm_bindgen_test]
async fn models_of_every_architecture_and_type_meet_their_goldens() {
    let gpu = open().await;
    let chosen = one_of_each();
    goldens::meet(|| gpu.sibling().unwrap(), Activations::F32, |name| chosen.contains(name)).await;
}

#[wasm_bindgen_test]
#[ignore = "takes minutes: for changes of the kernels, with `-- --include-ignored all_models`"]
async fn all_models_meet_their_goldens() {
    let gpu = open().await;
    goldens::meet(|| gpu.sibling().unwrap(), Activations::F32, |_| true).await;
}
