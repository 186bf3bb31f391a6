"""Gathers rows of a mapped table with numpy when told: one line in, the seconds of processor time of one call out.

python rows-reference.py FILE OFFSET ROWS WIDTH COUNT: a table `[ROWS, WIDTH]` of uint16 at OFFSET of FILE, COUNT ids at a time.
"""

import json
import sys
import time

import numpy

path, offset, rows, width, count = sys.argv[1], *map(int, sys.argv[2:])
table = numpy.memmap(path, numpy.uint16, "r", offset, (rows, width))
target = numpy.empty((count, width), numpy.uint16)
draw = numpy.random.default_rng(5)
kinds = {
    "all alike": lambda: draw.integers(0, rows, count),
    # Zipf's law, as the other side draws it.
    "of a text": lambda: numpy.minimum(rows - 1, numpy.floor(rows ** draw.random(count)).astype(numpy.int64) - 1),
}
# Every page once, so that none is read from the disk later.
for first in range(0, rows, count):
    part = table[first : first + count]
    target[: len(part)] = part
print(json.dumps(sorted(kinds)), flush=True)
for line in sys.stdin:
    ids = kinds[line.strip()]()
    start = time.process_time()
    # With "clip" numpy writes straight to its target; with "raise" to memory beside it first.
    numpy.take(table, ids, axis=0, out=target, mode="clip")
    print(json.dumps(time.process_time() - start), flush=True)
