//! Filters that minijinja lacks, or whose arguments Python names otherwise.

use minijinja::value::{Kwargs, Rest, Value, ValueKind, ValueOrKwargs};
use minijinja::{Environment, Error, State, filters};

use super::arguments::named;
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
    env.add_filter("indent", indent);
    env.add_filter("center", |state: &mut State, text: String, width: Option<usize>| {
        methods::pad(state, &text, width.unwrap_or(80), ' ', methods::Side::Both)
    });
    env.add_filter("wordcount", |text: String| text.split(|c| !is_word(c)).filter(|word| !word.is_empty()).count());
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// `items | join(separator, attribute)`.
fn join(state: &mut State, items: Value, args: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let [separator, attribute] = named(&args.into_values(), ["d", "attribute"])?;
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
    const NAMES: [&str; 3] = ["case_sensitive", "by", "reverse"];
    let values = named(&args.into_values(), NAMES)?;
    let given = NAMES.into_iter().zip(values).filter_map(|(name, value)| Some((name, value?)));
    state.apply_filter("minijinja dictsort", &[mapping, Value::from(Kwargs::from_iter(given))])
}

/// `value | string`.
fn string(state: &mut State, value: Value) -> Result<Value, Error> {
    match is_float(&value) {
        true => Ok(Value::from(tojson::number(&value))),
        false => state.apply_filter("minijinja string", &[value]),
    }
}

/// `value | default(other, boolean)`.
fn default(value: &Value, args: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let [other, boolean] = named(&args.into_values(), ["default_value", "boolean"])?;
    let missing = value.is_undefined() || boolean.is_some_and(|boolean| boolean.is_true()) && !value.is_true();
    Ok(if missing { other.unwrap_or_else(|| Value::from("")) } else { value.clone() })
}

/// `value | int(default, base)`: what is no number becomes the default.
fn int(value: &Value, args: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let [default, base] = named(&args.into_values(), ["default", "base"])?;
    let base = base.map_or(Ok(10), u32::try_from)?;
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

/// `text | indent(width, first, blank)`: all lines but the first, and none that is empty, unless asked for.
fn indent(state: &mut State, text: String, args: Rest<ValueOrKwargs>) -> Result<String, Error> {
    let [width, first, blank] = named(&args.into_values(), ["width", "first", "blank"])?;
    let [first, blank] = [first, blank].map(|value| value.is_some_and(|value| value.is_true()));
    let prefix = match width.as_ref().map(|width| (width.as_str(), width.as_usize())) {
        None => methods::pad(state, "", 4, ' ', methods::Side::Left)?,
        Some((Some(prefix), _)) => prefix.to_owned(),
        Some((None, Some(width))) => methods::pad(state, "", width, ' ', methods::Side::Left)?,
        Some((None, None)) => return Err(invalid("indent: the width must be a number or a text")),
    };
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    methods::charge(state, text.matches('\n').count().saturating_mul(prefix.len()))?;
    let mut out = String::with_capacity(text.len());
    for (i, line) in text.split('\n').enumerate() {
        if i > 0 {
            out.push('\n');
        }
        let indented = if i == 0 { first } else { blank || !line.is_empty() };
        out.push_str(if indented { &prefix } else { "" });
        out.push_str(line);
    }
    Ok(out)
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
