//! The regexes of the model families, stage by stage.
//!
//! Each is written above its patterns as its authors published it (`pre_tokenizer` in a model's `tokenizer.json`); where
//! llama.cpp has to bend one to what C++'s regexes can do, the published one is followed. A final `\s+` stands where the
//! published pattern relies on unmatched text being a piece of its own.

use super::Stage;
use super::custom;
use super::pattern::{ANY, Lead, Pattern, contraction, contraction_any_case};
use super::pattern::{newlines, spaces, spaces_at_end, spaces_before_space};
use super::set::{Set, Span};
use crate::tokenizer::chars::{LETTER, LOWER, MARK, NUMBER, PUNCTUATION, SPACE, SYMBOL, UNCASED, UPPER};

const BREAKS: &[Span] = &[('\r', '\r'), ('\n', '\n')];
const BREAKS_SLASH: &[Span] = &[('\r', '\r'), ('\n', '\n'), ('/', '/')];

static SPACE_CHAR: Set = Set::of(0, &[(' ', ' ')]);
static WHITE: Set = Set::of(SPACE, &[]);
static LETTERS: Set = Set::of(LETTER, &[]);
static LETTERS_MARKS: Set = Set::of(LETTER | MARK, &[]);
static NUMBERS: Set = Set::of(NUMBER, &[]);
static DIGITS: Set = Set::of(0, &[('0', '9')]);
static LINE_BREAKS: Set = Set::of(0, BREAKS);
static LINE_BREAKS_SLASH: Set = Set::of(0, BREAKS_SLASH);
/// `[^\r\n\p{L}\p{N}]`.
static BEFORE_WORD: Set = Set::not(LETTER | NUMBER, BREAKS);
/// `[^\s\p{L}\p{N}]`.
static OTHER: Set = Set::not(SPACE | LETTER | NUMBER, &[]);
/// `[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`.
static NOT_LOWER: Set = Set::of(UPPER | UNCASED | MARK, &[]);
/// `[\p{Ll}\p{Lm}\p{Lo}\p{M}]`.
static NOT_UPPER: Set = Set::of(LOWER | UNCASED | MARK, &[]);

/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.
static GPT2_STAGE: Stage = &[
    Pattern::Rule(contraction),
    Pattern::led(&SPACE_CHAR, &LETTERS),
    Pattern::led(&SPACE_CHAR, &NUMBERS),
    Pattern::led(&SPACE_CHAR, &OTHER),
    Pattern::Rule(spaces_before_space),
    Pattern::Rule(spaces),
];

/// `\p{N}`.
static EACH_NUMBER: Stage = &[Pattern::run(&NUMBERS, 1)];
/// `\p{N}{1,3}`.
static UP_TO_3_NUMBERS: Stage = &[Pattern::run(&NUMBERS, 3)];
/// `[0-9][0-9][0-9]`.
static THREE_DIGITS: Stage = &[Pattern::Rule(three_digits)];
/// `[^\n]+|[\n]+`.
static LINES_STAGE: Stage = &[Pattern::Rule(custom::line)];

fn three_digits(text: &super::text::Text, at: usize) -> Option<usize> {
    (text.run(&DIGITS, at, 3) == at + 3).then_some(at + 3)
}

/// GPT-2.
pub(super) static GPT2: &[Stage] = &[GPT2_STAGE];

/// StarCoder, SmolLM: every digit by itself, then as GPT-2.
pub(super) static STARCODER: &[Stage] = &[EACH_NUMBER, GPT2_STAGE];

/// Falcon.
pub(super) static FALCON: &[Stage] = &[
    // [\p{P}\$\+<=>\^~\|`]+
    &[Pattern::run(
        &Set::of(PUNCTUATION, &[('$', '$'), ('+', '+'), ('<', '>'), ('^', '^'), ('~', '~'), ('|', '|'), ('`', '`')]),
        ANY,
    )],
    GPT2_STAGE,
    THREE_DIGITS,
];

/// What llama.cpp does where a file names no rule.
pub(super) static DEFAULT: &[Stage] = &[
    // [\p{P}\$\+<=>\^~\|]+
    &[Pattern::run(
        &Set::of(PUNCTUATION, &[('$', '$'), ('+', '+'), ('<', '>'), ('^', '^'), ('~', '~'), ('|', '|')]),
        ANY,
    )],
    GPT2_STAGE,
    &[Pattern::run(&NUMBERS, ANY)],
    THREE_DIGITS,
];

/// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,max}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`.
const fn gpt4(max_numbers: usize) -> [Pattern; 7] {
    [
        Pattern::Rule(contraction_any_case),
        Pattern::led(&BEFORE_WORD, &LETTERS),
        Pattern::run(&NUMBERS, max_numbers),
        Pattern::tailed(&SPACE_CHAR, &OTHER, &LINE_BREAKS, ANY),
        Pattern::Rule(newlines),
        Pattern::Rule(spaces_before_space),
        Pattern::Rule(spaces),
    ]
}

static QWEN2_STAGE: Stage = &gpt4(1);

/// Llama 3; GPT-4 itself.
pub(super) static LLAMA3: &[Stage] = &[&gpt4(3)];

/// Qwen 2.
pub(super) static QWEN2: &[Stage] = &[QWEN2_STAGE];

/// MiniCPM 5.
pub(super) static MINICPM5: &[Stage] = &[UP_TO_3_NUMBERS, &gpt4(ANY)];

/// Laguna.
pub(super) static LAGUNA: &[Stage] = &[LINES_STAGE, QWEN2_STAGE];

/// Qwen 3.5: combining marks belong to words.
/// `…|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|…`.
pub(super) static QWEN35: &[Stage] = &[&[
    Pattern::Rule(contraction_any_case),
    Pattern::led(&BEFORE_WORD, &LETTERS_MARKS),
    Pattern::run(&NUMBERS, 1),
    Pattern::tailed(&SPACE_CHAR, &Set::not(SPACE | LETTER | MARK | NUMBER, &[]), &LINE_BREAKS, ANY),
    Pattern::Rule(newlines),
    Pattern::Rule(spaces_before_space),
    Pattern::Rule(spaces),
]];

/// Jais 2: Llama 3's, but runs of spaces in powers of two.
pub(super) static JAIS2: &[Stage] = &[&[
    Pattern::Rule(contraction_any_case),
    Pattern::led(&BEFORE_WORD, &LETTERS),
    Pattern::run(&NUMBERS, 3),
    Pattern::tailed(&SPACE_CHAR, &OTHER, &LINE_BREAKS, ANY),
    Pattern::Rule(newlines),
    Pattern::Rule(custom::spaces_by_powers),
]];

/// Seed-Coder: `…|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|…`, so no line breaks after punctuation.
pub(super) static SEED_CODER: &[Stage] = &[&[
    Pattern::Rule(contraction_any_case),
    Pattern::led(&BEFORE_WORD, &LETTERS),
    Pattern::run(&NUMBERS, 1),
    Pattern::led(&SPACE_CHAR, &OTHER),
    Pattern::Rule(newlines),
    Pattern::Rule(spaces_before_space),
    Pattern::Rule(spaces),
]];

/// Ling: `'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+`. The
/// possessive quantifiers change nothing: what they hold on to is of no use to what follows.
pub(super) static BAILING: &[Stage] = QWEN2;

/// EXAONE MoE: `…|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|…`.
pub(super) static EXAONE_MOE: &[Stage] = &[&[
    Pattern::Rule(contraction_any_case),
    Pattern::Rule(custom::phrase),
    Pattern::run(&NUMBERS, 1),
    Pattern::tailed(&SPACE_CHAR, &OTHER, &LINE_BREAKS_SLASH, 1),
    Pattern::Rule(newlines),
    Pattern::Rule(spaces_before_space),
    Pattern::Rule(spaces),
]];

/// ```text
/// [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|
/// [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|
/// \p{N}{1,max}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+
/// ```
const fn gpt4o(max_numbers: usize, contraction: bool) -> [Pattern; 6] {
    [
        Pattern::Cased { lead: &BEFORE_WORD, upper: &NOT_LOWER, lower: &NOT_UPPER, contraction },
        Pattern::run(&NUMBERS, max_numbers),
        Pattern::tailed(&SPACE_CHAR, &OTHER, &LINE_BREAKS_SLASH, ANY),
        Pattern::Rule(newlines),
        Pattern::Rule(spaces_before_space),
        Pattern::Rule(spaces),
    ]
}

static GPT4O_STAGE: Stage = &gpt4o(3, true);

/// GPT-4o, Llama 4, gpt-oss.
pub(super) static GPT4O: &[Stage] = &[GPT4O_STAGE];

/// Mistral's Tekken: GPT-4o's without contractions, every digit by itself.
pub(super) static TEKKEN: &[Stage] = &[&gpt4o(1, false)];

