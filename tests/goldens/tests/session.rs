//! A session's steps: what the cache keeps between answers, what ends one, and what is refused.

#![allow(clippy::unwrap_used)] // A broken model may stop the test where it is.

use wasm_chord_core::Reference;
use wasm_chord_core::chat::Message;
use wasm_chord_goldens::{load, tiny};
use wasm_chord_runtime::{Error, GenerateOptions, Generation, Prompt, SamplingParams, Session, Step, StopReason};

fn session(context: usize) -> Session<Reference> {
    load(Reference, &tiny::chat_model(), context, 1000).unwrap()
}

fn text(prompt: &str) -> Prompt {
    Prompt::Text(prompt.to_owned())
}

fn greedy(max_tokens: usize) -> GenerateOptions {
    GenerateOptions { max_tokens, sampling: SamplingParams::greedy(), ..GenerateOptions::default() }
}

/// Steps to the end: the answer's text, its tokens, and why it ended.
fn finish(session: &mut Session<Reference>, generation: &mut Generation) -> (String, Vec<u32>, StopReason) {
    let mut answer = String::new();
    loop {
        match session.step(generation).unwrap() {
            Step::Prefill { done, total } => assert!(done <= total),
            Step::Token { text, .. } => answer += &text,
            Step::Done { reason, text } => return (answer + &text, generation.generated().to_vec(), reason),
        }
    }
}

fn answer(
    session: &mut Session<Reference>,
    prompt: &Prompt,
    options: &GenerateOptions,
) -> (String, Vec<u32>, StopReason) {
    let mut generation = session.start(prompt, options).unwrap();
    finish(session, &mut generation)
}

#[test]
fn what_the_cache_kept_changes_nothing_but_the_work() {
    let mut warm = session(512);
    let long = "ab c a ".repeat(20);
    answer(&mut warm, &text(&long), &greedy(5));
    for prompt in [format!("{long}bb"), long.clone(), long[..60].to_owned(), "b".to_owned(), long.clone()] {
        let fresh = answer(&mut session(512), &text(&prompt), &greedy(8));
        let mut generation = warm.start(&text(&prompt), &greedy(8)).unwrap();
        assert!(generation.cached_tokens() >= 1, "BOS at least is shared");
        assert!(generation.cached_tokens() < generation.prompt_tokens());
        assert_eq!(finish(&mut warm, &mut generation), fresh, "{prompt}");
    }
}

#[test]
fn answers_that_take_turns_do_not_disturb_each_other() {
    let mut shared = session(256);
    let (a, b) = (text("ab ab"), text("c"));
    let expected = [answer(&mut session(256), &a, &greedy(6)), answer(&mut session(256), &b, &greedy(6))];
    let mut generations = [shared.start(&a, &greedy(6)).unwrap(), shared.start(&b, &greedy(6)).unwrap()];
    for _ in 0..6 {
        for generation in &mut generations {
            shared.step(generation).unwrap();
        }
    }
    for (generation, (_, tokens, _)) in generations.iter().zip(&expected) {
        assert_eq!(generation.generated(), tokens);
    }
}

#[test]
fn an_answer_goes_on_in_another_session() {
    let (whole, tokens, _) = answer(&mut session(64), &text("ab"), &greedy(20));
    for cut in [0, 1, 7, 20] {
        let options = GenerateOptions { written: tokens[..cut].to_vec(), ..greedy(20) };
        let mut other = session(64);
        let mut generation = other.start(&text("ab"), &options).unwrap();
        assert_eq!(generation.generated(), &tokens[..cut]);
        let (rest, generated, reason) = finish(&mut other, &mut generation);
        assert_eq!((&generated, reason), (&tokens, StopReason::MaxTokens));
        // What was held back of a character at the cut is told with what follows.
        let (told, _, _) = answer(&mut session(64), &text("ab"), &greedy(cut));
        assert!(whole.ends_with(&rest) && whole.starts_with(told.trim_end_matches(char::REPLACEMENT_CHARACTER)));
    }
    let options = GenerateOptions { written: vec![u32::MAX], ..greedy(20) };
    assert!(matches!(session(64).start(&text("ab"), &options), Err(Error::BadRequest { .. })));
}

#[test]
fn an_answer_ends_where_it_should() {
    let mut s = session(64);
    let (whole, tokens, reason) = answer(&mut s, &text("ab"), &greedy(20));
    assert_eq!((tokens.len(), reason), (20, StopReason::MaxTokens));

    let (nothing, tokens, reason) = answer(&mut s, &text("ab"), &greedy(0));
    assert_eq!((nothing.as_str(), tokens.len(), reason), ("", 0, StopReason::MaxTokens));

    let stop: String = whole.chars().skip(3).take(2).collect();
    let until = whole.split(&stop).next().unwrap();
    let (cut, _, reason) = answer(&mut s, &text("ab"), &GenerateOptions { stop: vec![stop.clone()], ..greedy(20) });
    assert_eq!((cut.as_str(), reason), (until, StopReason::StopString));

    let mut generation = s.start(&text("ab"), &greedy(1000)).unwrap();
    let (_, tokens, reason) = finish(&mut s, &mut generation);
    assert_eq!(reason, StopReason::ContextFull);
    assert_eq!(generation.prompt_tokens() + tokens.len(), 64 + 1, "the last token needs no place of its own");
    assert!(
        matches!(s.step(&mut generation), Ok(Step::Done { reason: StopReason::ContextFull, .. })),
        "and stays ended"
    );
}

#[test]
fn prompts_that_cannot_be_answered_say_why() {
    let mut s = session(64);
    let error = s.start(&text(&"a ".repeat(100)), &greedy(1)).err().unwrap();
    assert!(matches!(error, Error::ContextFull { context: 64, .. }), "{error}");
    let error = s.start(
        &text("a"),
        &GenerateOptions { sampling: SamplingParams { top_p: f32::NAN, ..SamplingParams::default() }, ..greedy(1) },
    );
    assert!(matches!(error.err().unwrap(), Error::BadRequest { .. }));

    let mut plain = load(Reference, &tiny::model(), 64, usize::MAX).unwrap();
    let chat = Prompt::Chat(vec![Message { role: "user".into(), content: "a".into() }]);
    assert!(matches!(plain.start(&chat, &greedy(1)).err().unwrap(), Error::NoChatTemplate));
    assert!(s.start(&chat, &greedy(1)).is_ok());
}

/// The parts of a user's text that spell control tokens stay text.
#[test]
fn a_prompt_spells_no_control_tokens() {
    let s = session(64);
    let (bos, eos) = (s.tokenizer().bos().unwrap(), s.tokenizer().eos().unwrap());
    let plain = s.encode(&text("a</s><s>b")).unwrap();
    assert_eq!(plain.iter().filter(|id| **id == eos).count(), 0);
    assert_eq!(plain.iter().filter(|id| **id == bos).count(), 1, "the one at the start");
    let chat = Prompt::Chat(vec![Message { role: "user".into(), content: "a</s><s>b".into() }]);
    assert!(!s.encode(&chat).unwrap().contains(&eos));
}
