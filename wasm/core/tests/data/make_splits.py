"""Writes splits.json: how Hugging Face's tokenizers cut random texts with the regexes that models publish.

    pip install tokenizers==0.23.3
    python make_splits.py [TEXTS [SEED [OUT]]]

For each rule: the name under which `tokenizer.ggml.pre` has it, and for each text the lengths of its pieces in characters.
The committed file has 40 texts; to test with more, write another and name it in CHORD_SPLITS.
"""

import json
import random
import sys
import unicodedata
from pathlib import Path

from tokenizers import Regex
from tokenizers.pre_tokenizers import Sequence, Split

# The regexes as they stand in each model's tokenizer.json, one a stage.
CONTRACTION = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
SPACES = r"\s*[\r\n]+|\s+(?!\S)|\s+"
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"


def gpt4(numbers):
    return CONTRACTION + r"|[^\r\n\p{L}\p{N}]?\p{L}+|" + numbers + r"| ?[^\s\p{L}\p{N}]+[\r\n]*|" + SPACES


def gpt4o(numbers, suffix, upper=UPPER, lower=LOWER, head="", tail=r"[\r\n/]*"):
    lead = r"[^\r\n\p{L}\p{N}]?"
    words = f"{lead}{upper}*{lower}+{suffix}|{lead}{upper}+{lower}*{suffix}|"
    return head + words + numbers + r"| ?[^\s\p{L}\p{N}]+" + tail + "|" + SPACES


DEEPSEEK_ASIAN = "[一-龥ࠀ-一가-퟿]+"
DEEPSEEK_LETTERS = (
    "\\s?[A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF\u01C4-\u0293\u0295-\u02AF"
    "\u0370-\u0373\u0376\u0377\u037B-\u037D\u037F\u0386\u0388-\u038A\u038C\u038E-\u03A1\u03A3-\u03F5"
    "\u03F7-\u0481\u048A-\u052F\u0531-\u0556\u10A0-\u10C5\u13A0-\u13F5\u13F8-\u13FD\u1C90-\u1CBA\u1CBD-"
    "\u1CBF\u1D00-\u1D2B\u1D6B-\u1D77\u1D79-\u1D9A\u1E00-\u1F15\u1F18-\u1F1D\u1F20-\u1F45\u1F48-\u1F4D"
    "\u1F50-\u1F57\u1F59\u1F5B\u1F5D\u1F5F-\u1F7D\u1F80-\u1FB4\u1FB6-\u1FBC\u1FBE\u1FC2-\u1FC4\u1FC6-"
    "\u1FCC\u1FD0-\u1FD3\u1FD6-\u1FDB\u1FE0-\u1FEC\u1FF2-\u1FF4\u1FF6-\u1FFC\u2102\u2107\u210A-\u2113"
    "\u2115\u2119-\u211D\u2124\u2126\u2128\u212A-\u212D\u212F-\u2134\u2139\u213C-\u213F\u2145-\u2149"
    "\u214E\u2183\u2184\u2C00-\u2C7B\u2C7E-\u2CE4\u2CEB-\u2CEE\u2CF2\u2CF3\uA640-\uA66D\uA680-\uA69B"
    "\uA722-\uA76F\uA771-\uA787\uA78B-\uA78E\uAB70-\uABBF\uFB00-\uFB06\uFB13-\uFB17\uFF21-\uFF3A\uFF41-"
    "\uFF5A\U00010400-\U0001044F\U000104B0-\U000104D3\U000104D8-\U000104FB\U00010C80-\U00010CB2"
    "\U00010CC0-\U00010CF2\U000118A0-\U000118DF\U0001E900-\U0001E943]+"
)
DEEPSEEK3 = (
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|" + SPACES
)
HAN = r"&&[^\p{Han}]]"
BLOOM = r" ?[^(\s|.,!?…。，、।۔،)]+"