/// Tiny Aya, Command A: numbers in groups of three from the right, then as GPT-4o.
pub(super) static TINY_AYA: &[Stage] = &[&[Pattern::Rule(custom::thousands_at_word_end)], GPT4O_STAGE];

/// Youtu: Asian scripts first, then GPT-4o's with every digit by itself.
pub(super) static YOUTU: &[Stage] = &[
    &[
        // [가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥぀-ゟ゠-ヿ]+
        Pattern::run(&Set::of(0, &[('가', '힣'), ('ㄱ', 'ㆎ')]), ANY),
        Pattern::run(
            &Set::of(
                0,
                &[
                    ('！', '！'),
                    ('…', '…'),
                    ('“', '”'),
                    ('‘', '’'),
                    ('—', '—'),
                    ('：', '；'),
                    ('，', '，'),
                    ('、', '\u{303F}'),
                    ('\u{FE30}', '\u{FE4F}'),
                ],
            ),
            ANY,
        ),
        Pattern::run(&Set::of(0, &[('ㄅ', 'ㄯ')]), ANY),
        Pattern::run(&CHINESE_JAPANESE, ANY),
    ],
    &gpt4o(1, true),
];

/// `\p{Han}`.
const HAN: &[Span] = &[
    ('\u{2E80}', '\u{2E99}'),
    ('\u{2E9B}', '\u{2EF3}'),
    ('\u{2F00}', '\u{2FD5}'),
    ('\u{3005}', '\u{3005}'),
    ('\u{3007}', '\u{3007}'),
    ('\u{3021}', '\u{3029}'),
    ('\u{3038}', '\u{303B}'),
    ('\u{3400}', '\u{4DBF}'),
    ('\u{4E00}', '\u{9FFF}'),
    ('\u{F900}', '\u{FA6D}'),
    ('\u{FA70}', '\u{FAD9}'),
    ('\u{16FE2}', '\u{16FE3}'),
    ('\u{16FF0}', '\u{16FF1}'),
    ('\u{20000}', '\u{2A6DF}'),
    ('\u{2A700}', '\u{2B739}'),
    ('\u{2B740}', '\u{2B81D}'),
    ('\u{2B820}', '\u{2CEA1}'),
    ('\u{2CEB0}', '\u{2EBE0}'),
    ('\u{2EBF0}', '\u{2EE5D}'),
    ('\u{2F800}', '\u{2FA1D}'),
    ('\u{30000}', '\u{3134A}'),
    ('\u{31350}', '\u{323AF}'),
];

static NOT_LOWER_NOR_HAN: Set = Set::of(UPPER | UNCASED | MARK, &[]).except(HAN);
static NOT_UPPER_NOR_HAN: Set = Set::of(LOWER | UNCASED | MARK, &[]).except(HAN);

/// Kimi K2: `[\p{Han}]+`, then GPT-4o's words with `&&[^\p{Han}]` in each set, and `[\r\n]*` without the slash.
pub(super) static KIMI_K2: &[Stage] = &[&[
    Pattern::run(&Set::of(0, HAN), ANY),
    Pattern::Cased { lead: &BEFORE_WORD, upper: &NOT_LOWER_NOR_HAN, lower: &NOT_UPPER_NOR_HAN, contraction: true },
    Pattern::run(&NUMBERS, 3),
    Pattern::tailed(&SPACE_CHAR, &OTHER, &LINE_BREAKS, ANY),
    Pattern::Rule(newlines),
    Pattern::Rule(spaces_before_space),
    Pattern::Rule(spaces),
]];

/// `[一-龥぀-ゟ゠-ヿ]`.
static CHINESE_JAPANESE: Set = Set::of(0, &[('一', '龥'), ('\u{3040}', 'ヿ')]);

