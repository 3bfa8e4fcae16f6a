//! How shards are called: `NAME-00001-of-00003.gguf`, counted from 1.

use std::fmt;

/// A file name of that form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardName {
    /// What the names of a model's shards begin with.
    pub model: String,
    /// Which shard it is, from 0.
    pub no: u32,
    /// How many there are.
    pub count: u32,
}

impl ShardName {
    /// Reads a file name; `None` where it is no shard's. What a browser adds to the second download of a name, as in
    /// `NAME-00001-of-00003 (1).gguf`, is passed over.
    pub fn parse(name: &str) -> Option<Self> {
        let stem = name.strip_suffix(".gguf")?;
        let stem = match stem.strip_suffix(')').and_then(|rest| rest.rsplit_once(" (")) {
            Some((rest, copy)) if copy.bytes().all(|byte| byte.is_ascii_digit()) => rest,
            _ => stem,
        };
        let (rest, count) = stem.rsplit_once("-of-")?;
        let (model, no) = rest.rsplit_once('-')?;
        let (no, count) = (number(no)?, number(count)?);
        let no = no.checked_sub(1).filter(|&no| no < count)?;
        Some(Self { model: model.to_owned(), no, count })
    }

    /// The name of another shard of the same model.
    #[must_use]
    pub fn with_no(&self, no: u32) -> Self {
        Self { no, ..self.clone() }
    }

    /// Whether nothing in two names says that they are of different models. A name of another form says nothing.
    pub(super) fn may_be_siblings(a: &str, b: &str) -> bool {
        match (Self::parse(a), Self::parse(b)) {
            (Some(a), Some(b)) => a.model == b.model,
            _ => true,
        }
    }
}

impl fmt::Display for ShardName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:05}-of-{:05}.gguf", self.model, self.no.saturating_add(1), self.count)
    }
}

/// Five digits, or more where there are that many shards.
fn number(text: &str) -> Option<u32> {
    (text.len() >= 5 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written() {
        let name = ShardName::parse("a-b-of-c-00002-of-00003.gguf").unwrap();
        assert_eq!(name, ShardName { model: "a-b-of-c".to_owned(), no: 1, count: 3 });
        assert_eq!(name.to_string(), "a-b-of-c-00002-of-00003.gguf");
        assert_eq!(name.with_no(0).to_string(), "a-b-of-c-00001-of-00003.gguf");
        assert_eq!(ShardName::parse("m-00002-of-00003 (1).gguf").map(|name| name.no), Some(1));
    }

    #[test]
    fn other_names_are_none_of_a_shard() {
        let others = [
            "m.gguf",
            "m-00001-of-00003",
            "m-00000-of-00003.gguf",
            "m-00004-of-00003.gguf",
            "m-1-of-3.gguf",
            "m-0000a-of-00003.gguf",
            "m-99999999999-of-99999999999.gguf",
            "00001-of-00003.gguf",
            "",
        ];
        assert_eq!(others.map(ShardName::parse), others.map(|_| None));
    }
}
