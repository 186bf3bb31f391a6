"""Texts and what a reference makes of them, for compare-files.ts: one JSON object a line, numbers as base64 of uint32.

    python file_peer.py TARGET SEED COUNT RUN_LENGTH EVERY BEGINNING RANKS [CORPUS...]

EVERY is of how many blocks of scalars one is told, BEGINNING how many bytes of each corpus are.
"""

import array
import base64
import json
import pathlib
import random
import sys

from references import reference_of
from texts import Texts

sys.stdout.reconfigure(encoding="utf-8")
target, seed, count, run_length, every, beginning, ranks, *corpora = sys.argv[1:]
count = int(count)
reference = reference_of(target, ranks)
beginnings = [pathlib.Path(path).read_bytes()[: int(beginning)].decode("utf-8", "ignore") for path in corpora]
texts = Texts(reference, int(seed), beginnings)


def packed(numbers):
    return base64.b64encode(array.array("I", numbers).tobytes()).decode()


def tell(text, with_offsets):
    line = {"text": text}
    try:
        answer = reference.answer(text, with_offsets)
        decoded = reference.decode(answer["plain"])
        line |= {name: packed(numbers) for name, numbers in answer.items()}
        if decoded != text:
            line["decoded"] = decoded
    except BaseException as error:  # tiktoken panics on long runs, and its panic is no Exception
        line = {"text": text[:40], "failed": str(error)[:200]}
    # The reader of lines takes these two for ends of lines.
    print(json.dumps(line, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


for text in texts.short(count):
    tell(text, len(text) < 2000)
for text in texts.scalars(int(every)):
    tell(text, False)
for text in beginnings:
    tell(text, False)
for text in texts.runs(int(run_length)):
    tell(text, False)
for _ in range(min(count, 5000)):
    some = random.choices(reference.ids, k=random.randrange(1, 12))
    try:
        print(json.dumps({"decode": some, "decoded": reference.decode(some)}))
    except BaseException as error:
        print(json.dumps({"text": str(some), "failed": str(error)[:200]}))
