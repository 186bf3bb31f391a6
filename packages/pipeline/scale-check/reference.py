"""The ids of a mixed corpus in one pass, as tiktoken gives them: reference.py FOLDER MAX_LENGTH RANKS.

Every document as a whole, `<|endoftext|>` between two. Prints the number of ids and the sha256 of those that are inputs of windows side by
side, as int32. RANKS is a file of base64 token and rank a line.
"""

import hashlib
import json
import os
import sys

import numpy
import pyarrow

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "bench"))
from gpt2_of_ranks import gpt2_of_ranks  # noqa: E402

folder, max_length, ranks_file = sys.argv[1], int(sys.argv[2]), sys.argv[3]
gpt2 = gpt2_of_ranks(ranks_file)


def documents():
    for name in sorted(os.listdir(folder)):
        compression = {"gz": "gzip", "zst": "zstd"}.get(name.rsplit(".", 1)[1])
        with pyarrow.input_stream(os.path.join(folder, name), compression=compression) as stream:
            text = stream.read().decode("utf-8")
        if ".jsonl" not in name:
            yield text
            continue
        for line in text.split("\n"):
            if line:
                yield json.loads(line)["text"]


hash_ = hashlib.sha256()
held = numpy.empty(0, dtype=numpy.int32)
count = 0
for number, text in enumerate(documents()):
    pieces = [held] if number == 0 else [held, numpy.array([50256], dtype=numpy.int32)]
    pieces.append(gpt2.encode_to_numpy(text, allowed_special={"<|endoftext|>"}).astype(numpy.int32))
    count += sum(map(len, pieces)) - len(held)
    held = numpy.concatenate(pieces)
    # Whole windows but the last, which has no target yet.
    whole = (len(held) - 1) // max_length * max_length
    if whole > 0:
        hash_.update(held[:whole].tobytes())
        held = held[whole:]
print(count, hash_.hexdigest())
