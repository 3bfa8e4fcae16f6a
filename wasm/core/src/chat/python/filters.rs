//! Filters that minijinja lacks, or whose arguments Python names otherwise.

use minijinja::value::{Kwargs, Rest, Value, ValueKind, ValueOrKwargs, from_args};
use minijinja::{Environment, Error, State, filters};

use super::{invalid, is_float, methods, tojson};

pub(super) fn add_to(env: &mut Environment<'_>) {
    // minijinja's own stay reachable under names that no template can write.
    env.add_filter("minijinja join", filters::join);
    env.add_filter("minijinja dictsort", filters::dictsort);
    env.add_filter("minijinja string", filters::string);
    env.add_filter("join", join);
    env.add_filter("dictsort", dictsort);
    env.add_filter("string", string);
    env.add_filter("default", default);
    env.add_filter("d", default);
    env.add_filter("int", int);
    env.add_filter("float", float);
    env.add_filter("escape", escape);
    env.add_filter("e", escape);
    env.add_filter("center", |state: &mut State, text: String, width: Option<usize>| {
        methods::pad(state, &text, width.unwrap_or(80), ' ', methods::Side::Both)
    });
    env.add_filter("wordcount", |text: String| text.split(|c| !is_word(c)).filter(|word| !word.is_empty()).count());
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// `items | join(separator, attribute)`.
fn join(
    state: &mut State,
    items: Value,
    separator: Option<Value>,
    attribute: Option<Value>,
    kwargs: Kwargs,
) -> Result<Value, Error> {
    let separator = separator.map_or_else(|| kwargs.get::<Option<Value>>("d"), |it| Ok(Some(it)))?;
    let attribute = attribute.map_or_else(|| kwargs.get::<Option<Value>>("attribute"), |it| Ok(Some(it)))?;
    kwargs.assert_all_used()?;
    let items = match attribute.filter(|attribute| !attribute.is_none()) {
        None => items,
        Some(attribute) => {
            let attribute = Kwargs::from_iter([("attribute", attribute)]);
            state.apply_filter("map", &[items, Value::from(attribute)])?
        }
    };
    state.apply_filter("minijinja join", &[items, separator.unwrap_or_else(|| Value::from(""))])
}

/// `mapping | dictsort(case_sensitive, by, reverse)`.
fn dictsort(state: &mut State, mapping: Value, args: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let args = args.into_values();
    let (args, kwargs): (&[Value], Kwargs) = from_args(&args)?;
    let mut named = Vec::new();
    for name in kwargs.args() {
        named.push((name, kwargs.get::<Value>(name)?));
    }
    named.extend(["case_sensitive", "by", "reverse"].into_iter().zip(args.iter().cloned()));
    state.apply_filter("minijinja dictsort", &[mapping, Value::from(Kwargs::from_iter(named))])
}

/// `value | string`.
fn string(state: &mut State, value: Value) -> Result<Value, Error> {
    match is_float(&value) {
        true => Ok(Value::from(tojson::number(&value))),
        false => state.apply_filter("minijinja string", &[value]),
    }
}

/// `value | default(other, boolean)`.
fn default(value: &Value, other: Option<Value>, boolean: Option<bool>, kwargs: Kwargs) -> Result<Value, Error> {
    let other = other.map_or_else(|| kwargs.get::<Option<Value>>("default_value"), |it| Ok(Some(it)))?;
    let boolean = boolean.map_or_else(|| kwargs.get::<Option<bool>>("boolean"), |it| Ok(Some(it)))?;
    kwargs.assert_all_used()?;
    let missing = value.is_undefined() || boolean == Some(true) && !value.is_true();
    Ok(if missing { other.unwrap_or_else(|| Value::from("")) } else { value.clone() })
}

/// `value | int(default, base)`: what is no number becomes the default.
fn int(value: &Value, default: Option<Value>, base: Option<u32>, kwargs: Kwargs) -> Result<Value, Error> {
    let default = default.map_or_else(|| kwargs.get::<Option<Value>>("default"), |it| Ok(Some(it)))?;
    let base = base.map_or_else(|| kwargs.get::<Option<u32>>("base"), |it| Ok(Some(it)))?.unwrap_or(10);
    kwargs.assert_all_used()?;
    let parsed = match value.as_str() {
        Some(text) => parse_int(text, base).or_else(|| text.trim().parse::<f64>().ok().and_then(truncate)),
        None if value.kind() == ValueKind::Bool => Some(i64::from(value.is_true())),
        None if value.is_integer() => return Ok(value.clone()),
        None => f64::try_from(value.clone()).ok().and_then(truncate),
    };
    Ok(parsed.map_or_else(|| default.unwrap_or_else(|| Value::from(0)), Value::from))
}

fn truncate(x: f64) -> Option<i64> {
    x.is_finite().then_some(x as i64)
}

/// Python's `int(text, base)`.
fn parse_int(text: &str, base: u32) -> Option<i64> {
    let text = text.trim().replace('_', "");
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    let prefix = match base {
        2 => "0b",
        8 => "0o",
        16 => "0x",
        _ => "",
    };
    let digits = digits.strip_prefix(prefix).unwrap_or(digits);
    let valid = (2..=36).contains(&base) && digits.starts_with(|c: char| c.is_digit(base));
    let value = valid.then(|| i64::from_str_radix(digits, base).ok()).flatten()?;
    Some(if negative { -value } else { value })
}

/// `value | float(default)`.
fn float(value: &Value, default: Option<f64>) -> f64 {
    let parsed = match value.as_str() {
        Some(text) => text.trim().parse().ok(),
        None if value.kind() == ValueKind::Bool => Some(f64::from(u8::from(value.is_true()))),
        None => f64::try_from(value.clone()).ok(),
    };
    parsed.or(default).unwrap_or(0.0)
}

/// HTML's special characters as MarkupSafe writes them.
fn escape(state: &mut State, value: Value) -> Result<Value, Error> {
    if value.is_safe() {
        return Ok(value);
    }
    let text = string(state, value)?;
    let mut out = String::new();
    for c in text.as_str().ok_or_else(|| invalid("escape: not a text"))?.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    Ok(Value::from_safe_string(out))
}
