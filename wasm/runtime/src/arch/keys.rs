//! A model's hyperparameters: the metadata under its architecture's name.

use wasm_chord_core::gguf::{Array, Gguf, Value};

use crate::error::{Error, Result};

/// The metadata keys `{architecture}.…` of one file.
pub(crate) struct Keys<'a> {
    pub gguf: &'a Gguf,
    pub arch: &'a str,
}

impl Keys<'_> {
    /// The whole key for `name`, as errors spell it.
    pub fn key(&self, name: &str) -> String {
        format!("{}.{name}", self.arch)
    }

    pub fn size(&self, name: &str) -> Result<usize> {
        Ok(self.gguf.metadata.u32(&self.key(name))? as usize)
    }

    pub fn opt_size(&self, name: &str) -> Result<Option<usize>> {
        Ok(self.gguf.metadata.opt_u32(&self.key(name))?.map(|value| value as usize))
    }

    /// A length for which 0 means that there is none.
    pub fn opt_nonzero(&self, name: &str) -> Result<Option<usize>> {
        Ok(self.opt_size(name)?.filter(|value| *value > 0))
    }

    /// A finite number.
    pub fn opt_f32(&self, name: &str) -> Result<Option<f32>> {
        let value = self.gguf.metadata.opt_f32(&self.key(name))?;
        match value {
            Some(value) if !value.is_finite() => Err(Error::bad(self.key(name), value, "a finite number")),
            value => Ok(value),
        }
    }

    /// A number above 0.
    pub fn opt_positive(&self, name: &str) -> Result<Option<f32>> {
        match self.opt_f32(name)? {
            Some(value) if value <= 0.0 => Err(Error::bad(self.key(name), value, "a positive number")),
            value => Ok(value),
        }
    }

    /// A factor; 0 stands for none, as in llama.cpp.
    pub fn opt_factor(&self, name: &str) -> Result<Option<f32>> {
        match self.opt_f32(name)? {
            Some(0.0) => Ok(None),
            _ => self.opt_positive(name),
        }
    }

    pub fn opt_bool(&self, name: &str) -> Result<Option<bool>> {
        Ok(self.gguf.metadata.opt_bool(&self.key(name))?)
    }

    pub fn opt_str(&self, name: &str) -> Result<Option<&str>> {
        Ok(self.gguf.metadata.opt_str(&self.key(name))?)
    }

    /// A width that may differ from layer to layer: one number for all, or an array with one for each.
    pub fn opt_per_layer(&self, name: &str, layers: usize) -> Result<Option<Vec<usize>>> {
        let key = self.key(name);
        if !matches!(self.gguf.metadata.get(&key), Some(Value::Array(_))) {
            return Ok(self.opt_size(name)?.map(|value| vec![value; layers]));
        }
        let values = self.gguf.metadata.opt_u32s(&key)?.unwrap_or_default();
        self.one_each(&key, values.len(), layers)?;
        Ok(Some(values.into_iter().map(|value| value as usize).collect()))
    }

    /// How far each layer looks back: `attention.sliding_window` positions, or `None` for everything. The key
    /// `….sliding_window_pattern` holds a flag for each layer, or a period of which the last layer sees everything; without
    /// it the period is `period`. Without a window (0 says so as well), every layer sees everything.
    pub fn windows(&self, period: usize, layers: usize) -> Result<Vec<Option<usize>>> {
        let Some(window) = self.opt_nonzero("attention.sliding_window")? else { return Ok(vec![None; layers]) };
        let name = "attention.sliding_window_pattern";
        let key = self.key(name);
        if let Some(Value::Array(Array::Bool(flags))) = self.gguf.metadata.get(&key) {
            self.one_each(&key, flags.len(), layers)?;
            return Ok(flags.iter().map(|windowed| windowed.then_some(window)).collect());
        }
        let period = self.opt_size(name)?.unwrap_or(period);
        let windowed = |i: usize| period == 0 || i % period < period - 1;
        Ok((0..layers).map(|i| windowed(i).then_some(window)).collect())
    }

    /// Tokens that the model's makers do not want written, each once and ascending: Gemma 4's end marks of images and sound.
    /// Those outside the vocabulary say nothing.
    pub fn suppressed(&self, vocab: usize) -> Result<Vec<u32>> {
        let ids = self.gguf.metadata.opt_i32s("tokenizer.ggml.suppress_tokens")?.unwrap_or_default();
        let mut ids: Vec<u32> = ids.into_iter().filter_map(|id| id.try_into().ok()).collect();
        ids.retain(|id| (*id as usize) < vocab);
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// Fails if the file has a mixture of experts, for architectures that run without one here.
    pub fn refuse_experts(&self) -> Result<()> {
        match self.opt_nonzero("expert_count")? {
            None => Ok(()),
            Some(experts) => {
                let what = format!("{experts} experts ('{}')", self.key("expert_count"));
                Err(Error::UnsupportedFeature { what })
            }
        }
    }

    fn one_each(&self, key: &str, got: usize, layers: usize) -> Result<()> {
        if got == layers {
            return Ok(());
        }
        Err(Error::bad(key, format!("an array of {got}"), format!("one for each of {layers} layers")))
    }
}
