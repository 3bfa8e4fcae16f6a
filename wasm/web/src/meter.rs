//! The figures of one answer. Knows no clock: the caller says what time it is, in milliseconds.

/// When things happened on the way to an answer.
#[derive(Debug)]
pub(crate) struct Meter {
    started: f64,
    first_token: Option<f64>,
    last_token: f64,
    tokens: u32,
}

impl Meter {
    pub(crate) fn start(now: f64) -> Self {
        Self { started: now, first_token: None, last_token: now, tokens: 0 }
    }

    /// A token was generated; how many that makes.
    pub(crate) fn token(&mut self, now: f64) -> u32 {
        self.first_token.get_or_insert(now);
        self.last_token = now;
        self.tokens += 1;
        self.tokens
    }

    pub(crate) fn first_token_ms(&self) -> f64 {
        self.first_token.map_or(0.0, |at| at - self.started)
    }

    /// `read` prompt tokens a second: the step that reads the last of them brings the first token of the answer.
    pub(crate) fn prefill_rate(&self, read: u32) -> f64 {
        rate(read, self.first_token_ms())
    }

    /// Tokens a second after the first, whose wait is the prompt's.
    pub(crate) fn decode_rate(&self) -> f64 {
        self.first_token.map_or(0.0, |first| rate(self.tokens.saturating_sub(1), self.last_token - first))
    }
}

/// Events a second; 0 when there is nothing to divide.
fn rate(count: u32, ms: f64) -> f64 {
    if ms > 0.0 { f64::from(count) * 1000.0 / ms } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_follow_from_the_times() {
        let mut meter = Meter::start(100.0);
        for (i, now) in [200.0, 250.0, 300.0].into_iter().enumerate() {
            assert_eq!(meter.token(now), i as u32 + 1);
        }
        assert_eq!(meter.prefill_rate(20), 200.0);
        assert_eq!(meter.decode_rate(), 20.0);
        assert_eq!(meter.first_token_ms(), 100.0);
    }

    #[test]
    fn an_answer_without_tokens_has_no_rates() {
        let meter = Meter::start(5.0);
        assert_eq!((meter.prefill_rate(3), meter.decode_rate(), meter.first_token_ms()), (0.0, 0.0, 0.0));
    }
}
