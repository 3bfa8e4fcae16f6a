//! Methods of strings, lists and dictionaries that `minijinja_contrib::pycompat` lacks.

use minijinja::value::{Tuple, Value, ValueKind, from_args};
use minijinja::{Error, ErrorKind, State};
use minijinja_contrib::pycompat::unknown_method_callback;

use super::arguments::named;
use super::invalid;

/// Calls `value.method(…args)`.
pub(super) fn call(state: &mut State, value: &Value, method: &str, args: &[Value]) -> Result<Value, Error> {
    let ours = match (value.kind(), value.as_str()) {
        (_, Some(text)) => string(state, text, method, args),
        (ValueKind::Seq, _) => list(value, method, args),
        (ValueKind::Map, _) if method == "copy" => from_args::<()>(args).map(|()| Some(value.clone())),
        _ => Ok(None),
    };
    match ours? {
        Some(result) => Ok(result),
        None => unknown_method_callback(state, value, method, args),
    }
}

/// A list's methods; `None` for one that is not known.
fn list(value: &Value, method: &str, args: &[Value]) -> Result<Option<Value>, Error> {
    Ok(Some(match method {
        "copy" => from_args::<()>(args).map(|()| value.clone())?,
        "index" => {
            let (wanted,): (&Value,) = from_args(args)?;
            let at = value.try_iter()?.position(|item| item == *wanted);
            Value::from(at.ok_or_else(|| invalid("index: the value is not in the list"))?)
        }
        _ => return Ok(None),
    }))
}

/// A string's methods; `None` for one that is not known.
fn string(state: &State, text: &str, method: &str, args: &[Value]) -> Result<Option<Value>, Error> {
    let chars_before = |at: usize| text.get(..at).unwrap_or_default().chars().count();
    Ok(Some(match method {
        "split" | "rsplit" => split(text, method == "rsplit", args)?,
        "partition" | "rpartition" => {
            let (separator,): (&str,) = from_args(args)?;
            let last = method == "rpartition";
            let found = if last { text.rsplit_once(separator) } else { text.split_once(separator) };
            let parts = match found.filter(|_| !separator.is_empty()) {
                Some((before, after)) => [before, separator, after],
                None if separator.is_empty() => return Err(invalid("partition: empty separator")),
                None if last => ["", "", text],
                None => [text, "", ""],
            };
            Value::from_object(Tuple::from(parts.map(Value::from)))
        }
        "index" | "rindex" => {
            let (wanted,): (&str,) = from_args(args)?;
            let at = if method == "index" { text.find(wanted) } else { text.rfind(wanted) };
            Value::from(chars_before(at.ok_or_else(|| invalid(format!("{method}: substring not found")))?))
        }
        "removeprefix" => {
            let (prefix,): (&str,) = from_args(args)?;
            Value::from(text.strip_prefix(prefix).unwrap_or(text))
        }
        "removesuffix" => {
            let (suffix,): (&str,) = from_args(args)?;
            Value::from(text.strip_suffix(suffix).unwrap_or(text))
        }
        "title" => from_args::<()>(args).map(|()| Value::from(title(text)))?,
        "casefold" => from_args::<()>(args).map(|()| Value::from(text.replace('ß', "ss").to_lowercase()))?,
        "swapcase" => {
            let () = from_args(args)?;
            let swap = |c: char| match c.is_uppercase() {
                true => c.to_lowercase().collect::<String>(),
                false => c.to_uppercase().collect(),
            };
            Value::from(text.chars().map(swap).collect::<String>())
        }
        "zfill" => {
            let (width,): (usize,) = from_args(args)?;
            let (sign, digits) = text.split_at(usize::from(text.starts_with(['+', '-'])));
            let digits = pad(state, digits, width.saturating_sub(sign.len()), '0', Side::Left)?;
            Value::from(format!("{sign}{digits}"))
        }
        "center" | "ljust" | "rjust" => {
            let (width, fill): (usize, Option<char>) = from_args(args)?;
            let side = match method {
                "center" => Side::Both,
                "ljust" => Side::Right,
                _ => Side::Left,
            };
            Value::from(pad(state, text, width, fill.unwrap_or(' '), side)?)
        }
        "expandtabs" => {
            let (size,): (Option<usize>,) = from_args(args)?;
            Value::from(expand_tabs(state, text, size.unwrap_or(8))?)
        }
        _ => return Ok(None),
    }))
}

