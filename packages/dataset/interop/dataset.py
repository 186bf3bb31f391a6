"""Opens what dataset.ts wrote with independent readers and compares every value."""

import glob
import json
import pathlib
import struct
import sys

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet
import torch
from datasets import load_dataset, load_from_disk

folder = pathlib.Path(sys.argv[1])
expected = json.loads((folder / "expected.json").read_text())
ids = np.array(expected["ids"])
documents = np.array(expected["documents"])
embeds = np.array(expected["embeds"], dtype=np.float32).reshape(57, 8, 6)
rows, T, D, stride = 57, 8, 6, 5
inputs = np.stack([ids[row * stride : row * stride + T] for row in range(rows)])
targets = np.stack([ids[row * stride + 1 : row * stride + T + 1] for row in range(rows)])


def parts(name):
    return sorted(glob.glob(str(folder / name / "parts" / "*.arrow")))


def open_part(path):
    source = pa.memory_map(path)
    stream = "/stream/" in path
    return pa.ipc.open_stream(source) if stream else pa.ipc.open_file(source)


def table_of(name):
    table = pa.concat_tables(open_part(path).read_all() for path in parts(name))
    table.validate(full=True)
    return table


def flat(column):
    array = column.combine_chunks()
    array = getattr(array, "storage", array)
    while pa.types.is_fixed_size_list(array.type):
        array = array.flatten()
    return array.to_numpy(zero_copy_only=True)


# Every layout, value by value, with pyarrow.
names = ["nested", "flat", "tensor", "tensor-bf16", "nested-f16", "stream", "uint16", "ids", "boundaries"]
for name in names:
    table = table_of(name)
    assert table.num_rows == rows
    assert np.array_equal(flat(table["input_ids"]).reshape(rows, T), inputs), name
    assert np.array_equal(flat(table["target_ids"]).reshape(rows, T), targets), name
    assert table["window"].to_pylist() == list(range(rows))
    assert table["byte_start"].to_pylist() == [2**33 + 11 * row for row in range(rows)]
    if "inputs_embeds" not in table.column_names:
        continue
    values = torch.from_numpy(flat(table["inputs_embeds"]).copy()).reshape(rows, T, D)
    if name == "tensor-bf16":
        assert torch.equal(values.view(torch.bfloat16), torch.from_numpy(embeds).bfloat16()), name
    elif name == "nested-f16":
        assert torch.equal(values, torch.from_numpy(embeds).half()), name
    else:
        assert torch.equal(values, torch.from_numpy(embeds)), name
print("pyarrow", pa.__version__, "reads all layouts")

field = table_of("tensor").schema.field("inputs_embeds").type
assert isinstance(field, pa.FixedShapeTensorType) and field.shape == [T, D], field
assert table_of("tensor-bf16").schema.field("inputs_embeds").type.value_type == pa.uint16()
assert table_of("nested").schema.field("inputs_embeds").type.list_size == T
assert table_of("uint16").schema.field("input_ids").type.value_type == pa.uint16()

# A file holds a valid stream after its magic, and its buffers are aligned to 64 bytes of the file.
for path in parts("nested"):
    data = pathlib.Path(path).read_bytes()
    assert pa.ipc.open_stream(pa.py_buffer(data[8:])).read_all().equals(open_part(path).read_all())
    for index in range(open_part(path).num_record_batches):
        batch = open_part(path).get_batch(index)
        assert all(b.address % 64 == 0 for c in batch.columns for b in c.buffers() if b is not None and b.size)

# Zero copy into torch: the tensor's memory is the mapping's.
batch = open_part(parts("nested")[0]).get_batch(0)
before = pa.total_allocated_bytes()
array = batch["inputs_embeds"].flatten().flatten()
tensor = torch.from_numpy(array.to_numpy(zero_copy_only=True)).reshape(len(batch), T, D)
assert tensor.data_ptr() == array.buffers()[1].address and pa.total_allocated_bytes() == before
print("torch", torch.__version__, "shares the mapped memory")

# Documents: both kinds of columns say the same.
table = table_of("ids")
absolute = flat(table["document_ids"]).reshape(rows, T) + np.array(table["document"].to_pylist())[:, None]
assert np.array_equal(absolute, np.stack([documents[row * stride : row * stride + T] for row in range(rows)]))
for row, bounds in enumerate(table_of("boundaries")["cu_seqlens"].to_pylist()):
    window = documents[row * stride : row * stride + T]
    assert bounds == [0] + [at for at in range(1, T) if window[at] != window[at - 1]] + [T]

# polars
for name in ["nested", "flat", "tensor", "nested-f16", "boundaries"]:
    frame = pl.concat([pl.read_ipc(path) for path in parts(name)])
    assert np.array_equal(np.array(frame["input_ids"].to_list()), inputs), name
    if name in ("nested", "flat", "tensor"):
        assert np.array_equal(frame["inputs_embeds"].to_numpy().reshape(rows, T, D), embeds), name
print("polars", pl.__version__)

# DuckDB through pyarrow. Half floats fail in DuckDB 1.5 at bind, so that layout is not for it.
for name in ["nested", "flat", "tensor", "tensor-bf16", "ids", "boundaries"]:
    scan = pa.dataset.dataset(parts(name), format="ipc")
    got = duckdb.sql("select count(*), sum(list_sum(input_ids::bigint[])), max(byte_end) from scan").fetchone()
    assert got == (rows, inputs.sum(), 2**33 + 11 * (rows - 1) + 30), (name, got)
print("duckdb", duckdb.__version__)

# Hugging Face datasets: the parts as they are, and the exported folder.
for name in ["nested", "flat", "stream", "nested-f16", "ids", "boundaries"]:
    data = load_dataset("arrow", data_files=parts(name), split="train").with_format("numpy")
    assert np.array_equal(np.stack(data["input_ids"]), inputs), name
