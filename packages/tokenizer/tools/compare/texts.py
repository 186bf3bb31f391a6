"""The texts on which tokenizers are compared."""

import random

from mutations import mutated, overlapped

words = "hello World the The don't I'LL you're über naïve straße ŁÓDŹ πάντα Москва العربية עברית हिन्दी ไทย 한국어 日本語 中文 亚洲AV nghiệp thời".split()
pieces = [
    *words, "a", "Z", "é", "e\u0301", "\u0301", "\u0327\u0301", "ǅ", "ʰ", "Σ", "ς", "ſ", "İ", "ı", "K", "\u212a", "\u212b", "ﬁ", "㎏", "½", "Ⅷ", "٣", "१", "²",
    "0", "12", "123", "4567", "3.14", "1,000,000", " ", "  ", "   ", "    ", "\n", "\n\n", "\r\n", "\r", "\t", "\v", "\f", "\x1c", "\u00a0", "\u1680", "\u2009", "\u3000", "\u2028",
    "\u0085", "\u200b", "\u200d", "\u200e", "\ufeff", "\u00ad", "\0", "\x07", "\x7f", "\ufffd", "\ufdfa", "\U000e0001", "\ue000", "\u0378",
    "'", "’", "'s", "'S", "'ſ", "'ll", "!", "?!", "...", ".", ",", ";\n//", "/", "//", "_", "__", "-", "--", "----", "(", ")", "[", "]", "{", "}", "<", ">", "«", "。", "，",
    "$", "€", "+", "=", "==", "`", "``", "''", "```", "#", "##", "@", "%", "&", "*", "\\", "|", "~", "^", "▁", "▁the", "▁▁", "Ġ", "Ċ", "<0x41>", "<unk>", "[UNK]", "##ing",
    "😀", "👍🏽", "👩‍👩‍👧", "🇫🇷", "❤️", "\u1112\u1161\u11ab", "\u1161", "\u11ab", "각\u11a8", "\u304b\u3099", "ｶﾞ", "ﾞ", "\u0958", "\u0915\u094d\u0937", "\u135f\u0eba",
    "\u0344", "\u0f73\u0f80", "\u1e9e", "ẛ\u0323", "\u03d3", "ΐ", "ŉ", "ǰ", "ﬃ", "ﭏ", "㌀", "㍿", "①", "Ⓐ", "𝔘𝕟𝒾", "ｆｕｌｌ", "\u0340\u0341", "\u2126", "\u0e33", "\u0eb3", "ﷺ", "\u2011", "…",
    "\U000105d2\u0307", "\U00011131\U00011127", "\U0001f1e6", "\U0002f800", "\U0001d15e", "if (x) {\n    return", " :.:", ".:.:.:", "http://www.a.b/c?d=e",
]
marks = ["\u0301", "\u0308", "\u0323", "\u0327", "\u0345", "\u0334", "\u05b0", "\u064b", "\u0651", "\u093c", "\u094d", "\u0e38", "\u0f71", "\u0f72", "\u302a", "\u3099", "\u309a", "\u20d0", "\ufe0f", "\u1dce", "\U0001d165", "\u11a8", "\u1160", "\u200d"]
bases = ["a", "E", "o", "ü", "Å", "α", "Ω", "ή", "Ж", "й", "ก", "क", "ड", "か", "ハ", "ﾊ", "가", "ᄀ", "א", "ا", "中", "½", "ﬁ", " ", "1", "😀", "ﷺ"]


def character():
    return chr(random.choice([random.randrange(0xD800), random.randrange(0xE000, 0x110000), random.randrange(0x3000)]))


def combined():
    """A base and marks in any order, which normalizers sort and join."""
    return "".join(random.choice(bases) + "".join(random.choices(marks, k=random.randrange(5))) for _ in range(random.randrange(1, 4)))


class Texts:
    """Texts for one reference; `corpora` are texts of the benchmark."""

    def __init__(self, reference, seed, corpora):
        random.seed(seed)
        self.reference = reference
        self.corpora = corpora

    def special(self):
        token = random.choice(self.reference.special)
        kind = random.random()
        if kind < 0.5:
            return token
        if kind < 0.6:
            return overlapped(token, random.choice(self.reference.special))
        if kind < 0.75:
            return random.choice([" ", "", "\n", "\u00a0"]) + token + random.choice(["", " ", "\n", "x"])
        cut = random.randrange(len(token) + 1)
        return token[:cut] if kind < 0.88 else token[cut:]

    def piece(self):
        kind = random.random()
        if self.reference.special and kind < 0.07:
            return self.special()
        if kind < 0.12:
            return character()
        if kind < 0.15:
            return random.choice(pieces) * random.randrange(1, 12)
        if kind < 0.22:
            return combined()
        if kind < 0.34:
            return random.choice(self.reference.model_tokens)
        if kind < 0.40 and self.corpora:
            text = random.choice(self.corpora)
            at = random.randrange(len(text))
            return text[at : at + random.randrange(1, 40)]
        return random.choice(pieces)

    def joined(self):
        return "".join(self.piece() for _ in range(random.choice([1, 2, 3, 5, 8, 13, 30])))

    def real(self):
        """A stretch of a text of the benchmark, with a special token in it at times."""
        text = random.choice(self.corpora)
        at = random.randrange(len(text))
        text = text[at : at + random.randrange(5, 160)]
        if self.reference.special and random.random() < 0.2:
            at = random.randrange(len(text) + 1)
            text = text[:at] + self.special() + text[at:]
        return text

    def short(self, count):
        """Random texts; of every three one is a real one that was changed."""
        yield ""
        for i in range(count):
            if i % 3 == 0:
                yield mutated(self.real() if self.corpora else self.joined())
            else:
                yield self.joined()

    def scalars(self, every):
        everything = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]
        random.shuffle(everything)
        step = 4096
        for before, after in [("", " "), ("a", "b"), (" ", "1\u0301")]:
            for at in range(0, len(everything), step * every):
                yield "".join(before + chr(code) + after for code in everything[at : at + step])

    def runs(self, length):
        letters = "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=length))
        mixed = "".join(random.choices(["▁", "a", "é", "\n", " ", "中", "-"], k=length))
        units = ["a", " ", "\n", "7", "-", "^", "é", "中", "的", "😀", "▁", "ab ", " :.:", "\u0301", "\0", " a", "\r\n"]
        return [letters, mixed, *(unit * (length // len(unit)) for unit in units)]
