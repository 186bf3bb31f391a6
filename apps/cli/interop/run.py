"""Opens a dataset of the-verdict.txt (max_length 4, stride 4, dim 256, seed 123) with pyarrow."""

import hashlib
import json
import pathlib
import sys

import numpy
import pyarrow

folder = pathlib.Path(sys.argv[1])
manifest = json.loads((folder / "manifest.json").read_text())
assert [part["rows"] for part in manifest["parts"]] == [1286]

path = folder / manifest["parts"][0]["name"]
assert path.stat().st_size == manifest["parts"][0]["byteLength"]
assert hashlib.sha256(path.read_bytes()).hexdigest() == manifest["parts"][0]["sha256"]

table = pyarrow.ipc.open_file(pyarrow.memory_map(str(path))).read_all()
ids, embeds = table.schema.field("input_ids").type, table.schema.field("inputs_embeds").type
assert (ids.list_size, ids.value_type) == (4, pyarrow.int32()), ids
assert (embeds.list_size, embeds.value_type.list_size, embeds.value_type.value_type) == (4, 256, pyarrow.float32()), embeds
table.validate(full=True)

embeds = table["inputs_embeds"].combine_chunks().flatten().flatten().to_numpy(zero_copy_only=True)
embeds = embeds.reshape(len(table), 4, 256)
assert embeds.shape == (1286, 4, 256)

# torch 2.13.0+cpu (AVX2), tiktoken 0.14.0: the first three batches of the chapter, batch 8, max_length 4, stride 4.
expected = [
    "e02d1463e76e99634874c59f0337656014f5e39942bb1fddb5938c58b49ca32a",
    "a89b9a9fc284ad708b2e4adb02b28238d68c2ef6ef3a31efb49e38347bbb8cf9",
    "39e18560345f72efda384db916b70201f3dad3f81766b09fd7d2e10919f37c72",
]
for batch, sha256 in enumerate(expected):
    assert hashlib.sha256(embeds[batch * 8 : batch * 8 + 8].tobytes()).hexdigest() == sha256, batch

inputs = table["input_ids"].combine_chunks().flatten().to_numpy().reshape(-1, 4)
targets = table["target_ids"].combine_chunks().flatten().to_numpy().reshape(-1, 4)
assert inputs[0].tolist() == [40, 367, 2885, 1464]
assert numpy.array_equal(inputs[:, 1:], targets[:, :-1]) and numpy.array_equal(inputs[1:, 0], targets[:-1, 3])
print("pyarrow", pyarrow.__version__, "reads", embeds.shape, "and the chapter's bytes")
