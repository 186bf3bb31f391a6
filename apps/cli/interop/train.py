"""Proves that a dataset has the rows of trained tables: python train.py DATASET TABLES READER."""

import sys

import numpy as np
from safetensors.numpy import load_file

dataset, tables, reader = sys.argv[1:]
sys.path.insert(0, reader)
from sluice_reader import SluiceFolder  # noqa: E402

trained = load_file(tables)
folder = SluiceFolder(dataset)
rows = folder.read(range(len(folder)), ["input_ids", "inputs_embeds"])
expected = trained["wte.weight"][rows["input_ids"]] + trained["wpe.weight"]
assert np.array_equal(rows["inputs_embeds"], expected)
print(f"train: {len(folder)} rows have the trained vectors")
