"""The Python side of the data loader benchmark: one pass over all batches of each contender, when asked by its name."""

import json
import sys
import time
from pathlib import Path

import datasets
import numpy as np
import pyarrow as pa
import torch
from torch.utils.data import DataLoader, Dataset

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "packages/dataloader/python"))
from sluice_reader import SluiceBatches, SluiceDataset, SluiceFolder  # noqa: E402

folder, ids_file, batch_size, stride = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
torch.set_num_threads(1)
datasets.disable_progress_bars()
sluice = SluiceFolder(folder, verify="size")
max_length = sluice.max_length
embeds = sluice.layout["embedding"] != "none"


class GPTDatasetV1(Dataset):
    """The book's dataset over ids: two lists of tensors."""

    def __init__(self, ids):
        starts = range(0, len(ids) - max_length, stride)
        self.input_ids = [torch.tensor(ids[i : i + max_length]) for i in starts]
        self.target_ids = [torch.tensor(ids[i + 1 : i + max_length + 1]) for i in starts]

    def __len__(self):
        return len(self.input_ids)

    def __getitem__(self, idx):
        return self.input_ids[idx], self.target_ids[idx]


def arrow_table():
    parts = [pa.memory_map(f"{folder}/{part['name']}") for part in sluice.manifest["parts"]]
    table = pa.concat_tables(pa.ipc.open_file(part).read_all() for part in parts)
    return table.select([name for name in sluice.columns])


def batches(**options):
    return lambda: SluiceBatches(sluice, batch_size=batch_size, drop_last=True, **options)


contenders = {"python keyed": batches(shuffle="keyed", seed=1), "python sequential": batches()}
hugging_face = datasets.Dataset(arrow_table()).with_format("torch")
contenders["datasets sequential"] = lambda: hugging_face.iter(batch_size, drop_last_batch=True)
if embeds:
    samples = SluiceDataset(sluice)
    contenders["torch map-style shuffled"] = lambda: DataLoader(samples, batch_size, shuffle=True, drop_last=True)
else:
    book = GPTDatasetV1(np.fromfile(ids_file, np.int32).tolist())
    contenders["torch sequential"] = lambda: DataLoader(book, batch_size, drop_last=True)
    contenders["torch shuffled"] = lambda: DataLoader(book, batch_size, shuffle=True, drop_last=True)
    contenders["torch shuffled, 2 workers"] = lambda: DataLoader(book, batch_size, shuffle=True, drop_last=True, num_workers=2)
    contenders["datasets shuffled"] = lambda: DataLoader(hugging_face, batch_size, shuffle=True, drop_last=True)

print(json.dumps([*contenders, f"torch {torch.__version__}, datasets {datasets.__version__}"]), flush=True)


def one_pass(source):
    start = time.perf_counter()
    count = sum(1 for _ in source)
    seconds = time.perf_counter() - start
    assert count == len(sluice) // batch_size, count
    return seconds


for line in sys.stdin:
    make, end, best = contenders[line.strip()], time.perf_counter() + 0.1, float("inf")
    while time.perf_counter() < end:
        best = min(best, one_pass(make()))
    print(json.dumps(best), flush=True)
