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

target, seed, count, run_length, every, beginning, ranks, *corpora = sys.argv[1:]
count = int(count)
reference = reference_of(target, ranks)
beginnings = [pathlib.Path(path).read_bytes()[: int(beginning)].decode("utf-8", "ignore") for path in corpora]
texts = Texts(reference, int(seed), beginnings)


def packed(numbers):
    return base64.b64encode(array.array("I", numbers).tobytes()).decode()


def write(line):
    # The reader of lines takes these two for ends of lines.
    data = json.dumps(line, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").encode() + b"\n"
    # What did not fit into a pipe at once was lost at times where the processes were stopped and went on.
    for at in range(0, len(data), 1 << 14):
        sys.stdout.buffer.write(data[at : at + (1 << 14)])


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
    write(line)


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
        write({"decode": some, "decoded": reference.decode(some)})
    except BaseException as error:
        write({"text": str(some), "failed": str(error)[:200]})