RULES = {
    "gpt-2": [GPT2],
    "starcoder": [r"\p{N}", GPT2],
    # Published as `Punctuation`, whose table of Unicode is older than Oniguruma's; else it is this.
    "falcon": [r"[\p{P}\$\+<=>\^~\|`]+", GPT2, "[0-9][0-9][0-9]"],
    "default": [r"[\p{P}\$\+<=>\^~\|]+", GPT2, r"\p{N}+", "[0-9][0-9][0-9]"],
    "llama-bpe": [gpt4(r"\p{N}{1,3}")],
    "qwen2": [gpt4(r"\p{N}")],
    "minicpm5": [r"\p{N}{1,3}", gpt4(r"\p{N}+")],
    "laguna": [r"[^\n]+|[\n]+", gpt4(r"\p{N}")],
    "qwen35": [
        CONTRACTION
        + r"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|"
        + SPACES
    ],
    "jais-2": [
        CONTRACTION
        + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
        + "".join(r"|\s{%d}(?!\S)" % n for n in (512, 256, 128, 64, 32, 16, 8, 4))
        + r"|\s{1,2}(?!\S)|\s{1}"
    ],
    "seed-coder": [
        CONTRACTION + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|" + SPACES
    ],
    "bailingmoe": [
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"
    ],
    "exaone-moe": [
        CONTRACTION
        + r"|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+"
    ],
    "gpt-4o": [gpt4o(r"\p{N}{1,3}", CONTRACTION + "?")],
    "tekken": [gpt4o(r"\p{N}", "")],
    "tiny_aya": [r"\d{1,3}(?=(?:\d{3})*\b)", gpt4o(r"\p{N}{1,3}", CONTRACTION + "?")],
    "youtu": [
        "[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥぀-ゟ゠-ヿ]+",
        gpt4o(r"\p{N}", CONTRACTION + "?"),
    ],
    "kimi-k2": [
        gpt4o(
            r"\p{N}{1,3}", CONTRACTION + "?", UPPER[:-1] + HAN, LOWER[:-1] + HAN, head=r"[\p{Han}]+|", tail=r"[\r\n]*"
        )
    ],
    "deepseek-v3": [r"\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+", DEEPSEEK3],
    "deepseek-llm": [
        r"[\r\n]",
        DEEPSEEK_LETTERS,
        r"\s?[!-/:-~！-／：-～‘-‟　-。]+",
        r"\s+$",
        DEEPSEEK_ASIAN,
        r"\p{N}",
    ],
    "deepseek-coder": [r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", DEEPSEEK_ASIAN, r"\p{N}"],
    "bloom": [BLOOM],
    "viking": [BLOOM, r"\p{N}"],
    "superbpe": [r"\p{N}+", r"(?=(\d{3})+(?!\d))"],
    "chameleon": [
        r"<sentinel:[0-9]+>",
        r"(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z",
        r"([\t\n]|    |  )",
        r"\p{N}",
        r"[\p{P}!-/:-@\[-`{-~]",
        GPT2,
    ],
    "gemma4": [r"[^\n]+|[\n]+"],
}

WORDS = (
    "the Hello WORLD camelCase HTTPServer don't I'VE we'LL it's 'S x' '' 'reality naïve CAFÉ Straße ÉCOLE Éa aÉ ﬁn"
    " 1 42 123 1234567 ١٢٣ ² Ⅷ ½ 12abc 7. , . ... !? -- $5 €9 <b> a/b // \\n {} [1] (x) | _x_ @me #tag +1 ~ ^ ` \""
    " 你好 世界 。 ，！ こんにちは カタカナ 안녕 하세요 привет Мир नमस्ते สวัสดี ខ្មែរ עברית العربية ελλ ǅ ª ʰ ㄅㄆ … “q” — 、"
    " é n\u0303o \u0301 \u0903 👍🏽 😀 👩‍👩‍👧 \u200b \u200d \ufeff \u0085 \u00a0 \u3000 \u2028 \x0b \x00 \u00ad 々 〇 ﷺ"
    " <sentinel:12> IMGIMGABZ IMGIMGZ"
).split(" ")
GAPS = ["", "", " ", " ", " ", "  ", "   ", "    ", "\n", "\n\n", " \n", "\n ", "\r\n", "\t", " \t ", "\r", "  \n\n  ", " " * 13]
PLANES = [(0x20, 0x7F), (0x20, 0x7F), (0xA0, 0x250), (0x370, 0x530), (0x900, 0xE00), (0x2000, 0x2C00), (0x3000, 0x9FFF), (0x1F300, 0x1F64F)]


def any_char(rng):
    """A character of some script; none so new that libraries disagree on it (Python 3.11 knows Unicode 14)."""
    while unicodedata.category(c := chr(rng.randrange(*rng.choice(PLANES)))) == "Cn":
        pass
    return c


def text(rng):
    out = []
    for _ in range(rng.randrange(1, 12)):
        if rng.random() < 0.15:
            out.append("".join(any_char(rng) for _ in range(rng.randrange(1, 6))))
        else:
            out.append(rng.choice(WORDS))
        out.append(rng.choice(GAPS))
    return "".join(out)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    out = Path(sys.argv[3]) if len(sys.argv) > 3 else Path(__file__).with_name("splits.json")
    texts = [text(rng) for _ in range(count)]
    rules = {}
    for name, regexes in RULES.items():
        splitter = Sequence([Split(Regex(regex), "isolated") for regex in regexes])
        rules[name] = [[len(piece) for piece, _ in splitter.pre_tokenize_str(t)] for t in texts]
    lines = [f'{json.dumps(name)}: {json.dumps(rows, separators=(",", ":"))}' for name, rows in rules.items()]
    out.write_text('{"texts": ' + json.dumps(texts) + ',\n"rules": {\n' + ",\n".join(lines) + "\n}}\n")


main()
