"""Changes that real texts meet on their way: other forms of the same characters, marks, joiners, line ends, directions, lengths."""

import random
import unicodedata

spaces = [" ", "  ", "\t", "\u00a0", "\u3000", "\u2009", "\u202f", "\u2028", "\u0085", "\r\n", "\n", "\v", "\x1c", "\u1680", "\u180e", "\u200b"]
hidden = ["\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u202a", "\u202e", "\u2066", "\u2069", "\u061c", "\ufeff", "\u00ad", "\u2060", "\ufe0f", "\ufe0e", "\u034f", "\U000e0100", "\0", "\x7f", "\x85"]
marks = ["\u0300", "\u0301", "\u0308", "\u0327", "\u0345", "\u0338", "\u05b0", "\u064b", "\u0670", "\u093c", "\u0941", "\u094d", "\u0e31", "\u0eb1", "\u3099", "\u20e3", "\u1ab0", "\ua802", "\U0001e8d0"]
people = ["👩", "👨", "🧑", "👧", "🏳", "🐻", "❤", "⚕", "✈", "🌈", "♂", "1", "#"]
skin = ["", "", "🏻", "🏿", "\ufe0f", "\u20e3", "\ufe0f\u20e3"]
edges = ["\ud7ff", "\ue000", "\uf8ff", "\ufdd0", "\ufffd", "\ufffe", "\uffff", "\U00010000", "\U0001ffff", "\U000effff", "\U0010ffff", "\u07ff", "\u0800", "\u007f", "\u0080"]
right_to_left = ["שלום", "עברית", "العربية", "مرحبا", "فارسی", "ܫܠܡܐ", "٣٤٥", "۱۲۳", "(", ")", "؟", "، "]
digits = ["0123456789", "٠١٢٣٤٥٦٧٨٩", "०१२३४५६७८९", "０１２３４５６７８９", "𝟎𝟏𝟐𝟑", "²³¹", "ⅠⅫ", "一二三", "½¼"]
scripts = ["abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOP", "éèüßłøñ", "абвгдежзийклмн", "αβγδεζηςσ", "的一是不了人我在有他", "あいうえおかきくけこ", "가나다라마바사", "कखगघङािीुू", "กขฃคเแโัิี", "اأإبتث", "_", "-", "="]


def jamo():
    return chr(random.choice([random.randrange(0x1100, 0x1113), random.randrange(0x1161, 0x1176), random.randrange(0x11A8, 0x11C3), random.randrange(0xAC00, 0xD7A4), random.randrange(0x3131, 0x318F)]))


def emoji():
    count = random.randrange(1, 5)
    return "\u200d".join(random.choice(people) + random.choice(skin) for _ in range(count)) + "".join(chr(random.randrange(0x1F1E6, 0x1F200)) for _ in range(random.randrange(4)))


def sprinkled(text, some, most=4):
    """`text` with some of these put in anywhere."""
    for _ in range(random.randrange(1, most)):
        at = random.randrange(len(text) + 1)
        text = text[:at] + (some() if callable(some) else random.choice(some)) + text[at:]
    return text


def scaled(text, some, longest):
    return sprinkled(text, lambda: "".join(random.choices(some, k=random.randrange(1, longest))), 2)


changes = [
    lambda text: unicodedata.normalize("NFC", text),
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: unicodedata.normalize("NFKC", text),
    lambda text: unicodedata.normalize("NFKD", text),
    lambda text: text.replace("\n", random.choice(["\r\n", "\r", "\n\n", "\n \n", "\u2028"])),
    lambda text: "".join(random.choice(spaces) if char == " " else char for char in text),
    lambda text: text.replace(" ", random.choice(["", "\u00a0", "▁", "_", "   "])),
    lambda text: random.choice([text.upper, text.lower, text.title, text.swapcase, text.casefold])(),
    lambda text: text[::-1],
    lambda text: " ".join(random.sample(text.split(" "), len(text.split(" ")))),
    lambda text: sprinkled(text, hidden, 6),
    lambda text: sprinkled(text, marks, 8),
    lambda text: sprinkled(text, emoji),
    lambda text: sprinkled(text, edges),
    lambda text: sprinkled(text, right_to_left),
    lambda text: sprinkled(text, spaces, 6),
    lambda text: sprinkled(text, lambda: "".join(jamo() for _ in range(random.randrange(1, 12))), 3),
    lambda text: scaled(text, random.choice(digits), random.choice([12, 300])),
    lambda text: scaled(text, random.choice(scripts), random.choice([30, 30, 600])),
    lambda text: "".join(char * random.choice([1, 1, 1, 2, 5]) for char in text),
    lambda text: "".join(char for char in text if random.random() < 0.9),
]


def mutated(text):
    """`text` after one to three changes."""
    for change in random.choices(changes, k=random.randrange(1, 4)):
        text = change(text)
    return text


def overlapped(one, other):
    """Two tokens that share characters, stand in one another, or touch."""
    cut = random.randrange(len(one) + 1)
    return random.choice([one[:cut] + other + one[cut:], one[:cut] + one, one + one[cut:], one[:cut] + other, one + other, one + other[1:], one[:-1] + other])
