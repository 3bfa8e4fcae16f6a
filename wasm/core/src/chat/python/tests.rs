//! Tests (`x is …`) that ask what Python asks.

use minijinja::Environment;
use minijinja::value::{Value, ValueKind};

pub(super) fn add_to(env: &mut Environment<'_>) {
    // `iter(x)` works; it does on what is undefined, and not on `None`.
    env.add_test("iterable", |x: &Value| x.is_undefined() || !x.is_none() && x.try_iter().is_ok());
    // Has a length and can be indexed: strings and dictionaries too.
    env.add_test("sequence", |x: &Value| matches!(x.kind(), ValueKind::Seq | ValueKind::Map | ValueKind::String));
    // Functions, macros, `cycler` and `joiner`.
    env.add_test("callable", |x: &Value| x.kind() == ValueKind::Plain);
}
