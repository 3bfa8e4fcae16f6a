//! What the tiles that multiply many tokens are in: which arithmetic a device is to use for weights of a format.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::device::Tier;
use crate::weight::Format;

/// What weights and activations are in a tile; each rounds more than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    /// f32: nothing is rounded.
    F32,
    /// f16: both are rounded to 11 bits.
    F16,
    /// Bytes: activations are rounded to 8 bits, 32 to a scale.
    Bytes,
}

impl Arithmetic {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Bytes => "dp4a",
        }
    }

    /// Those that a device of `tier` has for weights of `format`, the one that rounds least first. What floats stand for is
    /// not rounded.
    pub fn of(tier: Tier, format: Format) -> impl DoubleEndedIterator<Item = Self> {
        let quantized = format.is_quantized();
        let has = [(Self::F32, true), (Self::F16, tier.f16 && quantized), (Self::Bytes, tier.dp4a && quantized)];
        has.into_iter().filter(|(_, has)| *has).map(|(arithmetic, _)| arithmetic)
    }
}

/// What was found for each format; all backends on a device share it.
#[derive(Clone, Debug, Default)]
pub struct Tiles(Arc<Mutex<HashMap<Format, Arithmetic>>>);

impl Tiles {
    /// What was found for `format`, if anything was.
    pub fn get(&self, format: Format) -> Option<Arithmetic> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&format).copied()
    }

    /// Has `arithmetic` used for `format`.
    pub fn set(&self, format: Format, arithmetic: Arithmetic) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(format, arithmetic);
    }
}

/// Of what a faster arithmetic takes, as a share of what a more exact one takes, at most: no less is worth the rounding.
const CLEARLY: f64 = 0.9;

/// Which of some that were measured is to be used, the one that rounds least first, each with the milliseconds it took.
pub fn fastest(times: &[(Arithmetic, f64)]) -> Arithmetic {
    let mut best = (Arithmetic::F32, f64::INFINITY);
    for (i, (arithmetic, ms)) in times.iter().enumerate() {
        if i == 0 || *ms < CLEARLY * best.1 {
            best = (*arithmetic, *ms);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::Arithmetic::{Bytes, F16, F32};
    use super::fastest;

    #[test]
    fn rounding_has_to_pay() {
        assert_eq!(fastest(&[(F32, 10.0), (F16, 9.5), (Bytes, 9.2)]), F32);
        assert_eq!(fastest(&[(F32, 10.0), (F16, 6.0), (Bytes, 5.5)]), F16);
        assert_eq!(fastest(&[(F32, 10.0), (F16, 9.5), (Bytes, 5.0)]), Bytes);
        assert_eq!(fastest(&[(F32, 10.0), (Bytes, 20.0)]), F32);
        // A clock that stands still tells nothing.
        assert_eq!(fastest(&[(F32, 0.0), (F16, 0.0), (Bytes, 0.0)]), F32);
    }
}
