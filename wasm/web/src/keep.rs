//! What is done with a stored model beside running it: its files handed back, another name, a look at every byte.

use std::rc::Rc;

use js_sys::{Function, Promise};
use tsify::{Ts, Tsify};
use wasm_bindgen::prelude::*;

use crate::blob;
use crate::engine::{Engine, State};
use crate::errors::{EngineError, describe};
use crate::events::emit_progress;
use crate::import::hash;
use crate::job::{Job, JobKind};
use crate::store::{CHUNK_BYTES, Hasher, ModelStore, StoreError, pieces};
use crate::types::{ModelRecord, VerifyResult};

#[wasm_bindgen]
impl Engine {
    /// The files of a stored model, in order. They are references to what is stored: nothing is read until somebody does.
    #[wasm_bindgen(js_name = modelFiles, unchecked_return_type = "Blob[]")]
    pub async fn model_files(&self, id: String) -> Result<js_sys::Array, EngineError> {
        let manifest = self.0.store.manifest(&id).await?;
        Ok(self.0.store.files(&id, &manifest.layout()).await?.iter().collect())
    }

    /// Gives a stored model another name.
    #[wasm_bindgen(js_name = renameModel)]
    pub async fn rename_model(&self, id: String, name: String) -> Result<Ts<ModelRecord>, EngineError> {
        let name = name.trim();
        if name.is_empty() {
            return Err(EngineError::BadRequest("a model's name has at least one letter".to_owned()));
        }
        Ok(self.0.store.change(&id, |record| record.name = name.to_owned()).await?.into_ts()?)
    }

    /// Reads every byte of a stored model and compares its digests with those that were recorded; where none were, it
    /// records them.
    #[wasm_bindgen(js_name = verifyModel, unchecked_return_type = "Promise<VerifyResult>")]
    pub fn verify_model(
        &self,
        id: String,
        #[wasm_bindgen(js_name = onProgress, unchecked_param_type = "(progress: ByteProgress) => void")]
        on_progress: Function,
    ) -> Promise {
        self.begin(JobKind::Verify, async move |engine: Rc<State>, job| {
            verify(&engine.store, &job, &id, &on_progress).await
        })
    }
}

async fn verify(store: &ModelStore, job: &Job, id: &str, on_progress: &Function) -> Result<VerifyResult, EngineError> {
    let manifest = store.manifest(id).await?;
    let layout = manifest.layout();
    let (mut done, mut digests, mut buffer) = (0, Vec::new(), Vec::new());
    emit_progress(on_progress, 0, layout.size())?;
    for file in store.files(id, &layout).await? {
        let mut hasher = Hasher::default();
        for piece in pieces(blob::size(&file), CHUNK_BYTES) {
            let read = async { hash(&blob::slice(&file, piece.start, piece.end)?, &mut hasher, &mut buffer).await };
            read.await.map_err(|error| StoreError::Damaged { what: describe(&error) })?;
            job.check()?;
            emit_progress(on_progress, done + piece.end, layout.size())?;
        }
        done += blob::size(&file);
        digests.push(hasher.finish());
    }
    let recorded = &manifest.record.digests;
    let intact = (!recorded.is_empty()).then(|| *recorded == digests);
    if intact.is_none() {
        store.change(id, |record| record.digests.clone_from(&digests)).await?;
    }
    Ok(VerifyResult { digests, intact })
}
