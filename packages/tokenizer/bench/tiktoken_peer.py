"""`python tiktoken_peer.py ENCODING FILE BYTES PASSES RANKS`: what run-peer.ts does, for tiktoken itself."""

import base64
import hashlib
import json
import pathlib
import sys
import time

import numpy
import tiktoken
from tiktoken_ext import openai_public

name, path, byte_length, passes, ranks = sys.argv[1:]


def load_ranks(url, expected_hash=None):
    data = (pathlib.Path(ranks) / url.split("/")[-1]).read_bytes()
    assert hashlib.sha256(data).hexdigest() == expected_hash
    return {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in data.splitlines() if line)}


openai_public.load_tiktoken_bpe = load_ranks
data = pathlib.Path(path).read_bytes()[: int(byte_length)]
text = data.decode()
start = time.perf_counter()
encoding = tiktoken.Encoding(**getattr(openai_public, "r50k_base" if name == "gpt2" else name)())
load = time.perf_counter() - start
cpu, wall = [], []
for _ in range(int(passes)):
    cpu_start, wall_start = time.process_time(), time.perf_counter()
    ids = encoding.encode_ordinary(text)
    wall.append(time.perf_counter() - wall_start)
    cpu.append(time.process_time() - cpu_start)
print(
    json.dumps(
        {
            "version": tiktoken.__version__,
            "loadMs": load * 1e3,
            "cpuSeconds": cpu,
            "wallSeconds": wall,
            "byteLength": len(data),
            "idCount": len(ids),
            "sha256": hashlib.sha256(numpy.array(ids, dtype="<u4").tobytes()).hexdigest(),
        }
    )
)
