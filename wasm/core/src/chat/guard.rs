//! Keeps what people write from becoming structure.
//!
//! A template mixes its own words with those of messages, and only the finished text is tokenised. To know afterwards
//! whose words are whose, the characters of messages that a control token could be made of are replaced, one for one, by
//! private-use characters that occur nowhere else. The template runs; then each is turned back, and the places where they
//! stood are the untrusted stretches: a control token that touches one is not recognised there.
//!
//! Which characters: the first and the last of every structural token (`<` and `>`, mostly). So a token that is spelt
//! wholly or partly by a message, or that comes about when a template cuts something out of one, has a replaced character
//! in it. One case is left, that a template writes both ends itself around a message (`'<|' + content + '|>'`); there the
//! message is a part of a token's text, and its first character is replaced. Letters and spaces stay what they are, so
//! templates trim, compare and count as ever; so do tags that the template itself looks for (`</think>`).

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use serde_json::Value;

/// The first private-use character that may stand in: planes 15 and 16 hold nothing else.
const STAND_INS: std::ops::RangeInclusive<char> = '\u{F0000}'..='\u{10FFFD}';

/// Roles that templates paste into their markers; they are the program's words, not the user's.
const ROLES: [&str; 7] = ["system", "user", "assistant", "tool", "developer", "ipython", "function"];

/// Variables that are tokens, and meant to be.
const TOKENS: [&str; 2] = ["bos_token", "eos_token"];

/// What must not be made out of messages, for one template and vocabulary.
#[derive(Debug)]
pub(super) struct Guard<'a> {
    structural: HashSet<&'a str>,
    /// Characters that a structural token begins or ends with.
    edges: HashSet<char>,
    /// Structural tokens with an edge that is a letter, a digit or a space: replacing that everywhere would change what
    /// templates see, so only where such a token is spelt out.
    uncovered: Vec<&'a str>,
    /// Tags in the template's source that it may look for in messages.
    tags: HashSet<&'a str>,
}

/// The characters that stand in for others, for one conversation.
#[derive(Debug, Default)]
pub(super) struct StandIns {
    free: Vec<char>, // taken from the end
    by_original: HashMap<char, char>,
    originals: HashMap<char, char>,
}

impl<'a> Guard<'a> {
    pub(super) fn new(structural: impl Iterator<Item = &'a str>, source: &'a str) -> Self {
        let structural: HashSet<&str> = structural.filter(|text| !text.is_empty()).collect();
        let coverable = |c: &char| !c.is_alphanumeric() && !c.is_whitespace();
        let ends = |text: &str| [text.chars().next(), text.chars().next_back()];
        let edges = structural.iter().flat_map(|text| ends(text)).flatten().filter(coverable).collect::<HashSet<_>>();
        let uncovered = structural.iter().filter(|text| ends(text).iter().flatten().any(|c| !coverable(c)));
        let tags = tags(source).into_iter().filter(|tag| !structural.contains(tag)).collect();
        Self { uncovered: uncovered.copied().collect(), edges, tags, structural }
    }

    /// Replaces what is dangerous in every string of a template's context.
    pub(super) fn disarm(&self, context: &mut Value, stand_ins: &mut StandIns) {
        let Value::Object(variables) = context else { return };
        for (name, value) in variables.iter_mut() {
            if !TOKENS.contains(&name.as_str()) {
                self.disarm_value(value, name, stand_ins);
            }
        }
    }

