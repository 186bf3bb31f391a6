"""pyarrow and Hugging Face datasets on the same work as bench.ts: one JSON request a line, seconds as the answer."""

import glob
import json
import os
import sys
import time

import datasets
import numpy as np
import pyarrow as pa

datasets.disable_progress_bars()
T, D = 256, 768


def write(path, rows, batches):
    ids = pa.FixedSizeListArray.from_arrays(np.arange(rows * T, dtype=np.int32), T)
    values = np.sin(np.arange(rows * T * D, dtype=np.float32))
    embeds = pa.FixedSizeListArray.from_arrays(pa.FixedSizeListArray.from_arrays(values, D), T)
    batch = pa.record_batch([ids, ids, embeds], names=["input_ids", "target_ids", "inputs_embeds"])
    start = time.perf_counter()
    with open(path, "xb") as file:
        with pa.ipc.new_file(file, batch.schema) as writer:
            for _ in range(batches):
                writer.write_batch(batch)
        file.flush()
        os.fsync(file.fileno())
    seconds = time.perf_counter() - start
    size = os.path.getsize(path)
    os.unlink(path)
    return seconds, size


def take(array, out):
    """The rows' embeddings into memory of our own, as the reader of bench.ts does."""
    values = array.flatten().flatten().to_numpy(zero_copy_only=True)
    out[: len(values)] = values
    return len(values) * 4


def sequential_pyarrow(folder):
    size, out = 0, None
    for path in sorted(glob.glob(f"{folder}/parts/*.arrow")):
        reader = pa.ipc.open_file(pa.memory_map(path))
        for index in range(reader.num_record_batches):
            column = reader.get_batch(index).column("inputs_embeds")
            if out is None:
                out = np.empty(len(column) * T * D, np.float32)
            size += take(column, out)
    return size


def random_pyarrow(folder, rows):
    tables = [pa.ipc.open_file(pa.memory_map(path)).read_all() for path in sorted(glob.glob(f"{folder}/parts/*.arrow"))]
    column = pa.concat_tables(tables).column("inputs_embeds")
    out, size = np.empty(T * D, np.float32), 0
    for row in rows:
        size += take(column.slice(row, 1).chunk(0), out)
    return size


loaded = {}


def hf(folder):
    if folder not in loaded:
        data = datasets.load_from_disk(f"{folder}.hf")
        loaded[folder] = data.with_format("numpy", columns=["inputs_embeds"])
    return loaded[folder]


def sequential_hf(folder):
    size = 0
    for batch in hf(folder).iter(batch_size=10):
        size += np.asarray(batch["inputs_embeds"]).nbytes
    return size


def random_hf(folder, rows):
    data, size = hf(folder), 0
    for row in rows:
        size += np.asarray(data[row]["inputs_embeds"]).nbytes
    return size


work = {
    "sequential_pyarrow": sequential_pyarrow,
    "random_pyarrow": random_pyarrow,
    "sequential_hf": sequential_hf,
    "random_hf": random_hf,
}
print(json.dumps({"pyarrow": pa.__version__, "datasets": datasets.__version__}), flush=True)
for line in sys.stdin:
    name, *arguments = json.loads(line)
    if name == "write":
        seconds, size = write(*arguments)
    else:
        if name.endswith("hf"):
            hf(arguments[0])
        start = time.perf_counter()
        size = work[name](*arguments)
        seconds = time.perf_counter() - start
    print(json.dumps([seconds, size]), flush=True)
