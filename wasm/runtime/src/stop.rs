//! Stop strings over streamed text: what may be the beginning of one is held back until it is known.

/// Looks for stop strings in a stream of text.
#[derive(Clone, Debug, Default)]
pub(crate) struct StopMatcher {
    stops: Vec<String>,
    held: String,
}

impl StopMatcher {
    /// A matcher for `stops`; empty ones are passed over, as they would match everything.
    pub fn new(stops: &[String]) -> Self {
        Self { stops: stops.iter().filter(|stop| !stop.is_empty()).cloned().collect(), held: String::new() }
    }

    /// Takes the next text. Returns what is safe to show, and whether a stop string was met; it is not shown itself.
    pub fn push(&mut self, text: String) -> (String, bool) {
        if self.stops.is_empty() {
            return (text, false);
        }
        self.held.push_str(&text);
        if let Some(at) = self.stops.iter().filter_map(|stop| self.held.find(stop.as_str())).min() {
            self.held.truncate(at);
            return (std::mem::take(&mut self.held), true);
        }
        let safe = self.held.len() - self.longest_beginning();
        let rest = self.held.split_off(safe);
        (std::mem::replace(&mut self.held, rest), false)
    }

    /// What was held back, at the end of the stream.
    pub fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    /// Bytes at the end of the held text that may yet become a stop string.
    fn longest_beginning(&self) -> usize {
        let longest_of = |stop: &String| {
            stop.char_indices().map(|(at, _)| at).rev().find(|at| self.held.ends_with(&stop[..*at])).unwrap_or(0)
        };
        self.stops.iter().map(longest_of).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pushes `text` in pieces of `step` characters; the shown text, and whether it stopped.
    fn run(stops: &[&str], text: &str, step: usize) -> (String, bool) {
        let mut matcher = StopMatcher::new(&stops.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>());
        let mut shown = String::new();
        let chars: Vec<char> = text.chars().collect();
        for piece in chars.chunks(step) {
            let (safe, stopped) = matcher.push(piece.iter().collect());
            shown += &safe;
            if stopped {
                return (shown, true);
            }
        }
        (shown + &matcher.finish(), false)
    }

    #[test]
    fn finds_stops_however_the_text_is_cut() {
        for step in 1..12 {
            assert_eq!(run(&["END"], "one two END three", step), ("one two ".into(), true));
            assert_eq!(run(&["END"], "EN EEND", step), ("EN E".into(), true));
            assert_eq!(run(&["END"], "one EN", step), ("one EN".into(), false), "a beginning is shown at the end");
            assert_eq!(run(&["aab"], "aaab", step), ("a".into(), true));
            assert_eq!(run(&["\n\nUser:", "é!"], "né!\n", step), ("n".into(), true));
            assert_eq!(run(&["", "x"], "abc", step), ("abc".into(), false), "an empty stop string matches nothing");
        }
    }

    #[test]
    fn the_earliest_of_several_stops_wins() {
        assert_eq!(run(&["late", "early"], "an early and a late one", 100), ("an ".into(), true));
    }
}
