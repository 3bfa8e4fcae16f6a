//! The key-value part of a header, with getters whose errors name the key.

use std::collections::HashMap;

use super::{Array, GgufError, Value};

/// Metadata in file order.
#[derive(Clone, Debug, Default)]
pub struct Metadata {
    entries: Vec<(String, Value)>,
    index: HashMap<String, usize>,
}

type Result<T> = std::result::Result<T, GgufError>;

/// A getter that fails on a missing key, and its `opt_` twin that does not.
macro_rules! getters {
    ($($(#[$doc:meta])* $name:ident, $opt:ident: $ty:ty;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        /// The key is missing, or holds something else.
        pub fn $name(&self, key: &str) -> Result<$ty> {
            self.$opt(key)?.ok_or_else(|| GgufError::MissingKey { key: key.to_owned() })
        }
    )*};
}

impl Metadata {
    /// Adds an entry at the end.
    ///
    /// # Errors
    /// The key is there already.
    pub fn insert(&mut self, key: String, value: Value) -> Result<()> {
        if self.index.contains_key(&key) {
            return Err(GgufError::DuplicateKey { key });
        }
        self.index.insert(key.clone(), self.entries.len());
        self.entries.push((key, value));
        Ok(())
    }

    /// The value under `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.index.get(key).and_then(|&i| self.entries.get(i)).map(|(_, value)| value)
    }

    /// All entries in file order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    getters! {
        /// An integer of any width whose value fits a u32.
        u32, opt_u32: u32;
        /// An integer of any width whose value fits a u64.
        u64, opt_u64: u64;
        /// A float of either width.
        f32, opt_f32: f32;
        /// A bool.
        bool, opt_bool: bool;
        /// A string.
        str, opt_str: &str;
        /// An array of strings.
        strings, opt_strings: &[String];
        /// An array of f32.
        f32s, opt_f32s: &[f32];
        /// An array of bools.
        bools, opt_bools: &[bool];
        /// An array of integers of any width, each of which fits an i32.
        i32s, opt_i32s: Vec<i32>;
        /// An array of integers of any width, each of which fits a u32.
        u32s, opt_u32s: Vec<u32>;
    }

    /// As [`Self::u32`]; `None` where the key is missing.
    pub fn opt_u32(&self, key: &str) -> Result<Option<u32>> {
        self.opt_int(key, "u32")
    }

    /// As [`Self::u64`]; `None` where the key is missing.
    pub fn opt_u64(&self, key: &str) -> Result<Option<u64>> {
        self.opt_int(key, "u64")
    }

    /// As [`Self::f32`]; `None` where the key is missing.
    pub fn opt_f32(&self, key: &str) -> Result<Option<f32>> {
        self.opt(key, "f32", |value| match value {
            Value::F32(v) => Some(*v),
            Value::F64(v) => Some(*v as f32),
            _ => None,
        })
    }

    /// As [`Self::bool`]; `None` where the key is missing.
    pub fn opt_bool(&self, key: &str) -> Result<Option<bool>> {
        self.opt(key, "bool", |value| if let Value::Bool(v) = value { Some(*v) } else { None })
    }

    /// As [`Self::str`]; `None` where the key is missing.
    pub fn opt_str(&self, key: &str) -> Result<Option<&str>> {
        self.opt(key, "string", |value| if let Value::String(v) = value { Some(v.as_str()) } else { None })
    }

    /// As [`Self::strings`]; `None` where the key is missing.
    pub fn opt_strings(&self, key: &str) -> Result<Option<&[String]>> {
        self.opt(key, "array of string", |v| if let Value::Array(Array::String(v)) = v { Some(&v[..]) } else { None })
    }

    /// As [`Self::f32s`]; `None` where the key is missing.
    pub fn opt_f32s(&self, key: &str) -> Result<Option<&[f32]>> {
        self.opt(key, "array of f32", |v| if let Value::Array(Array::F32(v)) = v { Some(&v[..]) } else { None })
    }

    /// As [`Self::bools`]; `None` where the key is missing.
    pub fn opt_bools(&self, key: &str) -> Result<Option<&[bool]>> {
        self.opt(key, "array of bool", |v| if let Value::Array(Array::Bool(v)) = v { Some(&v[..]) } else { None })
    }

    /// As [`Self::i32s`]; `None` where the key is missing.
    pub fn opt_i32s(&self, key: &str) -> Result<Option<Vec<i32>>> {
        self.opt(key, "array of i32", |v| if let Value::Array(a) = v { a.as_ints() } else { None })
    }

    /// As [`Self::u32s`]; `None` where the key is missing.
    pub fn opt_u32s(&self, key: &str) -> Result<Option<Vec<u32>>> {
        self.opt(key, "array of u32", |v| if let Value::Array(a) = v { a.as_ints() } else { None })
    }

    fn opt<'a, T>(
        &'a self,
        key: &str,
        expected: &'static str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>> {
        let Some(value) = self.get(key) else { return Ok(None) };
        match read(value) {
            Some(read) => Ok(Some(read)),
            None => Err(GgufError::WrongType { key: key.to_owned(), expected, got: value.type_name() }),
        }
    }

    /// Converters disagree on the width of counts (u32, i32 and u64 are all in use), so any that fits is taken.
    fn opt_int<T: TryFrom<i128>>(&self, key: &str, expected: &'static str) -> Result<Option<T>> {
        let Some(value) = self.opt(key, expected, Value::as_int)? else { return Ok(None) };
        match T::try_from(value) {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(GgufError::OutOfRange { key: key.to_owned(), value: value.to_string(), expected }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(entries: &[(&str, Value)]) -> Metadata {
        let mut m = Metadata::default();
        for (key, value) in entries {
            m.insert((*key).to_owned(), value.clone()).unwrap();
        }
        m
    }

    #[test]
    fn integers_of_any_width_are_taken_if_they_fit() {
        let m = metadata(&[("a", 7u8.into()), ("b", 7i64.into()), ("c", (-1i32).into()), ("d", u64::MAX.into())]);
        assert_eq!(m.u32("a"), Ok(7));
        assert_eq!(m.u32("b"), Ok(7));
        assert!(matches!(m.u32("c"), Err(GgufError::OutOfRange { key, .. }) if key == "c"));
        assert!(matches!(m.u32("d"), Err(GgufError::OutOfRange { .. })));
        assert_eq!(m.u64("d"), Ok(u64::MAX));
    }

    #[test]
    fn errors_name_the_key_and_what_is_there() {
        let m = metadata(&[("x.y", "text".into()), ("s", vec![1u8].into())]);
        assert_eq!(m.f32("x.y").unwrap_err().to_string(), "metadata key 'x.y' should be f32 but is string");
        assert_eq!(
            m.strings("s").unwrap_err().to_string(),
            "metadata key 's' should be array of string but is array of u8"
        );
        assert_eq!(m.bool("gone").unwrap_err().to_string(), "metadata key 'gone' is missing");
        assert_eq!(m.opt_bool("gone"), Ok(None));
    }

    #[test]
    fn a_key_is_there_once() {
        let mut m = metadata(&[("k", 1u32.into())]);
        assert_eq!(m.insert("k".into(), 2u32.into()), Err(GgufError::DuplicateKey { key: "k".into() }));
        assert_eq!(m.len(), 1);
    }
}
