//! Standard output. Nothing else writes to it, so that `--json` gives exactly one object.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;

use crate::error::{CliError, Result};

/// Writes `value` as one line of JSON.
pub fn json(value: &impl Serialize) -> Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    serde_json::to_writer(&mut out, value).map_err(|error| CliError::Stdout(error.into()))?;
    out.write_all(b"\n").and_then(|()| out.flush()).map_err(CliError::Stdout)
}

/// Writes `text` as it is, at once.
pub fn text(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(CliError::Stdout)
}

/// Writes one line to standard error.
pub fn log(line: &str) {
    // Where nobody reads standard error there is nobody to tell of it.
    let _ = writeln!(io::stderr(), "{}", printable(line));
}

/// `text` with control characters escaped: what a file says must not drive the terminal.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let escape = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(escape).collect())
}

/// Left-aligned columns two spaces apart, the last one unpadded; every cell made [`printable`].
pub fn table(rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<Cow<str>>> = rows.iter().map(|row| row.iter().map(|cell| printable(cell)).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column| rows.iter().filter_map(|row| row.get(column)).map(|cell: &Cow<str>| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in &rows {
        for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            text.push_str(cell);
            if column + 1 < row.len() {
                let padding = width.saturating_sub(cell.chars().count()) + 2;
                text.extend(std::iter::repeat_n(' ', padding));
            }
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let rows = [vec!["a".into(), "1".into()], vec!["long".into(), "22".into()], vec!["é".into(), "3".into()]];
        assert_eq!(table(&rows), "a     1\nlong  22\né     3\n");
    }

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(printable("plain ▁é"), "plain ▁é");
        assert_eq!(printable("a\n\u{1b}[31m"), "a\\n\\u{1b}[31m");
    }
}
