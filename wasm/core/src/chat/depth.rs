//! Refuses templates that would overflow the stack when they are compiled.
//!
//! minijinja bounds how deep brackets and blocks nest, but not how long a chain of operators is (`not not … x`, `x.a.a…`),
//! nor of `elif`, and it compiles both by recursion. With 1 MiB of stack, 1,800 links are too many.

use minijinja::machinery::{Token, tokenize};
use minijinja::syntax::SyntaxConfig;

use super::ChatError;

/// Operators in one tag. The longest tag of any known template has 25.
const OPERATORS: usize = 250;

/// `elif` tags in a template. gpt-oss has 17.
const ELIFS: usize = 250;

/// Counts both; text that is not Jinja is left for the compiler to complain about.
pub(super) fn check(source: &str, syntax: &SyntaxConfig) -> Result<(), ChatError> {
    let (mut operators, mut elifs) = (0, 0);
    let mut after_operand = false;
    for token in tokenize(source, false, syntax.clone()) {
        let Ok((token, _)) = token else { return Ok(()) };
        match &token {
            Token::VariableStart | Token::BlockStart => operators = 0,
            Token::Ident("elif") => elifs += 1,
            _ => operators += usize::from(is_link(&token, after_operand)),
        }
        if operators > OPERATORS {
            return Err(ChatError::TooDeep { what: "too many operators in one tag" });
        }
        if elifs > ELIFS {
            return Err(ChatError::TooDeep { what: "too many elif tags" });
        }
        after_operand = is_operand_end(&token);
    }
    Ok(())
}

/// Whether a token makes an expression one level deeper. Brackets do where they index or call something; where they begin
/// a list or a group, minijinja counts them itself.
fn is_link(token: &Token<'_>, after_operand: bool) -> bool {
    match token {
        Token::Ident(word) => is_keyword(word),
        Token::BracketOpen | Token::ParenOpen => after_operand,
        Token::Plus
        | Token::Minus
        | Token::Mul
        | Token::Div
        | Token::FloorDiv
        | Token::Pow
        | Token::Mod
        | Token::Dot
        | Token::Tilde
        | Token::Assign
        | Token::Pipe
        | Token::Eq
        | Token::Ne
        | Token::Gt
        | Token::Gte
        | Token::Lt
        | Token::Lte => true,
        Token::TemplateData(_)
        | Token::VariableStart
        | Token::VariableEnd
        | Token::BlockStart
        | Token::BlockEnd
        | Token::Str(_)
        | Token::String(_)
        | Token::Int(_)
        | Token::Int128(_)
        | Token::Float(_)
        | Token::Comma
        | Token::Colon
        | Token::BracketClose
        | Token::ParenClose
        | Token::BraceOpen
        | Token::BraceClose => false,
    }
}

fn is_operand_end(token: &Token<'_>) -> bool {
    match token {
        Token::Ident(word) => !is_keyword(word),
        Token::Str(_) | Token::String(_) | Token::BracketClose | Token::ParenClose | Token::BraceClose => true,
        _ => false,
    }
}

fn is_keyword(word: &str) -> bool {
    matches!(word, "not" | "and" | "or" | "if" | "else" | "in" | "is")
}
