"""The pipeline as a Python user would write it: tiktoken, torch and pyarrow, streaming, one process.

reference.py CORPUS OUT (ids | embeds) RANKS: writes one Arrow IPC file; prints the seconds of the work (imports and vocabulary
excluded), the windows, and the sum of all their ids. RANKS is a file of base64 token and rank a line (tiktoken's own vocabulary files cannot be
downloaded everywhere).
"""

import sys
import time

import numpy
import pyarrow
import torch

from gpt2_of_ranks import gpt2_of_ranks

MAX_LENGTH, STRIDE, DIM = 256, 256, 256
WINDOWS_PER_BATCH = 256

corpus, out, mode, ranks_file = sys.argv[1:]
gpt2 = gpt2_of_ranks(ranks_file)

started = time.perf_counter()
torch.manual_seed(123)
if mode == "embeds":
    tokens_table = torch.nn.Embedding(50257, DIM)
    positions = torch.nn.Embedding(MAX_LENGTH, DIM)(torch.arange(MAX_LENGTH))

with open(corpus, encoding="utf-8", newline="") as file:
    text = file.read()
# The whole text at once, as the chapter does it: the quickest way tiktoken offers from Python.
ids = gpt2.encode_to_numpy(text, allowed_special={"<|endoftext|>"}).astype(numpy.int32)
windows = -(-(len(ids) - MAX_LENGTH) // STRIDE)
checksum = 0

fields = [
    ("input_ids", pyarrow.list_(pyarrow.int32(), MAX_LENGTH)),
    ("target_ids", pyarrow.list_(pyarrow.int32(), MAX_LENGTH)),
]
if mode == "embeds":
    fields.append(("inputs_embeds", pyarrow.list_(pyarrow.list_(pyarrow.float32(), DIM), MAX_LENGTH)))
schema = pyarrow.schema(fields)
with torch.no_grad(), pyarrow.OSFile(out, "wb") as sink, pyarrow.ipc.new_file(sink, schema) as writer:
    for first in range(0, windows, WINDOWS_PER_BATCH):
        rows = min(WINDOWS_PER_BATCH, windows - first)
        at = first * STRIDE + numpy.arange(rows)[:, None] * STRIDE + numpy.arange(MAX_LENGTH)[None, :]
        inputs, targets = ids[at], ids[at + 1]
        checksum += int(inputs.sum(dtype=numpy.int64))
        columns = [
            pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(inputs.ravel()), MAX_LENGTH),
            pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(targets.ravel()), MAX_LENGTH),
        ]
        if mode == "embeds":
            embeds = tokens_table(torch.from_numpy(inputs)) + positions
            flat = pyarrow.array(embeds.numpy().ravel())
            columns.append(
                pyarrow.FixedSizeListArray.from_arrays(pyarrow.FixedSizeListArray.from_arrays(flat, DIM), MAX_LENGTH)
            )
        writer.write_batch(pyarrow.record_batch(columns, schema=schema))
    sink.flush()
print(time.perf_counter() - started, windows, checksum)
