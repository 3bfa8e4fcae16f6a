//! In Python's Jinja `map`, `select` and their kin make generators: true even when empty, without a length, and nothing
//! that `tojson` takes. minijinja makes lists of them; here they are as templates expect.

use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectExt, ObjectRepr, Rest, ValueOrKwargs};
use minijinja::{Environment, Error, State, Value, filters};

#[derive(Debug)]
struct Generator(Vec<Value>);

impl Object for Generator {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.mapped_enumerator(|this| Box::new(this.0.iter().cloned()))
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        None
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }
}

/// Replaces the filters that make generators in Python.
pub(super) fn add_to(env: &mut Environment<'_>) {
    // minijinja's own stay reachable under names that no template can write.
    env.add_filter("list of map", filters::map);
    env.add_filter("list of select", filters::select);
    env.add_filter("list of reject", filters::reject);
    env.add_filter("list of selectattr", filters::selectattr);
    env.add_filter("list of rejectattr", filters::rejectattr);
    env.add_filter("list of unique", filters::unique);
    for name in ["map", "select", "reject", "selectattr", "rejectattr", "unique"] {
        let inner = format!("list of {name}");
        env.add_filter(name, move |state: &mut State, args: Rest<ValueOrKwargs>| -> Result<Value, Error> {
            let list = state.apply_filter(&inner, &args.into_values())?;
            Ok(Value::from_object(Generator(list.try_iter()?.collect())))
        });
    }
}
