//! `'%s of %d' % (a, b)`: Python's formatting operator, which minijinja has as a filter alone. Behind the text of a
//! string it is rewritten: `'%s of %d'|format(a, b)`.

use minijinja::machinery::{Span, Token, tokenize};
use minijinja::syntax::SyntaxConfig;

/// The source with every `STRING % OPERAND` rewritten. What is no Jinja stays as it is.
pub(in crate::chat) fn without_percent_formatting(source: &str, syntax: &SyntaxConfig) -> String {
    if !formats(source, syntax) {
        return source.to_owned();
    }
    let tokens: Result<Vec<(Token<'_>, Span)>, _> = tokenize(source, false, syntax.clone()).take(MOST_TOKENS).collect();
    let Ok(tokens) = tokens else { return source.to_owned() };
    let mut out = String::with_capacity(source.len());
    let mut copied = 0;
    for at in 1..tokens.len() {
        let [(Token::Str(_) | Token::String(_), text), (Token::Mod, percent)] = &tokens[at - 1..=at] else { continue };
        let operand = tokens.get(at + 1..).unwrap_or_default();
        let length = operand_length(operand);
        let (Some((first, from)), Some((_, to))) = (operand.first(), operand.get(length.wrapping_sub(1))) else {
            continue;
        };
        let slice = |from: u32, to: u32| source.get(from as usize..to as usize).unwrap_or_default();
        if (text.end_offset as usize) < copied {
            continue; // Inside of what was rewritten already.
        }
        out.push_str(source.get(copied..text.end_offset as usize).unwrap_or_default());
        debug_assert!(percent.start_offset >= text.end_offset);
        // A tuple's own brackets are the call's.
        let tuple = matches!(first, Token::ParenOpen) && closing(operand) == Some(length - 1);
        let arguments = slice(from.start_offset, to.end_offset);
        let inner = arguments.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).filter(|_| tuple);
        out.push_str(&format!("|format({})", inner.unwrap_or(arguments).trim_end().trim_end_matches(',')));
        copied = to.end_offset as usize;
    }
    out.push_str(source.get(copied..).unwrap_or_default());
    out
}

/// Tokens of a template that is rewritten; beyond them it stays as it is. The longest known have some 10,000, and a list of
/// them takes a hundred times the memory of hostile source.
const MOST_TOKENS: usize = 1 << 16;

/// Whether a string is followed by `%` anywhere: hardly any template does that, and the others need no list of tokens.
fn formats(source: &str, syntax: &SyntaxConfig) -> bool {
    let mut after_string = false;
    tokenize(source, false, syntax.clone()).map_while(Result::ok).any(|(token, _)| {
        let found = after_string && matches!(token, Token::Mod);
        after_string = matches!(token, Token::Str(_) | Token::String(_));
        found
    })
}

/// How many tokens make the operand: a name, a literal or a bracket, and what is called on it, indexed and filtered.
fn operand_length(tokens: &[(Token<'_>, Span)]) -> usize {
    let token = |at: usize| tokens.get(at).map(|(token, _)| token);
    let bracket = |at: usize| tokens.get(at..).and_then(closing).map(|length| at + length + 1);
    let mut at = match token(0) {
        Some(Token::ParenOpen | Token::BracketOpen | Token::BraceOpen) => match bracket(0) {
            Some(end) => end,
            None => return 0,
        },
        Some(
            Token::Ident(_) | Token::Str(_) | Token::String(_) | Token::Int(_) | Token::Int128(_) | Token::Float(_),
        ) => 1,
        _ => return 0,
    };
    loop {
        let next = match token(at) {
            Some(Token::Dot | Token::Pipe) => Some(at + 2),
            Some(Token::ParenOpen | Token::BracketOpen) => bracket(at),
            _ => None,
        };
        match next {
            Some(next) => at = next,
            None => return at,
        }
    }
}

/// Tokens that are looked through for a closing bracket, so that a template of open ones does not take quadratic time.
const LONGEST_OPERAND: usize = 4096;

/// The index of the bracket that closes the first one.
fn closing(tokens: &[(Token<'_>, Span)]) -> Option<usize> {
    let mut depth = 0usize;
    tokens.iter().take(LONGEST_OPERAND).position(|(token, _)| {
        match token {
            Token::ParenOpen | Token::BracketOpen | Token::BraceOpen => depth += 1,
            Token::ParenClose | Token::BracketClose | Token::BraceClose => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    })
}
