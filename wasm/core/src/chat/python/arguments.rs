//! Arguments as Python passes them: in order, by name, or some this way and some that.

use minijinja::value::{Kwargs, Value, from_args};
use minijinja::{Error, ErrorKind};

/// Gives each of `names` its argument, if there is one.
pub(super) fn named<const N: usize>(args: &[Value], names: [&str; N]) -> Result<[Option<Value>; N], Error> {
    let (positional, kwargs): (&[Value], Kwargs) = from_args(args)?;
    if positional.len() > N {
        return Err(Error::from(ErrorKind::TooManyArguments));
    }
    let mut values: [Option<Value>; N] = std::array::from_fn(|i| positional.get(i).cloned());
    for (value, name) in values.iter_mut().zip(names) {
        if value.is_none() && kwargs.has(name) {
            *value = Some(kwargs.get::<Value>(name)?);
        }
    }
    kwargs.assert_all_used()?;
    Ok(values)
}
