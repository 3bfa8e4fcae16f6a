//! The files of a Hugging Face folder.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

use serde::de::DeserializeOwned;

use super::error::{ConvertError, Result};

/// The longest text file that is read. The greatest known `tokenizer.json` has 33 MiB.
const TEXT_BYTES: u64 = 128 << 20;

/// A folder as `save_pretrained` and sentence-transformers write it.
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The folder at `path`.
    ///
    /// # Errors
    /// It is not there, or no folder.
    pub fn open(path: &Path) -> Result<Self> {
        fs::read_dir(path).map_err(|source| ConvertError::Read { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned() })
    }

    /// Where `name` is, or would be.
    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// What the folder is called.
    pub fn name(&self) -> String {
        let whole = self.path.canonicalize().unwrap_or_else(|_| self.path.clone());
        whole.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    /// The folder at `path` inside this one; `None` where the path leads elsewhere.
    pub fn inner(&self, path: &str) -> Option<Self> {
        let inside = Path::new(path).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        inside.then(|| Self { path: self.path.join(path) })
    }

    /// The files with weights: `model.safetensors`, or the parts of it, in the order of their names.
    ///
    /// # Errors
    /// There is none.
    pub fn weights(&self) -> Result<Vec<PathBuf>> {
        let read_error = |source| ConvertError::Read { path: self.path.clone(), source };
        let mut paths = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(read_error)? {
            let path = entry.map_err(read_error)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with("model") && name.ends_with(".safetensors") {
                paths.push(path);
            }
        }
        if paths.is_empty() {
            let what = "model.safetensors; weights in another format have to be saved as safetensors first";
            return Err(self.missing(what));
        }
        paths.sort();
        Ok(paths)
    }

    /// A text; `None` where there is no such file.
    pub fn text(&self, name: &str) -> Result<Option<String>> {
        let path = self.path(name);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ConvertError::Read { path, source }),
        };
        let mut text = String::new();
        match file.take(TEXT_BYTES + 1).read_to_string(&mut text) {
            Ok(_) if text.len() as u64 > TEXT_BYTES => Err(ConvertError::TooLong { path, limit: TEXT_BYTES }),
            Ok(_) => Ok(Some(text)),
            Err(source) => Err(ConvertError::Read { path, source }),
        }
    }

    /// What a JSON file holds; `None` where there is no such file.
    pub fn json<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let parse = |text: String| serde_json::from_str(&text);
        let parsed = self.text(name)?.map(parse).transpose();
        parsed.map_err(|source| ConvertError::Json { path: self.path(name), source })
    }

    /// [`ConvertError::Missing`].
    pub fn missing(&self, what: &'static str) -> ConvertError {
        ConvertError::Missing { folder: self.path.clone(), what }
    }
}