    /// `key` is what the value is called, or the list that it is in.
    fn disarm_value(&self, value: &mut Value, key: &str, stand_ins: &mut StandIns) {
        match value {
            Value::String(role) if key == "role" && ROLES.contains(&role.as_str()) => {}
            Value::String(text) => {
                // Templates compare other strings with words of their own; a part of a token may be among them.
                let whole = matches!(key, "content" | "text" | "role");
                if let Some(safe) = self.disarm_text(text, whole, stand_ins) {
                    *text = safe;
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.disarm_value(item, key, stand_ins)),
            Value::Object(entries) => {
                entries.iter_mut().for_each(|(key, item)| self.disarm_value(item, key, stand_ins));
                if entries.keys().any(|key| self.is_dangerous(key)) {
                    let safe = std::mem::take(entries).into_iter().map(|(key, item)| {
                        let safe = self.disarm_text(&key, false, stand_ins);
                        (safe.unwrap_or(key), item)
                    });
                    *entries = safe.collect();
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// A key is a word of the program's unless it has a marker's characters in it.
    fn is_dangerous(&self, key: &str) -> bool {
        key.chars().any(|c| self.edges.contains(&c)) || self.uncovered.iter().any(|token| key.contains(token))
    }

    /// `text` with its dangerous characters replaced; `None` if it has none. `whole`: it may be the inside of a token that
    /// the template writes the ends of.
    fn disarm_text(&self, text: &str, whole: bool, stand_ins: &mut StandIns) -> Option<String> {
        let mut places = BTreeSet::new();
        let mut skip = 0;
        for (at, c) in text.char_indices() {
            if at < skip || !self.edges.contains(&c) {
                continue;
            }
            match tag_at(text, at).filter(|tag| self.tags.contains(tag)) {
                Some(tag) => skip = at + tag.len(),
                None => _ = places.insert(at),
            }
        }
        for token in &self.uncovered {
            places.extend(text.match_indices(token).map(|(at, _)| at));
        }
        let trimmed = text.trim();
        if whole && !trimmed.is_empty() && self.structural.iter().any(|token| token.contains(trimmed)) {
            places.insert(text.len() - text.trim_start().len());
        }
        if places.is_empty() {
            return None;
        }
        Some(text.char_indices().map(|(at, c)| if places.contains(&at) { stand_ins.take(c) } else { c }).collect())
    }
}

impl StandIns {
    /// Private-use characters that occur neither in a template's source nor in what it is given.
    pub(super) fn unused_in(source: &str, context: &Value) -> Self {
        let mut used = HashSet::new();
        note_used(source, &mut used);
        note_used_in(context, &mut used);
        // More than the distinct first and last characters of any vocabulary's control tokens.
        let free = STAND_INS.filter(|c| !used.contains(c)).take(4096).collect();
        Self { free, ..Self::default() }
    }

    /// What stands in for `c`. With none left it is dropped: U+FFFD is no part of a token.
    fn take(&mut self, c: char) -> char {
        if let Some(&stand_in) = self.by_original.get(&c) {
            return stand_in;
        }
        let Some(stand_in) = self.free.pop() else { return char::REPLACEMENT_CHARACTER };
        self.by_original.insert(c, stand_in);
        self.originals.insert(stand_in, c);
        stand_in
    }

    /// Turns the stand-ins back and says where they stood.
    pub(super) fn restore(&self, text: &str) -> (String, Vec<Range<usize>>) {
        let mut out = String::with_capacity(text.len());
        let mut places: Vec<Range<usize>> = Vec::new();
        for c in text.chars() {
            let start = out.len();
            match self.originals.get(&c) {
                None => out.push(c),
                Some(&original) => {
                    out.push(original);
                    match places.last_mut() {
                        Some(last) if last.end == start => last.end = out.len(),
                        _ => places.push(start..out.len()),
                    }
                }
            }
        }
        (out, places)
    }
}

fn note_used(text: &str, used: &mut HashSet<char>) {
    used.extend(text.chars().filter(|c| STAND_INS.contains(c)));
}

fn note_used_in(value: &Value, used: &mut HashSet<char>) {
    match value {
        Value::String(text) => note_used(text, used),
        Value::Array(items) => items.iter().for_each(|item| note_used_in(item, used)),
        Value::Object(entries) => entries.iter().for_each(|(key, item)| {
            note_used(key, used);
            note_used_in(item, used);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The tag (`<…>` or `[…]`) that begins at `at`: short, and without another bracket in it.
fn tag_at(text: &str, at: usize) -> Option<&str> {
    let rest = text.get(at..)?;
    let close = match rest.chars().next()? {
        '<' => '>',
        '[' => ']',
        _ => return None,
    };
    // Counted in characters, so that hostile text of open brackets is not scanned to its end for each.
    let (end, last) = rest.char_indices().skip(1).take(64).find(|(_, c)| "<>[]".contains(*c))?;
    if last == close { rest.get(..=end) } else { None }
}

fn tags(source: &str) -> Vec<&str> {
    source.match_indices(['<', '[']).filter_map(|(at, _)| tag_at(source, at)).collect()
}