/// ```text
/// [!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|
/// \s*[\r\n]+|\s+(?!\S)|\s+
/// ```
static DEEPSEEK3_WORDS: Stage = &[
    Pattern::Run {
        lead: Lead::Required(&Set::of(0, &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')])),
        body: &Set::of(0, &[('A', 'Z'), ('a', 'z')]),
        max: ANY,
        tail: None,
    },
    Pattern::led(&Set::not(LETTER | PUNCTUATION | SYMBOL, BREAKS), &LETTERS_MARKS),
    Pattern::tailed(&SPACE_CHAR, &Set::of(PUNCTUATION | SYMBOL, &[]), &LINE_BREAKS, ANY),
    Pattern::Rule(newlines),
    Pattern::Rule(spaces_before_space),
    Pattern::Rule(spaces),
];

/// DeepSeek V3 and R1.
pub(super) static DEEPSEEK3: &[Stage] = &[UP_TO_3_NUMBERS, &[Pattern::run(&CHINESE_JAPANESE, ANY)], DEEPSEEK3_WORDS];

/// AFMoE: numbers in groups of three from the right, Asian scripts, then DeepSeek V3's words.
pub(super) static AFMOE: &[Stage] = &[
    &[Pattern::Rule(custom::thousands)],
    &[Pattern::run(
        &Set::of(
            0,
            &[
                ('\u{4E00}', '\u{9FFF}'),
                ('\u{3400}', '\u{4DBF}'),
                ('\u{F900}', '\u{FAFF}'),
                ('\u{3040}', '\u{30FF}'),
                ('\u{FF65}', '\u{FF9F}'),
                ('\u{2F00}', '\u{2FDF}'),
                ('\u{E40}', '\u{E7F}'),
                ('\u{E80}', '\u{EFF}'),
                ('\u{1780}', '\u{17FF}'),
                ('\u{1000}', '\u{109F}'),
                ('\u{AA60}', '\u{AA7F}'),
                ('\u{A9E0}', '\u{A9FF}'),
                ('\u{AC00}', '\u{D7AF}'),
                ('\u{1100}', '\u{11FF}'),
            ],
        ),
        ANY,
    )],
    DEEPSEEK3_WORDS,
];

/// `[一-龥ࠀ-一가-퟿]`.
static DEEPSEEK_ASIAN: Set = Set::of(0, &[('\u{800}', '龥'), ('가', '\u{D7FF}')]);

/// DeepSeek LLM.
pub(super) static DEEPSEEK_LLM: &[Stage] = &[
    &[Pattern::run(&LINE_BREAKS, 1)],
    // \s?[A-Za-zµÀ-Ö…]+
    &[Pattern::led(&WHITE, &Set::of(0, super::spans::DEEPSEEK_LETTERS))],
    // \s?[!-/:-~！-／：-～‘-‟　-。]+
    &[Pattern::led(
        &WHITE,
        &Set::of(0, &[('!', '/'), (':', '~'), ('！', '／'), ('：', '～'), ('‘', '‟'), ('\u{3000}', '。')]),
    )],
    &[Pattern::Rule(spaces_at_end)],
    &[Pattern::run(&DEEPSEEK_ASIAN, ANY)],
    EACH_NUMBER,
];

/// DeepSeek Coder.
pub(super) static DEEPSEEK_CODER: &[Stage] = &[
    &[Pattern::run(&LINE_BREAKS, 1)],
    &[Pattern::led(&WHITE, &LETTERS)],
    &[Pattern::led(&WHITE, &Set::of(PUNCTUATION, &[]))],
    &[Pattern::run(&DEEPSEEK_ASIAN, ANY)],
    EACH_NUMBER,
];

/// ` ?[^(\s|.,!?…。，、।۔،)]+`, in which the bracket and the bar are characters like the others.
static BLOOM_STAGE: Stage = &[Pattern::led(
    &SPACE_CHAR,
    &Set::not(
        SPACE,
        &[
            ('(', ')'),
            ('|', '|'),
            ('.', '.'),
            (',', ','),
            ('!', '!'),
            ('?', '?'),
            ('…', '…'),
            ('。', '。'),
            ('，', '，'),
            ('、', '、'),
            ('।', '।'),
            ('۔', '۔'),
            ('،', '،'),
        ],
    ),
)];

/// BLOOM, Poro.
pub(super) static BLOOM: &[Stage] = &[BLOOM_STAGE];

/// Viking.
pub(super) static VIKING: &[Stage] = &[BLOOM_STAGE, EACH_NUMBER];

/// SuperBPE: tokens reach over words; only numbers are cut, `\p{N}+` and then `(?=(\d{3})+(?!\d))`.
pub(super) static SUPERBPE: &[Stage] = &[&[Pattern::run(&NUMBERS, ANY)], &[Pattern::Rule(custom::between_thousands)]];

/// Chameleon.
pub(super) static CHAMELEON: &[Stage] = &[
    &[Pattern::Rule(custom::sentinel)],
    &[Pattern::Rule(custom::image_token)],
    &[Pattern::Rule(custom::indent)],
    EACH_NUMBER,
    // [\p{P}!-/:-@\[-`{-~]
    &[Pattern::run(&Set::of(PUNCTUATION, &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')]), 1)],
    GPT2_STAGE,
];

/// Gemma 4: merges reach over words, but not over lines.
pub(super) static LINES: &[Stage] = &[LINES_STAGE];
