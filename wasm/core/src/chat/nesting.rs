//! Bounds how deep a template may nest values.
//!
//! A value that holds a value that holds a value … is dropped by recursion, and minijinja has no bound on the depth: a loop
//! that wraps a list in a list some tens of thousands of times (`n.x = [n.x]`) would overflow the stack. What lives on from
//! one tag to the next was set, so every `{% set x = … %}` is made to check what it sets: the expression goes through a
//! filter that refuses what is nested too deeply. In a namespace, which is the one value that can change, there may be no
//! other namespace: else a chain of them could grow at its far end, where no check sees how long it is.

use minijinja::machinery::{Token, tokenize};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State};

/// Levels of lists in lists. Tools' schemas have about ten; `tojson` refuses more than 128.
const DEPTH: usize = 100;

/// Values that one check looks at. Lists that hold the same list twice, over and over, have more than can be counted.
const VALUES: u64 = 1 << 20;

/// What checks the value of a name, and of a namespace's attribute.
const SHALLOW: &str = "chord_shallow";
const SHALLOW_ATTRIBUTE: &str = "chord_shallow_attribute";

/// Teaches an environment the checks that [`checked`] inserts.
pub(super) fn add_to(env: &mut Environment<'_>) {
    env.add_filter(SHALLOW, |state: &mut State, value: Value| {
        check(state, &value, Namespaces::Allowed).map(|()| value)
    });
    env.add_filter(SHALLOW_ATTRIBUTE, |state: &mut State, value: Value| {
        check(state, &value, Namespaces::Refused).map(|()| value)
    });
}

/// Refuses a value that may not be an attribute of a namespace.
pub(super) fn check_attribute(state: &State, value: &Value) -> Result<(), Error> {
    check(state, value, Namespaces::Refused)
}

/// The source with a check in every `{% set NAME = VALUE %}`. What is no Jinja stays as it is.
pub(super) fn checked(source: &str, syntax: &SyntaxConfig) -> String {
    let mut out = String::with_capacity(source.len() + source.len() / 8);
    let mut copied = 0;
    let mut copy_to = |out: &mut String, end: usize| {
        out.push_str(source.get(copied..end).unwrap_or_default());
        copied = end;
    };
    let mut filter: Option<&str> = None; // of the tag that is being read, once its `=` has come
    let mut targets: Option<bool> = None; // between `set` and `=`: whether an attribute is among what is set
    let mut previous_begins_tag = false;
    for token in tokenize(source, false, syntax.clone()) {
        let Ok((token, span)) = token else { return source.to_owned() };
        match &token {
            Token::Ident("set") if previous_begins_tag => targets = Some(false),
            Token::Dot => targets = targets.map(|_| true),
            Token::Pipe => targets = None, // `{% set x | indent(width=2) %}` sets a text.
            Token::Assign => {
                if let Some(attribute) = targets.take() {
                    filter = Some(if attribute { SHALLOW_ATTRIBUTE } else { SHALLOW });
                    copy_to(&mut out, span.end_offset as usize);
                    out.push('(');
                }
            }
            Token::BlockEnd => {
                targets = None;
                if let Some(filter) = filter.take() {
                    copy_to(&mut out, span.start_offset as usize);
                    out.push_str(&format!(")|{filter} "));
                }
            }
            _ => {}
        }
        previous_begins_tag = matches!(token, Token::BlockStart);
    }
    copy_to(&mut out, source.len());
    out
}

#[derive(Clone, Copy, PartialEq)]
enum Namespaces {
    /// Their own contents were checked when they were set.
    Allowed,
    Refused,
}

fn check(state: &State, value: &Value, namespaces: Namespaces) -> Result<(), Error> {
    let mut visited = 0;
    let result = visit(value, DEPTH, namespaces, &mut visited);
    state.consume_fuel(visited / 4)?;
    result
}

fn visit(value: &Value, depth: usize, namespaces: Namespaces, visited: &mut u64) -> Result<(), Error> {
    *visited += 1;
    if *visited > VALUES {
        return Err(Error::from(ErrorKind::OutOfFuel));
    }
    let Some(depth) = depth.checked_sub(1) else {
        return Err(Error::new(ErrorKind::InvalidOperation, format!("values are nested more than {DEPTH} deep")));
    };
    match value.kind() {
        ValueKind::Map if is_namespace(value) => match namespaces {
            Namespaces::Allowed => Ok(()),
            Namespaces::Refused => {
                Err(Error::new(ErrorKind::InvalidOperation, "a namespace cannot hold another namespace"))
            }
        },
        ValueKind::Map => value.try_iter()?.try_for_each(|key| {
            visit(&key, depth, namespaces, visited)?;
            visit(&value.get_item(&key)?, depth, namespaces, visited)
        }),
        ValueKind::Seq | ValueKind::Iterable => {
            value.try_iter()?.try_for_each(|item| visit(&item, depth, namespaces, visited))
        }
        _ => Ok(()),
    }
}

/// minijinja keeps the type to itself, but not its name.
fn is_namespace(value: &Value) -> bool {
    value.as_object().is_some_and(|object| object.type_name().ends_with("::Namespace"))
}