/// `split(sep, maxsplit)` and `rsplit`: without a separator at runs of white space, none of it at the ends.
fn split(text: &str, from_right: bool, args: &[Value]) -> Result<Value, Error> {
    let [separator, limit] = named(args, ["sep", "maxsplit"])?;
    let limit = limit.map(i64::try_from).transpose()?;
    let pieces =
        limit.and_then(|limit| usize::try_from(limit).ok()).map_or(usize::MAX, |limit| limit.saturating_add(1));
    let mut parts: Vec<&str> = match separator.filter(|separator| !separator.is_none()) {
        Some(separator) => match separator.as_str().ok_or_else(|| invalid("split: the separator is not a text"))? {
            "" => return Err(invalid("split: empty separator")),
            separator if from_right => text.rsplitn(pieces, separator).collect(),
            separator => text.splitn(pieces, separator).collect(),
        },
        None => split_at_space(text, from_right, pieces),
    };
    if from_right {
        parts.reverse();
    }
    Ok(parts.into_iter().map(Value::from).collect())
}

/// At most `pieces` of them; in reverse order if they are counted from the right.
fn split_at_space(text: &str, from_right: bool, pieces: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let found = if from_right { rest.rfind(char::is_whitespace) } else { rest.find(char::is_whitespace) };
        let Some(at) = found.filter(|_| parts.len() + 1 < pieces) else {
            parts.push(rest);
            break;
        };
        let (before, after) = rest.split_at(at);
        if from_right {
            parts.push(after.trim_start());
            rest = before.trim_end();
        } else {
            parts.push(before);
            rest = after.trim_start();
        }
    }
    parts
}

/// Every run of letters begins with a capital and goes on in small letters: `they're` becomes `They'Re`.
pub(super) fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_word = false;
    for c in text.chars() {
        if in_word {
            out.extend(c.to_lowercase());
        } else {
            // Where a capital is two letters, the second is small.
            let mut capital = c.to_uppercase();
            out.extend(capital.next());
            out.extend(capital.flat_map(char::to_lowercase));
        }
        in_word = c.is_alphabetic();
    }
    out
}

/// Where a text is filled up.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Side {
    Left,
    Right,
    Both,
}

/// Fills a text up to `width` characters.
pub(super) fn pad(state: &State, text: &str, width: usize, fill: char, side: Side) -> Result<String, Error> {
    let length = text.chars().count();
    let missing = width.saturating_sub(length);
    charge(state, missing)?;
    let left = match side {
        Side::Left => missing,
        Side::Right => 0,
        // Of an odd number Python puts the one more on the left if the width is odd, else on the right.
        Side::Both => missing / 2 + (missing & width & 1),
    };
    let fill = |n: usize| std::iter::repeat_n(fill, n).collect::<String>();
    Ok(fill(left) + text + &fill(missing - left))
}

fn expand_tabs(state: &State, text: &str, size: usize) -> Result<String, Error> {
    charge(state, text.matches('\t').count().saturating_mul(size))?;
    let mut out = String::with_capacity(text.len());
    let mut column = 0;
    for c in text.chars() {
        match c {
            '\t' => {
                let width = (column / size.max(1) + 1) * size - column.min(size * (column / size.max(1) + 1));
                out.extend(std::iter::repeat_n(' ', width));
                column += width;
            }
            '\n' | '\r' => {
                column = 0;
                out.push(c);
            }
            c => {
                column += 1;
                out.push(c);
            }
        }
    }
    Ok(out)
}

/// Pays for bytes before they are made: 64 are a step, as everywhere in minijinja.
pub(super) fn charge(state: &State, bytes: usize) -> Result<(), Error> {
    state.consume_fuel((bytes / 64) as u64).map_err(|_| Error::from(ErrorKind::OutOfFuel))
}