for name in names:
    data = load_from_disk(str(folder / f"{name}.hf"))
    assert data.num_rows == rows and data["window"][:3] == [0, 1, 2], name
    torch_rows = data.with_format("torch")
    assert np.array_equal(torch.stack(list(torch_rows["input_ids"])).numpy(), inputs), name
    if name in ("nested", "stream", "tensor"):
        assert np.array_equal(torch.stack(list(torch_rows["inputs_embeds"])).numpy().reshape(rows, T, D), embeds), name
print("datasets reads the parts and the exported folders")

# The folder of the parts as a folder: nothing else lies in it.
for name in ["nested", "ids", "boundaries"]:
    whole = folder / name / "parts"
    assert pa.dataset.dataset(str(whole), format="ipc").count_rows() == rows
    assert pl.scan_ipc(f"{whole}/").select(pl.len()).collect().item() == rows
    scan = pa.dataset.dataset(str(whole), format="ipc")
    assert duckdb.sql("select count(*) from scan").fetchone() == (rows,)
    assert load_dataset("arrow", data_dir=str(whole), split="train").num_rows == rows
print("the folder of the parts is read as a folder by pyarrow, polars, DuckDB and datasets")

# Parquet, with two readers.
for name in names:
    path = str(folder / f"{name}.parquet" / "data.parquet")
    table = pa.parquet.read_table(path)
    assert np.array_equal(np.array(table["input_ids"].to_pylist()), inputs), name
    assert np.array_equal(np.array(table["target_ids"].to_pylist()), targets), name
    assert table["window"].to_pylist() == list(range(rows)) and set(table["source"].to_pylist()) == {"corpus.txt"}
    stored = table_of(name)
    assert table.column_names == stored.column_names, (name, table.column_names)
    for column in ("position_ids", "document_ids", "cu_seqlens", "document"):
        if column in stored.column_names:
            assert table[column].to_pylist() == stored[column].to_pylist(), (name, column)
    if name in ("nested", "flat", "tensor", "stream", "uint16"):
        assert np.array_equal(np.array(table["inputs_embeds"].to_pylist(), dtype=np.float32).reshape(rows, T, D), embeds), name
    got = duckdb.sql(f"select max(byte_start), sum(list_sum(input_ids)) from '{path}'").fetchone()
    assert got == (2**33 + 11 * (rows - 1), inputs.sum()), (name, got)
print("parquet: pyarrow and duckdb")

# numpy
for name in names:
    load = lambda column: np.load(folder / f"{name}.npy" / f"{column}.npy", mmap_mode="r")
    assert np.array_equal(load("input_ids"), inputs) and np.array_equal(load("target_ids"), targets), name
    assert load("byte_end").dtype == np.int64 and load("byte_end")[-1] == 2**33 + 11 * (rows - 1) + 30
    if name in ("nested", "flat", "tensor", "stream", "uint16"):
        assert np.array_equal(load("inputs_embeds"), embeds), name
    assert load("window").tolist() == list(range(rows))
    if name == "boundaries":
        bounds, offsets = load("cu_seqlens"), load("cu_seqlens_offsets")
        found = [bounds[offsets[row] : offsets[row + 1]].tolist() for row in range(rows)]
        assert found == table_of(name)["cu_seqlens"].to_pylist()
    if name == "nested-f16":
        assert np.array_equal(load("inputs_embeds"), embeds.astype(np.float16))
print("numpy", np.__version__)

# The token stream: what the windows reach of it, with documents where the dataset knows them.
reached = (rows - 1) * stride + T + 1
starts = [0] + [at for at in range(1, reached - 1) if documents[at] != documents[at - 1]]
for name in names:
    by_document = name in ("ids", "boundaries")
    stream = ids[:reached] if by_document else inputs.reshape(-1)
    offsets = np.array(starts + [reached] if by_document else list(range(0, rows * T + 1, T)))
    tokens = np.memmap(folder / f"{name}.tokens" / "tokens.bin", dtype=np.uint32, mode="r")
    assert np.array_equal(tokens, stream), name
    assert np.array_equal(np.load(folder / f"{name}.tokens" / "document_offsets.npy"), offsets), name

    # Megatron-LM's IndexedDataset, read as megatron/core/datasets/indexed_dataset.py does.
    with open(folder / f"{name}.megatron" / "tokens.idx", "rb") as file:
        assert file.read(9) == b"MMIDIDX\x00\x00"
        (version,) = struct.unpack("<Q", file.read(8))
        (code,) = struct.unpack("<B", file.read(1))
        (sequence_count,) = struct.unpack("<Q", file.read(8))
        (document_count,) = struct.unpack("<Q", file.read(8))
        offset = file.tell()
        index = file.read()
    assert version == 1 and offset == 34
    dtype = {4: np.int32, 8: np.uint16}[code]
    assert dtype == (np.int32 if name == "uint16" else np.uint16)
    lengths = np.frombuffer(index, np.int32, sequence_count)
    pointers = np.frombuffer(index, np.int64, sequence_count, lengths.nbytes)
    document_indices = np.frombuffer(index, np.int64, document_count, lengths.nbytes + pointers.nbytes)
    assert len(index) == lengths.nbytes + pointers.nbytes + document_indices.nbytes
    assert lengths.shape[0] == sequence_count == document_indices[-1]
    data = (folder / f"{name}.megatron" / "tokens.bin").read_bytes()
    for sequence in range(sequence_count):
        got = np.frombuffer(data, dtype, lengths[sequence], pointers[sequence])
        assert np.array_equal(got, stream[offsets[sequence] : offsets[sequence + 1]]), (name, sequence)
print("megatron and flat tokens:", sequence_count, "sequences")
