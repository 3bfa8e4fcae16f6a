//! Where minijinja is not Python: templates are written for Python's Jinja, and call methods, filters and tests that
//! minijinja does not have or has otherwise. What is not covered is listed in `tests/jinja.rs`.

mod arguments;
mod filters;
mod generators;
mod methods;
mod percent;
mod tests;
mod tojson;

use minijinja::value::{Kwargs, Rest, Value, ValueKind, ValueOrKwargs, from_args};
use minijinja::{Environment, Error, ErrorKind, Output, State, escape_formatter, functions};

use super::nesting;
pub(super) use percent::without_percent_formatting;

/// Teaches an environment Python's ways.
pub(super) fn add_to(env: &mut Environment<'_>) {
    env.set_unknown_method_callback(methods::call);
    env.set_formatter(format);
    filters::add_to(env);
    tests::add_to(env);
    generators::add_to(env);
    env.add_filter("tojson", tojson::tojson);
    env.add_function("dict", dict);
    env.add_function("namespace", namespace);
    env.add_function("cycler", |items: Rest<Value>| match items.is_empty() {
        true => Err(invalid("cycler: at least one item has to be provided")),
        false => minijinja_contrib::globals::cycler(items.0),
    });
    env.add_function("joiner", minijinja_contrib::globals::joiner);
}

/// Prints a value: floats as Python does, `1e+16` and not a row of zeros.
fn format(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    match is_float(value) {
        true => out.write_str(&tojson::number(value)).map_err(Error::from),
        false => escape_formatter(out, state, value),
    }
}

fn is_float(value: &Value) -> bool {
    value.kind() == ValueKind::Number && !value.is_integer() && f64::try_from(value.clone()).is_ok_and(f64::is_finite)
}

/// `namespace(mapping, key=value, …)`.
fn namespace(state: &mut State, args: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let attributes = dict(args)?;
    nesting::check_attribute(state, &attributes)?;
    functions::namespace(Some(attributes.into()))
}

/// `dict(mapping_or_pairs, key=value, …)`.
fn dict(args: Rest<ValueOrKwargs>) -> Result<Value, Error> {
    let args = args.into_values();
    let (args, kwargs): (&[Value], Kwargs) = from_args(&args)?;
    let mut entries: Vec<(Value, Value)> = Vec::new();
    match args {
        [] => {}
        [mapping] if mapping.kind() == ValueKind::Map => {
            for key in mapping.try_iter()? {
                entries.push((key.clone(), mapping.get_item(&key)?));
            }
        }
        [pairs] => {
            for pair in pairs.try_iter()? {
                entries.push((pair.get_item_by_index(0)?, pair.get_item_by_index(1)?));
            }
        }
        _ => return Err(Error::from(ErrorKind::TooManyArguments)),
    }
    for name in kwargs.args() {
        entries.push((Value::from(name), kwargs.get(name)?));
    }
    Ok(Value::from_pairs(entries))
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}
