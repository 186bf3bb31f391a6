"""Texts and what tokenizers 0.23.2 makes of them, for compare-files.ts: one JSON object a line.

    python file_peer.py TOKENIZER_JSON SEED COUNT
"""

import json
import random
import sys

from tokenizers import Tokenizer

path, seed, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
random.seed(seed)
tokenizer = Tokenizer.from_file(path)
tokenizer.no_padding()
tokenizer.no_truncation()
added = [token.content for token in tokenizer.get_added_tokens_decoder().values()]
words = "hello World the The don't I'LL you're über naïve straße ŁÓDŹ πάντα Москва العربية עברית हिन्दी ไทย 한국어 日本語 中文 亚洲AV nghiệp thời".split()
pieces = [
    *words, "a", "Z", "é", "e\u0301", "\u0301", "\u0327\u0301", "ǅ", "ʰ", "Σ", "ς", "ſ", "İ", "ı", "K", "\u212a", "\u212b", "ﬁ", "㎏", "½", "Ⅷ", "٣", "१", "²",
    "0", "12", "123", "4567", "3.14", "1,000,000", " ", "  ", "   ", "    ", "\n", "\n\n", "\r\n", "\r", "\t", "\u00a0", "\u3000", "\u2028", "\u0085",
    "\u200b", "\u200d", "\u200e", "\ufeff", "\u00ad", "\0", "\x07", "\x7f", "\ufffd", "\ufdfa", "\U000e0001", "\ue000", "\u0378",
    "'", "’", "'s", "'S", "'ſ", "'ll", "!", "?!", "...", ".", ",", ";\n//", "/", "//", "_", "__", "-", "--", "----", "(", ")", "[", "]", "{", "}", "<", ">", "«", "。", "，",
    "$", "€", "+", "=", "==", "`", "```", "#", "##", "@", "%", "&", "*", "\\", "|", "~", "^", "▁", "▁the", "Ġ", "Ċ", "<0x41>", "<unk>",
    "😀", "👍🏽", "👩‍👩‍👧", "🇫🇷", "❤️", "\u1112\u1161\u11ab", "\u1161", "\u11ab", "각\u11a8", "\u304b\u3099", "ｶﾞ", "\u0958", "\u0915\u094d\u0937", "\u135f\u0eba",
    "\U000105d2\u0307", "\U00011131\U00011127", "\U0001f1e6", "\U0002f800", "if (x) {\n    return", " :.:", ".:.:.:", "http://www.a.b/c?d=e",
]


def special():
    token = random.choice(added)
    kind = random.random()
    if kind < 0.5:
        return token
    if kind < 0.7:
        return " " + token + random.choice(["", " ", "\n", "x"])
    cut = random.randrange(len(token) + 1)
    return token[:cut] if kind < 0.85 else token[cut:]


def piece():
    kind = random.random()
    if added and kind < 0.08:
        return special()
    if kind < 0.14:
        return chr(random.choice([random.randrange(0xD800), random.randrange(0xE000, 0x110000), random.randrange(0x3000)]))
    if kind < 0.17:
        return random.choice(pieces) * random.randrange(1, 12)
    return random.choice(pieces)


def texts():
    yield ""
    for _ in range(count):
        yield "".join(piece() for _ in range(random.choice([1, 2, 3, 5, 8, 13, 30])))
    everything = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    random.shuffle(everything)
    step = 4096
    for before, after in [("", " "), ("a", "b"), (" ", "1\u0301")]:
        for at in range(0, len(everything), step if count > 2000 else step * 64):
            yield "".join(before + chr(code) + after for code in everything[at : at + step])
    for unit in ["a", " ", "\n", "7", "-", "^", "é", "中", "😀", "ab ", " :.:", "\u0301"]:
        yield unit * 3000


ids = sorted(tokenizer.get_vocab(with_added_tokens=True).values())
for text in texts():
    encoding = tokenizer.encode(text)
    plain = tokenizer.encode(text, add_special_tokens=False)
    line = {"text": text, "ids": encoding.ids, "plain": plain.ids, "decoded": tokenizer.decode(plain.ids, skip_special_tokens=False)}
    if len(text) < 2000:
        line["offsets"] = plain.offsets
    print(json.dumps(line))
for _ in range(min(count, 2000)):
    some = random.choices(ids, k=random.randrange(1, 12))
    print(json.dumps({"decode": some, "decoded": tokenizer.decode(some, skip_special_tokens=False)}))
