"""`first_batch.py [FOLDER]`: imports the Python reader and, given a dataset, reads its first batch; prints processor seconds and MB."""

import os
import re
import resource
import sys

import sluice_reader

if len(sys.argv) > 1:
    rows = sluice_reader.open(sys.argv[1], verify="size").read(range(8))
    assert rows["input_ids"].shape == (8, 64)

usage = resource.getrusage(resource.RUSAGE_SELF)
kilobytes = float(usage.ru_maxrss)
# Linux counts into `ru_maxrss` what the process had before it became this program.
if os.path.exists("/proc/self/status"):
    with open("/proc/self/status") as status:
        kilobytes = float(re.search(r"VmHWM:\s+(\d+)", status.read())[1])
print(usage.ru_utime + usage.ru_stime, kilobytes / 1000)
