"""`python tokenizers_peer.py TOKENIZER_JSON FILE BYTES PASSES`: what run-file.ts does, for Hugging Face's tokenizers."""

import array
import hashlib
import json
import pathlib
import sys
import time

import tokenizers

file, path, byte_length, passes = sys.argv[1:]
data = pathlib.Path(path).read_bytes()[: int(byte_length)]
text = data.decode()
start, start_cpu = time.perf_counter(), time.process_time()
tokenizer = tokenizers.Tokenizer.from_file(file)
tokenizer.encode("one word")
load, load_cpu = time.perf_counter() - start, time.process_time() - start_cpu
tokenizer.no_truncation()
tokenizer.no_padding()
cpu, wall = [], []
for _ in range(int(passes)):
    cpu_start, wall_start = time.process_time(), time.perf_counter()
    encoding = tokenizer.encode(text, add_special_tokens=False)
    ids = encoding.ids
    wall.append(time.perf_counter() - wall_start)
    cpu.append(time.process_time() - cpu_start)
print(
    json.dumps(
        {
            "version": tokenizers.__version__,
            "loadMs": load * 1e3,
            "loadCpuSeconds": load_cpu,
            "cpuSeconds": cpu,
            "wallSeconds": wall,
            "byteLength": len(data),
            "idCount": len(ids),
            "sha256": hashlib.sha256(array.array("I", ids).tobytes()).hexdigest(),
        }
    )
)
