"""Write test/fixtures/precompiled.json.gz: what Precompiled of tokenizers 0.23.2 makes of characters that join others into graphemes.

    python packages/tokenizer/tools/make_precompiled_fixture.py
"""

import base64
import gzip
import itertools
import json
import pathlib
import random

import tokenizers
from charsmap import charsmap
from tokenizers import normalizers

OUT = pathlib.Path(__file__).parents[1] / "test/fixtures/precompiled.json.gz"
random.seed(1)
MAPPED = "a\u0152\u0301\u0600\u00ad\u0eb3\u4e2d\u200b\r\u1100\u06dd\u0937\u2122\u1161\uac00"
content = charsmap([ord(char) for char in MAPPED])
normal = normalizers.Precompiled(content).normalize_str
# Of one to four bytes: bases, marks, spacing marks, joiners, what joins the next, what stands alone, flags, Hangul, an emoji.
parts = ["a", "b", " ", "\u0152", "\u0301", "\u0345", "\u0eb3", "\u0e33", "\u0903", "\u200d", "\u200c", "\u0600", "\u06dd", "\u08e2", "\U000110bd"]
parts += ["\u00ad", "\u200b", "\u2028", "\ufeff", "\x85", "\0", "\t", "\r", "\n", "\u4e2d", "\u1100", "\u1161", "\u11a8", "\U0001f1e6", "\U0001f600", "\ufe0f", "\u00a9"]
texts = ["".join(text) for text in itertools.product(parts, repeat=2)] + ["".join(text) for text in itertools.product(parts[::2], parts[1::2], parts[::3])]
texts += ["".join(text) + "b" for text in itertools.product(["a", "\u0600", "\u0301", "\u0eb3", "\u00ad", "\r", "\n"], repeat=4)]
links = ["\u0915", "\u0937", "\u094d", "\u093c", "\u0301", "\u2122", "\u200d", "\ufe0f", "\U0001f1e6", "\u1112", "\uac00", "\uac01", "\u1161", "\u11a8", "\u0600"]
texts += ["".join(random.choices(links, k=random.randrange(3, 8))) for _ in range(6000)]
# Above U+FFFF: formats of hieroglyphs and of shorthand, one of music, a tag, a character without a meaning; a letter for comparison.
high = ["\U00013430", "\U0001bca0", "\U0001d173", "\U000e0001", "\U000e0fff", "\U00010400"]
texts += [before + char + after for before, char, after in itertools.product(["", "a", "\u0600"], high, ["\u0301\u0301", "\u0301", "a\u0301", "\u0345\u0301b", "\u200d\u0301"])]
fixture = {
    "reference": f"tokenizers {tokenizers.__version__}",
    "charsmap": base64.b64encode(content).decode(),
    "texts": texts,
    "normal": [normal(text) for text in texts],
}
OUT.write_bytes(gzip.compress(json.dumps(fixture).encode(), mtime=0))
print(len(texts), "texts,", OUT.stat().st_size, "bytes")
